// Questions about disputes.
#pragma once

#include <expected>
#include <optional>

#include "projections/queries.h"
#include "projections/query.capnp.h"
#include "projections/view.h"

namespace seatledger {

// Ordered by number, from `from` on. Gives the number with which the next page begins. Cost: a read of each event of
// the disputes that are shown.
[[nodiscard]] std::expected<std::optional<DisputeNumber>, QueryFailure> answer_disputes(
    const View& view, const Log& log, schema::DisputeFilter::Reader filter, DisputeNumber from, std::uint32_t limit,
    schema::Rows::Builder rows);

}  // namespace seatledger
