// Questions about queues, and about what places in them are billed as.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>

#include "projections/queries.h"
#include "projections/query.capnp.h"
#include "projections/queue_rows.h"
#include "projections/rows.capnp.h"
#include "projections/tables.h"
#include "projections/view.h"

namespace seatledger {

// Queues with their members, ordered by name, from `from` on. Gives the name with which the next page begins. `only`:
// of the members this one alone is shown, to whom it is answered; 0: all.
[[nodiscard]] std::expected<std::optional<std::string>, QueryFailure> answer_queues(const View& view,
                                                                                    schema::QueueFilter::Reader filter,
                                                                                    UserId only, std::string_view from,
                                                                                    std::uint32_t limit,
                                                                                    schema::Rows::Builder rows);

// A place in a queue: that of a member, who is there; and the queue itself, without its members.
void write_member(const View& view, UserId user, const tables::Member& member, schema::QueueRow::Member::Builder row);
void write_queue(rows::Queue::Reader queue, schema::QueueRow::Builder row);

// The queues that the person is in at the view's time.
[[nodiscard]] std::vector<Membership> memberships_of(const View& view, UserId user);

// Since when the person is in some queue without interruption; no_instant: they are in none.
[[nodiscard]] Instant member_since(const View& view, UserId user);

}  // namespace seatledger
