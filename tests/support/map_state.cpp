#include "tests/support/map_state.h"

#include <algorithm>

#include "events/sealed.h"
#include "events/text.h"

namespace seatledger::testing {
namespace {

template <typename Map, typename Key>
auto find_or_null(Map& map, const Key& key) -> decltype(&map.begin()->second) {
    const auto found = map.find(key);
    return found == map.end() ? nullptr : &found->second;
}

}  // namespace

const Account* MapState::account(std::string_view id) { return find_or_null(accounts_, id); }

const User* MapState::user(AccountNumber account, UserId id) { return find_or_null(users_, std::pair(account, id)); }

const Invoice* MapState::invoice(AccountNumber account, std::string_view id) {
    return find_or_null(invoices_, Name(account, id));
}

const Queue* MapState::queue(AccountNumber account, std::string_view id) {
    return find_or_null(queues_, Name(account, id));
}

const Order* MapState::order(AccountNumber account, OrderNumber number) {
    return find_or_null(orders_, std::pair(account, number));
}

UserId MapState::user_of(AccountNumber account, std::string_view folded) {
    const auto* user = find_or_null(users_of_, Name(account, folded));
    return user == nullptr ? UserId() : *user;
}

std::span<const UserId> MapState::removed_of(AccountNumber account, std::string_view folded) {
    return removed_of_[Name(account, folded)];
}

bool MapState::has_payment(AccountNumber account, std::string_view reference) {
    return payments_.contains(Name(account, reference));
}

std::span<const Lot> MapState::lots(AccountNumber account) { return lots_[account]; }

UserId MapState::holder(AccountNumber account, LicenseNumber license) {
    const auto* user = find_or_null(holders_, std::pair(account, license));
    return user == nullptr ? UserId() : *user;
}

LicenseNumber MapState::first_free(AccountNumber account, const Lot& lot) {
    for (auto license = lot.first; lot.contains(license); license = license.next()) {
        if (!holder(account, license)) return license;
    }
    return {};
}

AccountNumber MapState::next_account() const { return AccountNumber(static_cast<std::uint32_t>(accounts_.size() + 1)); }

Account& MapState::add_account(Account account) {
    const auto id = account.id;
    return accounts_.emplace(id, std::move(account)).first->second;
}

void MapState::add_user(AccountNumber account, User user) {
    const auto id = user.id;
    users_.emplace(std::pair(account, id), std::move(user));
}

void MapState::add_invoice(AccountNumber account, Invoice invoice) {
    Name id(account, invoice.id);
    invoices_.emplace(std::move(id), std::move(invoice));
}

void MapState::add_queue(AccountNumber account, Queue queue) {
    Name id(account, queue.id);
    queues_.emplace(std::move(id), std::move(queue));
}

const Dispute* MapState::dispute(AccountNumber account, DisputeNumber number) {
    return find_or_null(disputes_, std::pair(account, number));
}

DisputeNumber MapState::first_dispute(AccountNumber account, std::string_view line) {
    for (const auto& [key, dispute] : disputes_) {
        if (key.first == account && dispute.line == line) return dispute.number;
    }
    return {};
}

void MapState::add_dispute(AccountNumber account, Dispute dispute) {
    const std::pair number(account, dispute.number);
    disputes_.emplace(number, std::move(dispute));
}

void MapState::add_order(AccountNumber account, Order order) {
    const std::pair number(account, order.number);
    orders_.emplace(number, std::move(order));
}

void MapState::add_lot(AccountNumber account, Lot lot) { lots_[account].push_back(std::move(lot)); }

void MapState::add_payment(AccountNumber account, std::string_view reference) { payments_.emplace(account, reference); }

void MapState::add_due(AccountNumber account, const Due& due) { dues_[account].add(due); }

void MapState::remove_due(AccountNumber account, const Due& due) { dues_[account].remove(due); }

void MapState::set_phone_owner(AccountNumber account, UserId user, bool owns) {
    owns ? void(phone_owners_[account].insert(user.value)) : void(phone_owners_[account].erase(user.value));
}

Account& MapState::change_account(std::string_view id) { return accounts_.find(id)->second; }

User& MapState::change_user(AccountNumber account, UserId id) { return users_.at({account, id}); }

Invoice& MapState::change_invoice(AccountNumber account, std::string_view id) {
    return invoices_.at(Name(account, id));
}

Queue& MapState::change_queue(AccountNumber account, std::string_view id) { return queues_.at(Name(account, id)); }

Dispute& MapState::change_dispute(AccountNumber account, DisputeNumber number) {
    return disputes_.at({account, number});
}

Order& MapState::change_order(AccountNumber account, OrderNumber number) { return orders_.at({account, number}); }

void MapState::set_address(const Account& account, UserId id, std::string_view box) {
    auto& user = users_.at({account.number, id});
    user.email = seals_->open(user.key, seal_context(Personal::email, account.id, id), box).value_or("");
    if (!user.email.empty()) set_user_of(account.number, fold_case(user.email), id);
}

void MapState::set_user_of(AccountNumber account, std::string_view folded, UserId user) {
    users_of_[Name(account, folded)] = user;
}

void MapState::add_removed(AccountNumber account, std::string_view folded, UserId user) {
    removed_of_[Name(account, folded)].push_back(user);
}

Lot& MapState::change_lot(AccountNumber account, LicenseNumber first) {
    return *std::ranges::find(lots_[account], first, &Lot::first);
}

const Lot& MapState::set_holder(AccountNumber account, LicenseNumber license, UserId user) {
    holders_[{account, license}] = user;
    return *find_lot(lots_[account], license);
}

}  // namespace seatledger::testing
