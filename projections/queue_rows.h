// Rows of the tables of queues and of who is in them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/rules/entities.h"
#include "events/instant.h"

namespace seatledger {

// The queues that somebody is in.
struct MembershipsRow {
    Instant at;  // since when it is these
    std::vector<Membership> queues;
};

[[nodiscard]] MembershipsRow read_memberships(std::string_view value);
[[nodiscard]] std::string memberships_value(const MembershipsRow& row);

}  // namespace seatledger
