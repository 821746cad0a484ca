// Cursors: where a page ended, and of what.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "events/ids.h"
#include "events/instant.h"
#include "projections/catalog_history.h"

namespace seatledger {

struct Cursor {
    std::uint64_t question = 0;  // a hash of it, so that no other one takes the cursor
    Sequence sequence;           // the state that the first page was read from
    Instant time;
    CatalogTime catalog_time;
    std::string position;  // what comes next, in the table's own terms
};

// Opaque text, hexadecimal.
[[nodiscard]] std::string write_cursor(const Cursor& cursor);
// Nothing: it is no cursor.
[[nodiscard]] std::optional<Cursor> read_cursor(std::string_view text);

}  // namespace seatledger
