#include "engine/look_ahead.h"

#include <kj/debug.h>

#include "engine/prefetch.h"
#include "events/text.h"

namespace seatledger {

void LookAhead::find(std::span<const Subject> group) {
    KJ_REQUIRE(group.size() <= group_max, "too many at once", group.size());
    for (const auto& subject : group) prefetch_line(subject.account.data());
    // Each step reads what the step before has asked for.
    const auto all = [&](auto step) {
        for (std::size_t i = 0; i < group.size(); ++i) step(group[i], found_[i]);
    };
    all([this](const Subject& subject, Found& found) { fetch_account_index(subject, found); });
    all([this](const Subject& subject, Found& found) { fetch_account(subject, found); });
    all([this](const Subject& subject, Found& found) { fetch_indexes(subject, found); });
    all([this](const Subject& subject, Found& found) { fetch_slots(subject, found); });
    all(fetch_license);
    all([this](const Subject& subject, Found& found) { find_user(subject, found); });
    all([this](const Subject& subject, Found& found) { fetch_user(subject, found); });
    all(fetch_user_data);
}

void LookAhead::expect(std::size_t index) {
    const auto& found = found_[index];
    state_.accounts_.expect(found.account);
    state_.lots_.expect(found.lots);
    state_.emails_.expect(found.email);
    state_.chunks_.expect(found.chunk);
    state_.users_.expect(found.user_slot);
}

void LookAhead::fetch_account_index(const Subject& subject, Found& found) const {
    found = {};
    if (!subject.account.empty()) state_.accounts_.prefetch_index(subject.account_hash);
}

void LookAhead::fetch_account(const Subject& subject, Found& found) const {
    if (!subject.account.empty()) found.account = state_.accounts_.prefetch_slot(subject.account_hash);
}

void LookAhead::fetch_indexes(const Subject& subject, Found& found) const {
    if (found.account == nullptr) return;
    const auto account = found.account->value.number;
    const auto hash = CachedState::NumberHash();
    found.lots_hash = hash(CachedState::key(account, 0));
    state_.lots_.prefetch_index(found.lots_hash);
    if (!subject.email.empty()) {
        found.email_hash = CachedState::TextHash()({account, FoldedAddress(subject.email)});
        state_.emails_.prefetch_index(found.email_hash);
    }
    if (subject.license) {
        found.chunk_hash = hash(CachedState::key(account, subject.license.value / chunk_licenses));
        state_.chunks_.prefetch_index(found.chunk_hash);
    }
}

void LookAhead::fetch_slots(const Subject& subject, Found& found) const {
    if (found.account == nullptr) return;
    found.lots = state_.lots_.prefetch_slot(found.lots_hash);
    if (!subject.email.empty()) found.email = state_.emails_.prefetch_slot(found.email_hash);
    if (subject.license) found.chunk = state_.chunks_.prefetch_slot(found.chunk_hash);
}

void LookAhead::fetch_license(const Subject& subject, const Found& found) {
    if (found.chunk != nullptr) prefetch_line(&found.chunk->value[subject.license.value % chunk_licenses]);
    if (found.lots == nullptr) return;
    prefetch_line(found.lots->value.lots.data());
    prefetch_line(found.lots->value.searches.data());
}

void LookAhead::find_user(const Subject& subject, Found& found) const {
    if (found.account == nullptr) return;
    found.user = subject.user;
    if (found.email != nullptr) {
        found.user = found.email->value;
    } else if (found.chunk != nullptr && !found.user) {
        found.user = found.chunk->value[subject.license.value % chunk_licenses];
    }
    if (!found.user) return;
    found.user_hash = CachedState::NumberHash()(CachedState::key(found.account->value.number, found.user.value));
    state_.users_.prefetch_index(found.user_hash);
}

void LookAhead::fetch_user(const Subject& subject, Found& found) const {
    if (!found.user) return;
    found.user_slot = state_.users_.prefetch_slot(found.user_hash);
    // Commands are answered with the address; events change what the person holds, which lies before it.
    if (!subject.user && found.user_slot != nullptr) prefetch_line(&found.user_slot->value.email);
}

void LookAhead::fetch_user_data(const Subject& subject, const Found& found) {
    if (!subject.user && found.user_slot != nullptr) prefetch_line(found.user_slot->value.email.data());
}

}  // namespace seatledger
