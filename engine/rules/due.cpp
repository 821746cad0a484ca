#include "engine/rules/due.h"

#include <algorithm>

namespace seatledger::rules {

void add_due(State& state, const Account& account, const Due& due) {
    state.add_due(account.number, due);
    auto& changed = state.change_account(account.id);
    changed.next_due = std::min(changed.next_due, due.instant);
}

void remove_due(State& state, const Account& account, const Due& due) {
    state.remove_due(account.number, due);
    const auto next = state.next_due(account.number);
    state.change_account(account.id).next_due = next ? next->instant : last_instant;
}

}  // namespace seatledger::rules
