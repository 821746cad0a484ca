// The days for which places in queues are billed.
#pragma once

#include <optional>
#include <vector>

#include "events/calendar.h"
#include "projections/query.capnp.h"
#include "projections/view.h"

namespace seatledger {

// Days one after the other, both ends among them, that are billed as one product.
struct DayRange {
    ProductNumber product;
    CivilDay first;
    CivilDay last;

    [[nodiscard]] std::uint32_t days() const { return static_cast<std::uint32_t>(last.number - first.number) + 1; }
    bool operator==(const DayRange&) const = default;
};

// The civil days, in the account's zone, on any part of which the person was in at least one queue while such places
// were billed: in order, and none twice; a day on which one product was replaced by another is billed as the first. Who
// is in one at the view's time is so on that day. Cost: every change of the queues that they were in.
[[nodiscard]] std::vector<DayRange> membership_days(const View& view, UserId user);

// Everyone who was ever in a queue, in the order of their registration, from the one with this id on, with these days.
// Gives where the next page begins.
[[nodiscard]] std::optional<UserId> answer_memberships(const View& view, schema::MembershipFilter::Reader filter,
                                                       UserId from, std::uint32_t limit, schema::Rows::Builder rows);

}  // namespace seatledger
