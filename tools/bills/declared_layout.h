// How one line of a bill is to be read: as whoever disputes it declares it, and as others can read it later.
//
//   {"format":"csv","dates":"iso","decimals":"point","ends":"exclusive","invoices":"ledger",
//    "header":"sku,quantity,…","mapping":{…}}
//
// What is left out is as usual for the format (bill_format.h), but for the format itself and the header.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "tools/bills/bill_format.h"
#include "tools/bills/mapping.h"

namespace seatledger::billing {

struct DeclaredLayout {
    BillFormat format;
    std::string header;  // the text of the bill's first record
    Mapping mapping;
};

// `record`: the text of the line; of the mapping's skus only those are written that it has.
[[nodiscard]] std::string to_json(const DeclaredLayout& layout, std::string_view record);

// The error is one line that says what is wrong and what there is instead.
[[nodiscard]] std::expected<DeclaredLayout, std::string> parse_declared_layout(std::string_view json,
                                                                               const date::time_zone& zone);

}  // namespace seatledger::billing
