// A ledger in a directory, for the figures that are measured in one process.
#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "engine/ledger.h"
#include "engine/log/log.h"
#include "projections/projections.h"
#include "tools/bench/workload.h"

namespace seatledger::bench {

// Opens what is in the directory, or makes it. Failures are kj::Exceptions.
class Store {
 public:
    enum class With { log, projections };
    Store(const std::filesystem::path& directory, With with);
    ~Store();

    // Judges a batch and makes it durable; everything in it must be accepted.
    void submit(const Batch& batch);
    // Sets everything up, then binds and unbinds until the log has so many events.
    void fill(Workload& workload, std::uint64_t events);
    // Waits until the tables have everything.
    void project();

    [[nodiscard]] Log& log() { return *log_; }
    [[nodiscard]] Ledger& ledger() { return *ledger_; }
    [[nodiscard]] Projections& projections() { return *projections_; }

 private:
    SystemClock clock_;
    std::unique_ptr<Log> log_;
    std::unique_ptr<Projections> projections_;
    std::unique_ptr<Ledger> ledger_;
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
