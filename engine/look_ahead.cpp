#include "engine/look_ahead.h"

#include "engine/prefetch.h"
#include "events/text.h"

namespace seatledger {

void LookAhead::add(const Subject& subject) {
    ++added_;
    place(0) = {subject, {}, {}, 0, 0, 0, 0, 0};
    // Each step reads what the step before has asked for, one subject ago.
    fetch_account_index(place(0));
    state_.accounts_.prefetch_slot(place(1).account_hash);
    find_account(place(2));
    fetch_slots(place(3));
    fetch_license(place(4));
    find_user(place(5));
    if (place(6).account) state_.users_.prefetch_slot(place(6).user_hash);
    fetch_user_data(place(7));
}

void LookAhead::fetch_account_index(Place& at) const {
    at.account_hash = CachedState::TextHash()({{}, at.subject.account});
    state_.accounts_.prefetch_index(at.account_hash);
}

void LookAhead::find_account(Place& at) const {
    const auto* const slot = state_.accounts_.find(CachedState::TextProbe{{}, at.subject.account}, at.account_hash);
    if (slot == nullptr) return;
    const auto hash = CachedState::NumberHash();
    at.account = slot->value.number;
    at.lots_hash = hash(CachedState::key(at.account, 0));
    state_.lots_.prefetch_index(at.lots_hash);
    if (!at.subject.email.empty()) {
        at.email_hash = CachedState::TextHash()({at.account, FoldedAddress(at.subject.email)});
        state_.emails_.prefetch_index(at.email_hash);
    }
    if (at.subject.license) {
        at.chunk_hash = hash(CachedState::key(at.account, at.subject.license.value / chunk_licenses));
        state_.chunks_.prefetch_index(at.chunk_hash);
    }
}

void LookAhead::fetch_slots(const Place& at) const {
    if (!at.account) return;
    state_.lots_.prefetch_slot(at.lots_hash);
    if (!at.subject.email.empty()) state_.emails_.prefetch_slot(at.email_hash);
    if (at.subject.license) state_.chunks_.prefetch_slot(at.chunk_hash);
}

const UserId* LookAhead::holder_of(const Place& at) const {
    const auto license = at.subject.license;
    if (!license) return nullptr;
    const auto* const slot =
        state_.chunks_.find(CachedState::key(at.account, license.value / chunk_licenses), at.chunk_hash);
    return slot == nullptr ? nullptr : &slot->value[license.value % chunk_licenses];
}

void LookAhead::fetch_license(const Place& at) const {
    if (!at.account) return;
    if (const auto* const holder = holder_of(at)) prefetch_line(holder);
    if (const auto* const lots = state_.lots_.find(CachedState::key(at.account, 0), at.lots_hash)) {
        prefetch_line(lots->value.lots.data());
        prefetch_line(lots->value.searches.data());
    }
}

void LookAhead::find_user(Place& at) const {
    if (!at.account) return;
    at.user = at.subject.user;
    if (!at.subject.email.empty()) {
        const auto* const slot =
            state_.emails_.find(CachedState::TextProbe{at.account, FoldedAddress(at.subject.email)}, at.email_hash);
        if (slot != nullptr) at.user = slot->value;
    } else if (const auto* const holder = holder_of(at); holder != nullptr && !at.user) {
        at.user = *holder;
    }
    at.user_hash = CachedState::NumberHash()(CachedState::key(at.account, at.user.value));
    state_.users_.prefetch_index(at.user_hash);
}

void LookAhead::fetch_user_data(const Place& at) const {
    if (!at.account) return;
    const auto* const slot = state_.users_.find(CachedState::key(at.account, at.user.value), at.user_hash);
    if (slot == nullptr) return;
    prefetch_line(slot->value.email.data());
    prefetch_line(slot->value.holdings.data());
}

}  // namespace seatledger
