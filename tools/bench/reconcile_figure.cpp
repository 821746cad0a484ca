// reconcile: a bill of a tenth as many lines as the ledger has events, judged line by line; beside it SQLite, which
// does no more than to count the seat-days of the same events.
#include <kj/debug.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <optional>
#include <string>
#include <vector>

#include "engine/log/read_ahead.h"
#include "engine/log/rocksdb_log.h"
#include "projections/billing/reconcile.h"
#include "tools/bench/figures.h"
#include "tools/bench/seat_year.h"
#include "tools/bench/sqlite_seat_days.h"
#include "tools/bench/store.h"
#include "tools/bills/read_bill.h"
#include "tools/progress.h"

namespace seatledger::bench {
namespace {

namespace fs = std::filesystem;
using namespace billing;

constexpr int rounds = 3;
constexpr std::uint64_t lines_between_looks = 1'024;  // at the clock, for the progress

struct Round {
    double seconds = 0;  // of everything, these three among it
    double fold_seconds = 0;
    double read_seconds = 0;
    double judge_seconds = 0;
    std::uint64_t events = 0;
    std::uint64_t lines = 0;
    std::size_t history_bytes = 0;
    std::size_t lines_bytes = 0;
    std::int64_t seat_days = 0;
    std::uint64_t seat_days_hash = 0;
    std::vector<BillTotal> totals;
};

SeatYearTruth make(const fs::path& directory, const BenchOptions& options, Progress& progress) {
    Store store(directory / "ledger", Store::With::log);
    SeatYear year(options.events, options.seed, directory / "bill.csv");
    while (const auto batch = year.next_setup()) {
        store.submit(batch);
        store.settle();
    }
    const auto before = store.log().last().value;
    while (store.log().last().value < options.events) {
        const auto batch = year.next(before);
        store.submit(batch);
        store.settle();
        progress.update(store.log().last().value, options.events);
    }
    progress.finish();
    return year.finish();
}

void fold(const Log& log, AccountHistory& history, Round& round, Progress& progress) {
    const Stopwatch watch;
    const auto cursor = read_ahead(log.read(Sequence(1)));
    while (const auto block = require(cursor->next())) {
        history.apply(block->entries());
        round.events += block->count();
        progress.update(round.events, log.last().value);
    }
    progress.finish();
    KJ_REQUIRE(history.misfits() == 0, "events do not fit those before them", history.misfits());
    round.fold_seconds = watch.seconds();
    round.history_bytes = history.bytes();
}

void read_lines(const fs::path& bill, const date::time_zone& zone, Reconciler& reconciler, Round& round,
                Progress& progress) {
    const Stopwatch watch;
    std::ifstream stream(bill, std::ios::binary);
    BillSink sink;
    sink.line = [&](const BillLine& line, std::string_view) {
        reconciler.add(line);
        if (++round.lines % lines_between_looks == 0) progress.update(round.lines, 0);
    };
    sink.refused = [](const RefusedLine& line, std::string_view) {
        KJ_FAIL_REQUIRE("a line of the bill was refused", line.line, line.reason.c_str());
    };
    const auto summary = read_bill(stream, bill.string(), usual_format(BillFormat::Kind::csv, zone), {}, sink);
    KJ_REQUIRE(summary.has_value(), "the bill cannot be read", summary.error().text().c_str());
    progress.finish();
    round.read_seconds = watch.seconds();
    round.lines_bytes = reconciler.bytes();
}

void judge(Reconciler& reconciler, const AccountHistory& history, Round& round, Progress& progress) {
    const Stopwatch watch;
    const PriceBook book;
    const SeatDays days(history, book, system_now());
    const auto nobody = [](std::string_view, const DayPeriod&) { return UserId(); };
    std::uint64_t shown = 0;
    const auto show = [&](const LineVerdict& verdict) {
        const auto covered = verdict.details.seat_days_covered;
        round.seat_days += covered;
        round.seat_days_hash += static_cast<std::uint64_t>(covered) * verdict.details.license.value_or(0);
        if (++shown % lines_between_looks == 0) progress.update(shown, round.lines);
    };
    round.totals = reconciler.finish(days, book, nobody, show);
    progress.finish();
    round.judge_seconds = watch.seconds();
}

// As `seatledger reconcile` does it, but for what it prints.
Round reconcile_once(const fs::path& directory, bool is_watched) {
    Progress folding(stderr, "reconcile: read events", is_watched);
    Progress reading(stderr, "reconcile: read the bill", is_watched);
    Progress judging(stderr, "reconcile: judge the lines", is_watched);
    RocksdbLogOptions to_read;
    to_read.purpose = RocksdbLogOptions::Purpose::read;
    const auto log = require(open_rocksdb_log(directory / "ledger" / "log", to_read));
    Round round;
    // A server has its log open, as SQLite has its table in memory.
    const Stopwatch watch;
    const auto* zone = find_time_zone("UTC");
    KJ_REQUIRE(zone != nullptr, "install the package tzdata");
    Reconciler reconciler;
    read_lines(directory / "bill.csv", *zone, reconciler, round, reading);
    KJ_REQUIRE(reconciler.days() == SeatYear::days, "the bill is about other days");
    AccountHistory history(std::string(SeatYear::account),
                           Window{SeatYear::days.begin, CivilDay{SeatYear::days.end.number - 1}});
    fold(*log, history, round, folding);
    judge(reconciler, history, round, judging);
    round.seconds = watch.seconds();
    return round;
}

std::int64_t cents(Decimal amount) {
    KJ_REQUIRE(amount.scale == 2 || amount.is_zero(), "an amount in USD has two decimals");
    return static_cast<std::int64_t>(amount.units);
}

void check(const Round& round, const SeatYearTruth& truth) {
    KJ_REQUIRE(round.totals.size() == 1 && round.lines == truth.lines, "not all lines were read", round.lines,
               truth.lines);
    const auto& total = round.totals.front();
    for (std::size_t i = 0; i < verdicts_count; ++i) {
        const auto verdict = static_cast<billing::Verdict>(i);
        KJ_REQUIRE(total.count(verdict) == truth.verdicts[i], "lines were judged wrongly",
                   std::string(name_of(verdict)).c_str(), total.count(verdict), truth.verdicts[i]);
    }
    KJ_REQUIRE(cents(total.amount) == truth.amount && cents(total.at_issue) == truth.at_issue &&
                   cents(total.not_billed) == truth.not_billed,
               "amounts are wrong", cents(total.amount), truth.amount, cents(total.at_issue), truth.at_issue,
               cents(total.not_billed), truth.not_billed);
    KJ_REQUIRE(round.seat_days == truth.seat_days && round.seat_days_hash == truth.seat_days_hash,
               "seat-days are wrong", round.seat_days, truth.seat_days);
}

void print_round(const Round& round, std::vector<double>& ours, std::optional<SqliteSeatDays>& sqlite) {
    const auto events = static_cast<double>(round.events);
    Figure figure{"reconcile", middle_rate(events, ours), "events/s", 0, 0, {}};
    figure.more = {{"lines", static_cast<double>(round.lines)},
                   {"seconds", events / figure.value},
                   {"fold_seconds", round.fold_seconds},
                   {"read_seconds", round.read_seconds},
                   {"judge_seconds", round.judge_seconds}};
    if (sqlite) {
        // From the order of the log, as ours.
        auto both = sqlite->sort_seconds;
        for (std::size_t i = 0; i < both.size(); ++i) both[i] += sqlite->seconds[i];
        figure.ceiling = middle_rate(events, both);
        figure.ratio = figure.value / figure.ceiling;
        const auto seconds = events / figure.value;
        const auto sorted_seconds = events / middle_rate(events, sqlite->seconds);
        figure.more.emplace_back("sqlite_seconds", events / figure.ceiling);
        figure.more.emplace_back("sqlite_sorted_seconds", sorted_seconds);
        figure.more.emplace_back("sorted_ratio", sorted_seconds / seconds);
        figure.more.emplace_back("sqlite_windows_seconds", sqlite->windows_seconds);
        figure.more.emplace_back("windows_ratio", sqlite->windows_seconds / seconds);
    }
    print(figure);
}

}  // namespace

void measure_reconcile(const BenchOptions& options) {
    const auto directory = options.data / "reconcile";
    fs::remove_all(directory);
    fs::create_directories(directory);
    const bool is_watched = isatty(STDERR_FILENO) == 1;
    Progress making(stderr, "reconcile: make the ledger and the bill", is_watched);
    const auto truth = make(directory, options, making);

    std::vector<double> ours;
    std::vector<Round> done;
    double memory = 0;
    for (int round = 0; round < rounds; ++round) {
        forget_peak_memory();
        const auto before = peak_memory_bytes();
        done.push_back(reconcile_once(directory, is_watched));
        memory = std::max(memory, peak_memory_bytes() - before);
        check(done.back(), truth);
        ours.push_back(done.back().seconds);
    }
    std::ranges::sort(done, {}, &Round::seconds);
    const auto& middle = done[rounds / 2];

    RocksdbLogOptions to_read;
    to_read.purpose = RocksdbLogOptions::Purpose::read;
    auto sqlite = count_with_sqlite(*require(open_rocksdb_log(directory / "ledger" / "log", to_read)), SeatYear::days,
                                    rounds, directory / "sqlite");
    if (sqlite) {
        KJ_REQUIRE(sqlite->seat_days == truth.seat_days && sqlite->seat_days_hash == truth.seat_days_hash,
                   "SQLite counts other seat-days", sqlite->seat_days, truth.seat_days);
    } else {
        std::fputs("reconcile: there is no program sqlite3 to compare with; install the package sqlite3\n", stderr);
    }
    print_round(middle, ours, sqlite);
    const auto lines = static_cast<double>(middle.lines);
    print({"reconcile_memory",
           memory / lines,
           "bytes/line",
           0,
           0,
           {{"bytes_max", memory},
            {"history_bytes_per_event", static_cast<double>(middle.history_bytes) / static_cast<double>(middle.events)},
            {"lines_bytes_per_line", static_cast<double>(middle.lines_bytes) / lines}}});
    fs::remove_all(directory);
}

}  // namespace seatledger::bench
