// A ledger with its tables: a log in memory, projections on a thread in a directory of their own, and a clock that is
// set by hand. How far the projections get is told to them.
#pragma once

#include <atomic>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ledger.h"
#include "engine/log/log.h"
#include "projections/projections.h"
#include "projections/queries.h"
#include "tests/support/commands.h"
#include "tests/support/ledger_box.h"
#include "tests/support/temp_dir.h"
#include "tests/support/test_secrets.h"

namespace seatledger::testing {

// Another log as the projections see it: it ends where it is told to, and can be damaged.
class SeenLog final : public Log {
 public:
    explicit SeenLog(const Log& log) : log_(log) {}

    std::expected<void, StorageFailure> append(Sequence expected, std::span<const std::uint64_t> block) override;
    Sequence last() const override { return Sequence(end_.load()); }
    std::unique_ptr<LogCursor> read(Sequence from) const override;

    // `end`: where a block ends, or the whole log.
    void show_up_to(Sequence end) { end_ = end.value; }
    void show_all() { show_up_to(log_.last()); }
    // From now on the block with this event cannot be read. 0: all can.
    void damage(Sequence sequence) { damaged_ = sequence.value; }

 private:
    class Cursor;

    const Log& log_;
    std::atomic<std::uint64_t> end_ = 0;
    std::atomic<std::uint64_t> damaged_ = 0;
};

// What is asked, account included.
using Question = std::function<void(schema::Query::Builder)>;

// A page of an answer.
struct Page {
    std::optional<std::string> failure;
    std::vector<std::string> rows;  // JSON
    Sequence sequence;
    Instant time;
    std::string cursor;  // empty: there are no more rows

    // The message that it was in.
    std::shared_ptr<capnp::MallocMessageBuilder> message;
    [[nodiscard]] schema::Rows::Reader get() const { return message->getRoot<schema::Rows>().asReader(); }
};

[[nodiscard]] Page ask(const Projections& projections, const Question& question, Instant now);

// What history shows.
struct Told {
    std::optional<std::string> failure;
    std::vector<std::string> events;  // JSON, with the addresses that the answer named
    std::vector<std::uint64_t> sequences;
    Sequence next;
    Sequence seen;
    std::string time_zone;
    std::vector<std::string> origins;  // JSON
};
[[nodiscard]] Told ask_history(const Projections& projections,
                               const std::function<void(schema::History::Builder)>& question);

class LiveWorld {
 public:
    // It is 2020-01-01T00:00:00Z where the clock runs, and 1970 where it stands.
    explicit LiveWorld(const StateLimits& limits = {}, bool clock_runs = true);
    ~LiveWorld();

    HandClock& clock() { return clock_; }
    [[nodiscard]] Instant now() const { return clock_.now(); }
    Log& log() { return *log_; }
    TestSecrets& secrets() { return secrets_; }
    SeenLog& seen_log() { return seen_; }
    Projections& projections() { return *projections_; }
    Ledger& ledger() { return *ledger_; }
    [[nodiscard]] std::filesystem::path directory() const { return dir_ / "projections"; }

    // Steps are commands, which must be accepted, and instants, to which the clock is set. All is projected then.
    void must_happen(const Steps& steps);

    // Judges, commits and lets go of what there is no room for; projects if that takes it. The answer stays where it
    // is.
    const Answer& judge(std::string_view command);

    // Lets the projections see all of the log, or up to there, and waits until they have.
    void project();
    void project_up_to(Sequence end);

    // Rows of the question as the tables are now.
    [[nodiscard]] Page ask(const Question& question) const { return testing::ask(*projections_, question, now()); }
    [[nodiscard]] std::vector<std::string> rows(const Question& question) const;

    void close();
    void open_projections();  // does not follow the log until it is told to
    void follow() { projections_->start(); }
    void open_ledger();
    // Forgets all but the log and the tables; these are then as they were.
    void reopen();

    // Where the blocks of the log end.
    [[nodiscard]] std::vector<Sequence> block_ends() const;

 private:
    TempDir dir_;
    StateLimits limits_;
    TestSecrets secrets_;
    std::unique_ptr<Log> log_;
    SeenLog seen_;
    HandClock clock_;
    std::unique_ptr<Projections> projections_;
    std::unique_ptr<Ledger> ledger_;
    std::deque<Answer> answers_;
};

// Every row of the question, in pages of `limit`. `between` is called between two pages.
[[nodiscard]] std::vector<std::string> ask_all(LiveWorld& world, const Question& question, Instant now,
                                               std::uint32_t limit, const std::function<void()>& between);

// Fails the test, with the rows, if it is none or more than one.
[[nodiscard]] std::string only(const std::vector<std::string>& rows);

}  // namespace seatledger::testing
