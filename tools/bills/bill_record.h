// A record of a bill as a line.
#pragma once

#include <cstdint>
#include <expected>
#include <string>

#include "projections/billing/bill_line.h"
#include "tools/bills/bill_format.h"
#include "tools/bills/bill_layout.h"

namespace seatledger::billing {

// `fields` are as many as the header has that `layout` was made for. What is judged (charges and corrections) has a
// sku, a period of a day and more, and a quantity, which only a correction may lack; then it is 0. What is carried may
// lack all three; a period that it lacks is the empty one of 1970-01-01. Whatever a record does say has to be readable.
[[nodiscard]] std::expected<BillLine, RefusedLine> read_record(const Layout& layout, const BillFormat& format,
                                                               Layout::Fields fields, std::uint64_t line);

// A record that is refused for that reason whatever it says: its currency and its amount, as far as they can be read.
[[nodiscard]] RefusedLine refuse_record(const Layout& layout, const BillFormat& format, Layout::Fields fields,
                                        std::uint64_t line, std::string reason);

}  // namespace seatledger::billing
