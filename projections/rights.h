// What a caller may do by the roles that they have: the table of engine/rules/roles.h, applied to what the tables say.
#pragma once

#include <expected>
#include <string_view>

#include "engine/rules/caller.h"
#include "engine/rules/roles.h"
#include "events/event.capnp.h"
#include "projections/projections.h"
#include "projections/queries.h"
#include "projections/view.h"

namespace seatledger {

// Whether the caller has the right in the account (empty: where it belongs to none), by the roles that they have at the
// head of the tables, whatever time is read. Any thread. Cost: for a person, two rows.
[[nodiscard]] std::expected<rules::Extent, QueryFailure> authorize(const Projections& projections, const Caller& caller,
                                                                   std::string_view account, rules::Right right);

// Whether the caller may read all of an event, whoever is in it: one of an account with the right to all of its events,
// one of the catalogue, which is of no account, with the right to that in their own. The failure does not say whose it
// is. Any thread. Cost: for a person, two rows.
[[nodiscard]] std::expected<void, QueryFailure> authorize_event(const Projections& projections, const Caller& caller,
                                                                schema::Event::Reader event);

// Whether the caller may ask the question; what is only about themself must name them (in the state that is read). Of
// queues that shows where they are; who else is there is left out by answer_queues().
[[nodiscard]] std::expected<void, QueryFailure> check_extent(rules::Extent extent, const Caller& caller,
                                                             const View& view, schema::Query::Reader query);

[[nodiscard]] rules::Right right_for(schema::Query::Which question);

}  // namespace seatledger
