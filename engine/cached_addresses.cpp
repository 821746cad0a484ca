// Who bears an address, in the state: what events have sealed is opened once somebody asks.
#include <algorithm>

#include "engine/cached_state.h"
#include "events/sealed.h"

namespace seatledger {

auto CachedState::email_slot(AccountNumber account, std::string_view folded) -> ByText<UserId>::Slot& {
    if (auto* slot = emails_.find(TextProbe{account, folded})) return *slot;
    const auto user = tables_ == nullptr ? UserId() : tables_->user_of(account, folded, sequence_);
    return emails_.insert(TextKey({account, folded}), user);
}

UserId CachedState::user_of(AccountNumber account, std::string_view folded) {
    const auto& slot = email_slot(account, folded);
    // Who loses an address is opened before, so who is found by it bears it.
    if (!slot.value && !sealed_.empty()) open_addresses(account);
    return slot.value;
}

void CachedState::expect_address(std::string_view box, std::string_view clear) {
    expected_box_ = box;
    expected_address_ = clear;
}

void CachedState::set_address(const Account& account, UserId id, std::string_view box) {
    auto& user = change_user(account.number, id);
    if (!box.empty() && box == expected_box_) {
        expected_box_.clear();
        user.sealed = false;
        user.email = std::move(expected_address_);
        set_user_of(account.number, fold_case(user.email), id);
        return;
    }
    user.sealed = true;
    user.email = box;
    auto& list = sealed_[account.number.value];
    if (list.people.empty()) list.account = account.id;
    list.people.push_back(id);
}

void CachedState::open_address(ByNumber<User>::Slot& slot, AccountNumber account) {
    auto& user = slot.value;
    const auto context = seal_context(Personal::email, sealed_.at(account.value).account, user.id);
    user.email = seals_.open(user.key, context, user.email).value_or("");
    user.sealed = false;
    if (!user.email.empty()) set_user_of(account, fold_case(user.email), user.id);
}

void CachedState::open_addresses(AccountNumber account) {
    const auto found = sealed_.find(account.value);
    if (found == sealed_.end()) return;
    for (const auto id : found->second.people) {
        // Whoever is not held is not sealed.
        auto* const slot = users_.find(key(account, id.value));
        if (slot != nullptr && slot->value.sealed) open_address(*slot, account);
    }
    sealed_.erase(found);
}

void CachedState::open_all_addresses() {
    while (!sealed_.empty()) open_addresses(AccountNumber(sealed_.begin()->first));
}

void CachedState::set_user_of(AccountNumber account, std::string_view folded, UserId user) {
    auto& slot = email_slot(account, folded);
    note_change(slot);
    slot.value = user;
}

auto CachedState::removed_slot(AccountNumber account, std::string_view folded) -> ByText<std::vector<UserId>>::Slot& {
    if (auto* slot = removed_.find(TextProbe{account, folded})) return *slot;
    auto people = tables_ == nullptr ? std::vector<UserId>() : tables_->removed_of(account, folded, sequence_);
    return removed_.insert(TextKey({account, folded}), std::move(people));
}

std::span<const UserId> CachedState::removed_of(AccountNumber account, std::string_view folded) {
    return removed_slot(account, folded).value;
}

void CachedState::add_removed(AccountNumber account, std::string_view folded, UserId user) {
    auto& slot = removed_slot(account, folded);
    note_change(slot);
    // Tables that have gone on may have said it.
    if (std::ranges::find(slot.value, user) == slot.value.end()) slot.value.push_back(user);
}

}  // namespace seatledger
