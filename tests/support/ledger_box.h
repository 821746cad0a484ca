// A ledger over a log in memory, with a clock that is set by hand.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ledger.h"
#include "engine/log/memory_log.h"
#include "tests/support/commands.h"
#include "tests/support/state_dump.h"
#include "tests/support/test_secrets.h"

namespace seatledger::testing {

class HandClock final : public Clock {
 public:
    explicit HandClock(bool runs = true) : runs_(runs) {}
    [[nodiscard]] Instant now() const override { return Instant{micros_.fetch_add(step_)}; }
    [[nodiscard]] bool runs() const override { return runs_; }

    void set(Instant now) { micros_ = now.micros; }
    // From now on the clock goes on by so much whenever it is looked at.
    void set_step(std::int64_t micros) { step_ = micros; }

 private:
    bool runs_;
    mutable std::atomic<std::int64_t> micros_ = 0;
    std::int64_t step_ = 0;
};

// Refuses to append when told to, as a full disk does.
class FailingLog final : public Log {
 public:
    std::expected<void, StorageFailure> append(Sequence expected, std::span<const std::uint64_t> block) override;
    Sequence last() const override { return log_->last(); }
    std::unique_ptr<LogCursor> read(Sequence from) const override { return log_->read(from); }

    // How many blocks will still be taken.
    void fail_after(int blocks) { blocks_left_ = blocks; }

 private:
    std::unique_ptr<Log> log_ = make_memory_log();
    std::atomic<int> blocks_left_ = 1'000'000'000;
};

// Steps are commands, which are judged and must be accepted, and instants, to which the clock is set.
void must_happen(const Steps& steps, HandClock& clock, const std::function<const Answer&(std::string_view)>& judge);

class LedgerBox {
 public:
    // It is 2020-01-01T00:00:00Z where the clock runs, and 1970 where it stands.
    explicit LedgerBox(bool clock_runs = true, std::unique_ptr<Log> log = make_memory_log(),
                       const Tables* tables = nullptr, const StateLimits& limits = {},
                       std::unique_ptr<TestSecrets> secrets = std::make_unique<TestSecrets>());

    HandClock& clock() { return clock_; }
    Log& log() { return *log_; }
    TestSecrets& secrets() { return *secrets_; }
    Ledger& ledger() { return *ledger_; }

    void must_happen(const Steps& steps);

    // Judges and commits. The answer stays where it is.
    const Answer& judge(std::string_view command);
    const Answer& judge_only(std::string_view command);
    void commit();

    // Forgets all but the log, and the tables if there are any.
    void reopen();

    // Everything in the log, and every event of it as JSON.
    [[nodiscard]] std::vector<Words> blocks() const;
    [[nodiscard]] std::vector<std::string> events() const;
    [[nodiscard]] std::string dump();

 private:
    std::unique_ptr<Log> log_;
    HandClock clock_;
    std::unique_ptr<TestSecrets> secrets_;
    const Tables* tables_;
    StateLimits limits_;
    std::unique_ptr<Ledger> ledger_;
    std::deque<Answer> answers_;
};

// The id of the rule, "" where the answer is no rejection.
[[nodiscard]] std::string rejected(const Answer& answer);

// The events in the answer as JSON, people by their address there.
[[nodiscard]] std::vector<std::string> events_of(const Answer& answer);

// What the log's events named.
[[nodiscard]] Names names_in(const Log& log);

}  // namespace seatledger::testing
