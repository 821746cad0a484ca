#include "engine/rules/due.h"

#include <algorithm>

#include "engine/rules/reminders.h"

namespace seatledger::rules {

std::optional<Due> next_due(State& state, const Account& account) {
    const auto& dues = state.dues(account.number);
    auto next = dues.first();
    if (account.importing) return next;
    const auto reminder = next_reminder(account.reminded, [&](Instant after) { return dues.next_end(after); });
    return reminder && (!next || *reminder < *next) ? reminder : next;
}

void set_next_due(State& state, const Account& account) {
    const auto next = next_due(state, account);
    state.change_account(account.id).next_due = next ? next->instant : last_instant;
}

void add_due(State& state, const Account& account, const Due& due) {
    state.add_due(account.number, due);
    set_next_due(state, account);
}

void remove_due(State& state, const Account& account, const Due& due) {
    state.remove_due(account.number, due);
    set_next_due(state, account);
}

}  // namespace seatledger::rules
