// The engine's thread: takes whatever has queued up while the last sync ran, judges it and makes it the next block.
#pragma once

#include <capnp/list.h>

#include <condition_variable>
#include <deque>
#include <expected>
#include <functional>
#include <memory>
#include <mutex>
#include <thread>
#include <vector>

#include "engine/answer.h"
#include "engine/failure.h"
#include "engine/ledger.h"
#include "events/command.capnp.h"

namespace seatledger {

struct EngineLimits {
    std::size_t commands_queued_max = 1'000'000;
};

class Engine {
 public:
    using Done = std::move_only_function<void(std::expected<std::vector<Answer>, StorageFailure>)>;

    // Calls `committed` on its thread whenever events have become durable. The ledger must have nothing pending and
    // is the engine's from now on.
    Engine(std::unique_ptr<Ledger> ledger, std::function<void(Sequence)> committed, const EngineLimits& limits = {});
    // Judges what is queued, then ends.
    ~Engine();

    // Queues commands; the memory behind them must live until `done` has been called, which happens once: on the
    // engine's thread with an answer each, in order, once everything that they rest on is durable; or with the failure
    // that stopped the engine, at once and on the caller's thread if it had stopped before. Any thread. False, and
    // `done` is never called, if the queue is full.
    [[nodiscard]] bool submit(capnp::List<schema::Command>::Reader commands, Done done);

    // The failure that stopped the engine for good, if one has. Any thread.
    [[nodiscard]] std::optional<StorageFailure> failure() const;

 private:
    struct Request {
        capnp::List<schema::Command>::Reader commands;
        Done done;
        std::vector<Answer> answers;
    };

    void run();
    [[nodiscard]] std::vector<Request> take();
    [[nodiscard]] std::expected<void, StorageFailure> work(std::vector<Request>& requests);
    void make_room();
    void stop_for(const StorageFailure& failure, std::vector<Request>& requests);

    std::unique_ptr<Ledger> ledger_;
    std::function<void(Sequence)> committed_;
    EngineLimits limits_;

    mutable std::mutex mutex_;
    std::condition_variable wake_;
    std::vector<Request> queue_;
    std::size_t commands_queued_ = 0;
    std::optional<StorageFailure> failure_;
    bool ending_ = false;

    std::thread thread_;
};

}  // namespace seatledger
