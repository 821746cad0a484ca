// The row of a dispute.
#pragma once

#include "engine/rules/entities.h"
#include "projections/rows.capnp.h"

namespace seatledger {

[[nodiscard]] Dispute read_dispute(DisputeNumber number, rows::Dispute::Reader row);

}  // namespace seatledger
