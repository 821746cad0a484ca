// Rows of orders.
#pragma once

#include "engine/rules/entities.h"
#include "projections/rows.capnp.h"

namespace seatledger {

[[nodiscard]] Order read_order(OrderNumber number, rows::Order::Reader row);

}  // namespace seatledger
