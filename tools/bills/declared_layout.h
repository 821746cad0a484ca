// How one line of a bill is to be read: as whoever disputes it declares it, and as others can read it later.
//
//   {"format":"csv","dates":"iso","decimals":"point","ends":"exclusive","invoices":"ledger",
//    "header":"sku,quantity,…","mapping":{…}}
//
// What is left out is as usual for the format (bill_format.h), but for the format itself and the header.
#pragma once

#include <expected>
#include <optional>
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

// Of the mapping's skus only the names of that product of the ledger's, if there is one: that of a line is enough for
// the line, and for all others that may charge for the same seats.
[[nodiscard]] std::string to_json(const DeclaredLayout& layout, std::optional<std::string_view> of_sku = {});

// The error is one line that says what is wrong and what there is instead.
[[nodiscard]] std::expected<DeclaredLayout, std::string> parse_declared_layout(std::string_view json,
                                                                               const date::time_zone& zone);

}  // namespace seatledger::billing
