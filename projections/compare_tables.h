// Holds the tables that are in use against others, which are made from the log for that, and changes neither.
#pragma once

#include <expected>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "engine/failure.h"
#include "engine/log/log.h"
#include "events/ids.h"
#include "projections/database.h"

namespace seatledger {

struct TableDifference {
    std::string table;
    Sequence version;     // the event that wrote the first row that differs; 0: the row has no version
    std::string message;  // what differs: which row, and whether it is there
};

struct ComparedTables {
    Sequence sequence;  // both, as of this event
    std::vector<TableDifference> differences;
};

struct NotCompared {
    std::string message;
    bool live_is_damaged = false;  // else there was no place, or no room, for the others
};

// Makes tables in `scratch`, which must not be there, up to the event that `live` has seen, and compares row by row; of
// each table the first difference is told. The log must go so far, and be readable. Calls `progress` from time to time.
// Cost: that of a rebuild, on the disk as well; what is made stays in `scratch`.
[[nodiscard]] std::expected<ComparedTables, NotCompared> compare_tables(
    Database& live, const Log& log, const std::filesystem::path& scratch,
    const std::function<void(Sequence done, Sequence total)>& progress);

}  // namespace seatledger
