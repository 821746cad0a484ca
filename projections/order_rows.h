// Rows of orders, and of the cards in an account's row.
#pragma once

#include <string_view>
#include <vector>

#include "engine/rules/entities.h"
#include "projections/rows.capnp.h"

namespace seatledger {

[[nodiscard]] Order read_order(OrderNumber number, rows::Order::Reader row);

[[nodiscard]] std::vector<Card> read_cards(capnp::List<rows::Account::Card>::Reader cards);
void write_cards(const std::vector<Card>& cards, capnp::List<rows::Account::Card>::Builder to);

}  // namespace seatledger
