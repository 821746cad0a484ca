// Questions about orders.
#pragma once

#include <expected>
#include <optional>

#include "projections/queries.h"
#include "projections/query.capnp.h"
#include "projections/view.h"

namespace seatledger {

// Ordered by number, from `from` on. Gives the number with which the next page begins.
[[nodiscard]] std::expected<std::optional<OrderNumber>, QueryFailure> answer_orders(const View& view,
                                                                                    schema::OrderFilter::Reader filter,
                                                                                    OrderNumber from,
                                                                                    std::uint32_t limit,
                                                                                    schema::Rows::Builder rows);

}  // namespace seatledger
