#include "engine/look_ahead.h"

#include "engine/prefetch.h"
#include "events/text.h"

namespace seatledger {

void LookAhead::add(const Subject& subject) {
    ++added_;
    place(0) = {};
    place(0).subject = subject;
    // Each step reads what the step before has asked for, two subjects ago: about as long as memory takes.
    prefetch_line(subject.account.data());
    fetch_account_index(place(2));
    fetch_account(place(4));
    fetch_indexes(place(6));
    fetch_slots(place(8));
    fetch_license(place(10));
    find_user(place(12));
    fetch_user(place(14));
    fetch_user_data(place(16));
    static_assert(distance == 16 + 2);
    expect(place(distance));
}

void LookAhead::fetch_account_index(Place& at) const {
    if (at.subject.account.empty()) return;
    at.account_hash = CachedState::TextHash()({{}, at.subject.account});
    state_.accounts_.prefetch_index(at.account_hash);
}

void LookAhead::fetch_account(Place& at) const {
    if (!at.subject.account.empty()) at.account = state_.accounts_.prefetch_slot(at.account_hash);
}

void LookAhead::fetch_indexes(Place& at) const {
    if (at.account == nullptr) return;
    const auto account = at.account->value.number;
    const auto hash = CachedState::NumberHash();
    at.lots_hash = hash(CachedState::key(account, 0));
    state_.lots_.prefetch_index(at.lots_hash);
    if (!at.subject.email.empty()) {
        at.email_hash = CachedState::TextHash()({account, FoldedAddress(at.subject.email)});
        state_.emails_.prefetch_index(at.email_hash);
    }
    if (at.subject.license) {
        at.chunk_hash = hash(CachedState::key(account, at.subject.license.value / chunk_licenses));
        state_.chunks_.prefetch_index(at.chunk_hash);
    }
}

void LookAhead::fetch_slots(Place& at) const {
    if (at.account == nullptr) return;
    at.lots = state_.lots_.prefetch_slot(at.lots_hash);
    if (!at.subject.email.empty()) at.email = state_.emails_.prefetch_slot(at.email_hash);
    if (at.subject.license) at.chunk = state_.chunks_.prefetch_slot(at.chunk_hash);
}

void LookAhead::fetch_license(const Place& at) const {
    if (at.chunk != nullptr) prefetch_line(&at.chunk->value[at.subject.license.value % chunk_licenses]);
    if (at.lots == nullptr) return;
    prefetch_line(at.lots->value.lots.data());
    prefetch_line(at.lots->value.searches.data());
}

void LookAhead::find_user(Place& at) const {
    if (at.account == nullptr) return;
    if (at.email != nullptr) {
        at.subject.user = at.email->value;
    } else if (at.chunk != nullptr && !at.subject.user) {
        at.subject.user = at.chunk->value[at.subject.license.value % chunk_licenses];
    }
    if (!at.subject.user) return;
    at.user_hash = CachedState::NumberHash()(CachedState::key(at.account->value.number, at.subject.user.value));
    state_.users_.prefetch_index(at.user_hash);
}

void LookAhead::fetch_user(Place& at) const {
    if (at.account != nullptr && at.subject.user) at.user = state_.users_.prefetch_slot(at.user_hash);
}

void LookAhead::fetch_user_data(const Place& at) {
    if (at.user != nullptr) prefetch_line(at.user->value.email.data());
}

void LookAhead::expect(const Place& at) {
    state_.accounts_.expect(at.account);
    state_.lots_.expect(at.lots);
    state_.emails_.expect(at.email);
    state_.chunks_.expect(at.chunk);
    state_.users_.expect(at.user);
}

}  // namespace seatledger
