// The engine's threads: one judges whatever has queued up while the last block was being written and makes it the next
// one; the other writes.
#pragma once

#include <capnp/list.h>

#include <condition_variable>
#include <deque>
#include <expected>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <thread>
#include <vector>

#include "engine/answer.h"
#include "engine/block_sink.h"
#include "engine/failure.h"
#include "engine/ledger.h"
#include "engine/rules/caller.h"
#include "events/command.capnp.h"

namespace seatledger {

struct EngineLimits {
    std::size_t commands_waiting_max = 1'000'000;  // for their answers
};

class Engine : private BlockSink {
 public:
    using Done = std::move_only_function<void(std::expected<std::vector<Answer>, StorageFailure>)>;

    // Calls `committed` whenever events have become durable, on one of its threads and never on both at once. The
    // ledger, which must have nothing pending, is the engine's from now on; `log` is the ledger's.
    Engine(Log& log, std::unique_ptr<Ledger> ledger, std::function<void(Sequence)> committed,
           const EngineLimits& limits = {});
    // Judges what is queued, then ends.
    ~Engine() override;

    // Queues commands of one caller, with the hashes of the passwords in them; all of it must live until `done` has
    // been called, which happens once: on one of the engine's threads with an answer each, in order, once everything
    // that they rest on is durable; or with the failure that stopped the engine, at once and on the caller's thread if
    // it had stopped before. Submissions are answered in the order in which they came. Any thread. False, and `done` is
    // never called, if too many commands wait for their answers.
    [[nodiscard]] bool submit(capnp::List<schema::Command>::Reader commands, const Caller& caller,
                              std::span<const PasswordHash> passwords, Done done);

    // Has it recorded, with the next block, that a letter was sent. If the engine stops before, it never is. Any
    // thread.
    void note_sent(SentLetter letter);

    // The failure that stopped the engine for good, if one has. Any thread.
    [[nodiscard]] std::optional<StorageFailure> failure() const;

 private:
    struct Request {
        capnp::List<schema::Command>::Reader commands;
        const Caller* caller = nullptr;
        std::span<const PasswordHash> passwords;
        Done done;
        std::vector<Answer> answers;
    };
    // What is to be written, and who is to be answered then; one of them may be missing.
    struct Work {
        FinishedBlock block;
        std::vector<Request> requests;
        std::optional<StorageFailure> failure;  // what the requests are to be told
    };

    std::expected<void, StorageFailure> put(FinishedBlock block) override;
    std::expected<void, StorageFailure> settle() override;

    // On the judging thread.
    void judge_on();
    [[nodiscard]] std::vector<Request> take(bool pending);
    [[nodiscard]] std::expected<void, StorageFailure> judge(std::vector<Request>& requests);
    [[nodiscard]] std::expected<void, StorageFailure> record();
    [[nodiscard]] bool is_worth_writing() const;
    void hand_over();
    void make_room();
    void give_up(const StorageFailure& failure, std::vector<Request>& requests);

    // On the writing thread, or on the judging one while that has nothing to do.
    void write_on();
    void write_all(std::unique_lock<std::mutex>& lock);
    void write(Work& work);
    void stop_for(const StorageFailure& failure);

    [[nodiscard]] bool is_writer_free() const { return works_.empty() && !writing_; }

    Log& log_;
    std::unique_ptr<Ledger> ledger_;  // the judging thread's
    std::vector<Request> judged_;     // the judging thread's: they rest on the pending block
    bool writes_itself_ = false;      // the judging thread's
    std::function<void(Sequence)> committed_;
    EngineLimits limits_;

    mutable std::mutex mutex_;
    std::condition_variable wake_judge_;
    std::condition_variable wake_writer_;
    std::vector<Request> queue_;
    std::vector<SentLetter> sent_;      // still to be recorded
    std::size_t commands_waiting_ = 0;  // for their answers
    std::deque<Work> works_;
    bool writing_ = false;  // somebody is at the works
    std::optional<StorageFailure> failure_;
    bool ending_ = false;         // nothing more is submitted
    bool judging_ended_ = false;  // nothing more is to be written

    std::optional<StorageFailure> write_failure_;  // of whoever writes

    std::thread judge_thread_;
    std::thread write_thread_;
};

}  // namespace seatledger
