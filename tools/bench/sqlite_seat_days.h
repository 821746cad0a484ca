// The program sqlite3, counting seat-days: what reconciling is held against.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <vector>

#include "engine/log/log.h"
#include "projections/billing/bill_line.h"

namespace seatledger::bench {

struct SqliteSeatDays {
    std::vector<double> sort_seconds;  // from the order of the log to that of licenses, a round each
    std::vector<double> seconds;       // … and of the statement that then counts fastest
    double windows_seconds = 0;        // of one with a window, on the sorted table
    std::int64_t seat_days = 0;
    std::uint64_t seat_days_hash = 0;  // each times the number of its license, added up
};

// Writes the binds and unbinds of the log, which has no others than one account's, to a file in the directory, and has
// SQLite count on how many of the days (in UTC) somebody had each license, all in memory. All events lie within the
// days. Nothing if the program is not installed. Failures are kj::Exceptions.
[[nodiscard]] std::optional<SqliteSeatDays> count_with_sqlite(const Log& log, const billing::DayPeriod& days,
                                                              int rounds, const std::filesystem::path& directory);

}  // namespace seatledger::bench
