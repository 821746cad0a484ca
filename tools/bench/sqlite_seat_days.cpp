#include "tools/bench/sqlite_seat_days.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <kj/debug.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cinttypes>
#include <cstdio>
#include <cstring>
#include <fstream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "tools/bench/store.h"

namespace seatledger::bench {
namespace {

namespace fs = std::filesystem;

void export_events(const Log& log, const fs::path& file) {
    const std::unique_ptr<std::FILE, int (*)(std::FILE*)> out(std::fopen(file.c_str(), "w"), std::fclose);
    KJ_REQUIRE(out != nullptr, "cannot write the events", file.c_str());
    const auto cursor = log.read(Sequence(1));
    while (const auto block = require(cursor->next())) {
        for (const auto& entry : block->entries()) {
            const auto event = read_event(entry);
            if (!event.isLicenseBound() && !event.isLicenseUnbound()) continue;
            const auto held = event.isLicenseBound() ? event.getLicenseBound() : event.getLicenseUnbound();
            fmt::print(out.get(), "{},{},{},{}\n", held.getLicense(), event.getSequence(), event.getEffectiveAt(),
                       event.isLicenseBound() ? 1 : 0);
        }
    }
    KJ_REQUIRE(std::fflush(out.get()) == 0, "cannot write the events", file.c_str());
}

// The days of a license are those on which an unbind leaves it, and the one after, less those on which a bind finds it:
// so no row need be held against the next, but for a day that has both an end and a begin, which counts once. Of all
// that was tried it is the fastest.
constexpr char fastest_statement[] = R"(
SELECT sum(days), sum(days * license) FROM (
  SELECT license,
         sum(CASE WHEN bound
             THEN -(at / 86400000000)
                  - ifnull((SELECT (at - 1) / 86400000000 FROM ordered AS before
                            WHERE before.license = ordered.license AND before.sequence < ordered.sequence
                            ORDER BY before.sequence DESC LIMIT 1) = at / 86400000000, 0)
             ELSE (at - 1) / 86400000000 + 1 END)
         + sum(2 * bound - 1) * {0} AS days
  FROM ordered GROUP BY license);
)";

// What one would write at first.
constexpr char windows_statement[] = R"(
SELECT sum(days), sum(days * license) FROM (
  SELECT license,
         sum(CASE WHEN bound
             THEN (next - 1) / 86400000000 - at / 86400000000 + 1
             ELSE -(next / 86400000000 = (at - 1) / 86400000000) END) AS days
  FROM (SELECT license, bound, at,
               lead(at, 1, {0} * 86400000000) OVER (PARTITION BY license ORDER BY sequence) AS next
        FROM ordered)
  GROUP BY license);
)";

void write_script(const fs::path& script, const fs::path& events, std::int32_t end_day, int rounds) {
    std::ofstream out(script);
    out << "PRAGMA temp_store = memory;\n"
           "PRAGMA cache_size = -4000000;\n"
           ".output /dev/null\n"  // this one says what it is set to
           "PRAGMA threads = 2;\n"
           ".output\n"
           ".mode csv\n"
           "CREATE TABLE events (license INTEGER, sequence INTEGER, at INTEGER, bound INTEGER);\n"
        << ".import " << events.filename().string() << " events\n";
    for (int round = 0; round < rounds; ++round) {
        out << ".timer off\n"
               "DROP TABLE IF EXISTS ordered;\n"
               "CREATE TABLE ordered (license INTEGER, sequence INTEGER, at INTEGER, bound INTEGER,\n"
               "                      PRIMARY KEY (license, sequence)) WITHOUT ROWID;\n"
               ".timer on\n"
               "INSERT INTO ordered SELECT * FROM events ORDER BY license, sequence;\n"
            << fmt::format(fastest_statement, end_day);
    }
    out << fmt::format(windows_statement, end_day);
    out.close();
    KJ_REQUIRE(out.good(), "cannot write the script", script.c_str());
}

// False: there is no such program.
bool run_sqlite(const fs::path& script, const fs::path& output, const fs::path& errors) {
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    constexpr int written = O_WRONLY | O_CREAT | O_TRUNC;
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, script.c_str(), O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, output.c_str(), written, 0600);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, errors.c_str(), written, 0600);
    posix_spawn_file_actions_addchdir_np(&actions, script.parent_path().c_str());
    // Without what its user may have in ~/.sqliterc.
    const char* arguments[] = {"sqlite3", "-batch", "-bail", "-init", "/dev/null", ":memory:", nullptr};
    pid_t process = -1;
    const int error = posix_spawnp(&process, arguments[0], &actions, nullptr, const_cast<char**>(arguments), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error == ENOENT) return false;
    KJ_REQUIRE(error == 0, "cannot run sqlite3", std::strerror(error));
    int status = 0;
    KJ_SYSCALL(waitpid(process, &status, 0));
    std::string problem;
    std::getline(std::ifstream(errors), problem);
    KJ_REQUIRE(status == 0 && problem.empty(), "sqlite3 failed", problem.c_str());
    return true;
}

// A row of two numbers for each count, and after everything that is timed: Run Time: real 0.123 user …
SqliteSeatDays read_output(const fs::path& output, int rounds) {
    constexpr std::string_view begin = "Run Time: real ";
    std::vector<double> seconds;
    std::vector<std::pair<std::int64_t, std::uint64_t>> counts;
    std::ifstream in(output);
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with(begin)) {
            seconds.push_back(std::stod(line.substr(begin.size())));
            continue;
        }
        auto& [days, hash] = counts.emplace_back();
        KJ_REQUIRE(std::sscanf(line.c_str(), "%" SCNd64 ",%" SCNu64, &days, &hash) == 2, "sqlite3 says something else",
                   line.c_str());
    }
    const auto counted = static_cast<std::size_t>(rounds) + 1;
    KJ_REQUIRE(counts.size() == counted && seconds.size() == counted + static_cast<std::size_t>(rounds),
               "sqlite3 did not time its statements", counts.size(), seconds.size());
    KJ_REQUIRE(std::ranges::count(counts, counts.front()) == std::ssize(counts), "sqlite3 counts in two ways");
    SqliteSeatDays found;
    found.seat_days = counts.front().first;
    found.seat_days_hash = counts.front().second;
    auto next = seconds.begin();
    for (int round = 0; round < rounds; ++round) {
        found.sort_seconds.push_back(*next++);
        found.seconds.push_back(*next++);
    }
    found.windows_seconds = *next;
    return found;
}

}  // namespace

std::optional<SqliteSeatDays> count_with_sqlite(const Log& log, const billing::DayPeriod& days, int rounds,
                                                const fs::path& directory) {
    fs::create_directories(directory);
    const auto full = fs::absolute(directory);
    export_events(log, full / "events.csv");
    write_script(full / "count.sql", full / "events.csv", days.end.number, rounds);
    if (!run_sqlite(full / "count.sql", full / "counted", full / "problems")) return {};
    return read_output(full / "counted", rounds);
}

}  // namespace seatledger::bench
