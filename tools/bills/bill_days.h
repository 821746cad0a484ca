// The days of a bill's periods, as its cells have them.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "projections/billing/bill_line.h"
#include "tools/bills/bill_format.h"

namespace seatledger::billing {

enum class Bound : std::uint8_t { begin, end };

// The day with which a period begins, or the first one after it: an end in a bill with inclusive ends is one later
// than it is written there.
//
// A cell has a day in the format's order (in mdy and dmy the year may have two digits, of 2000 to 2099), alone or with
// a time, 13:00 or 1:00 PM, seconds and fractions or none, and perhaps Z, UTC, GMT or an offset. What the time does:
// - Midnight: the day is the one that is written, in whatever zone the vendor lives.
// - 23:59, with any second, as an end: it is the end of the day that is written, in bills of either kind.
// - Any other with Z or an offset is an instant, and means the day in `format.zone` on which it lies. As an end that
//   is not inclusive, the day after that, unless the day begins with just that instant.
// - Any other without: the day that is written; as an end, the day after it.
//
// The error ends a sentence about the cell.
[[nodiscard]] std::expected<CivilDay, std::string> read_day(std::string_view cell, Bound bound,
                                                            const BillFormat& format);

}  // namespace seatledger::billing
