// A ledger in a directory, for the figures that are measured in one process.
#pragma once

#include <condition_variable>
#include <filesystem>
#include <memory>
#include <mutex>
#include <string>

#include "engine/engine.h"
#include "engine/log/log.h"
#include "projections/projections.h"
#include "tools/bench/workload.h"

namespace seatledger::bench {

// Opens what is in the directory, or makes it. One thread. Failures, and rejected commands, are kj::Exceptions.
class Store {
 public:
    enum class With { log, projections };
    Store(const std::filesystem::path& directory, With with);
    ~Store();

    // Submits a batch, which must live until it is answered; waits while too many are on their way.
    void submit(const Batch& batch);
    // Waits until everything is durable and answered.
    void settle();
    // Sets everything up, then binds and unbinds until the log has so many events.
    void set_up(Workload& workload);
    void fill(Workload& workload, std::uint64_t events);
    // Waits until the tables have everything.
    void project();
    // Waits until RocksDB has put the tables in order, so that it does nothing behind what is measured.
    void rest();

    [[nodiscard]] Log& log() { return *log_; }
    [[nodiscard]] Vault& vault() { return *vault_; }
    [[nodiscard]] Secrets secrets() { return {*vault_, *private_rows_}; }
    [[nodiscard]] Projections& projections() { return *projections_; }

 private:
    void answered(const std::expected<std::vector<Answer>, StorageFailure>& answers);

    SystemClock clock_;
    std::unique_ptr<Log> log_;
    std::unique_ptr<Vault> vault_;
    std::unique_ptr<PrivateTable> private_rows_;
    std::unique_ptr<Projections> projections_;

    std::mutex mutex_;
    std::condition_variable answered_;
    int on_their_way_ = 0;
    std::string objection_;

    std::unique_ptr<Engine> engine_;
};

// The blocks of a log, as they are stored. In memory: for logs of a few million events.
[[nodiscard]] std::vector<Words> read_blocks(const Log& log, Sequence from);

// What a value says that was expected.
template <typename Value>
[[nodiscard]] Value require(std::expected<Value, StorageFailure> value) {
    if (!value) KJ_FAIL_REQUIRE("storage failed", value.error().message.c_str());
    if constexpr (!std::is_void_v<Value>) return std::move(*value);
}

}  // namespace seatledger::bench
