// What falls due by itself: noted when it is known, recorded when its instant comes.
#pragma once

#include <optional>

#include "engine/rules/state.h"

namespace seatledger::rules {

// What falls due because these licenses were issued.
[[nodiscard]] inline Due expiry_of(const Lot& lot) {
    return {lot.valid_until, DueKind::licenses_expire, lot.first.value};
}

// What falls due because licenses were requested.
[[nodiscard]] inline Due overdue_of(OrderNumber order, Instant due) {
    return {due, DueKind::order_overdue, order.value};
}

// What falls due because a phone configuration is kept.
[[nodiscard]] inline Due purge_of(UserId user, Instant kept_until) {
    return {kept_until, DueKind::phone_purge, user.value};
}

// Of what is still to be recorded, reminders included, the first. Cost: logarithmic.
[[nodiscard]] std::optional<Due> next_due(State& state, const Account& account);

// In evolve(): keeps the account's next_due, after a change of what else it follows from.
void set_next_due(State& state, const Account& account);
// In evolve(): from now on `due` is to be recorded, or is not any more. Keep the account's next_due.
void add_due(State& state, const Account& account, const Due& due);
void remove_due(State& state, const Account& account, const Due& due);

}  // namespace seatledger::rules
