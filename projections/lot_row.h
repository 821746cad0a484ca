// A row of the table of lots.
#pragma once

#include <string>
#include <string_view>

#include "engine/rules/entities.h"
#include "events/ids.h"

namespace seatledger {

// A lot as it is stored, with the event that made it.
struct LotRow {
    Lot lot;
    Sequence issued_by;
};

// `key`: with the account, without the sequence. Both must be of that table.
[[nodiscard]] LotRow read_lot(std::string_view key, std::string_view value);
[[nodiscard]] std::string lot_value(const LotRow& row);

}  // namespace seatledger
