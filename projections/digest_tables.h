// Digests of tables, by which two sets of them are compared.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "events/ids.h"
#include "projections/database.h"

namespace seatledger {

struct TableDigest {
    std::string table;
    std::uint64_t rows = 0;  // versions, of a versioned table
    std::string digest;      // SHA-256 over keys and values in order, each after its length; hexadecimal

    bool operator==(const TableDigest&) const = default;
};

// Of every table, in the order of their numbers; calls `check` every few thousand rows, which may throw to give it up.
// Cost: reads every row once.
[[nodiscard]] std::vector<TableDigest> digest_tables(const Snapshot& snapshot, const std::function<void()>& check = {});

}  // namespace seatledger
