// The rules' state as naively as possible: what a test may hold against anything cleverer.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/rules/state.h"
#include "tests/support/test_secrets.h"

namespace seatledger::testing {

class MapState final : public State {
 public:
    [[nodiscard]] Seals& seals() override { return *seals_; }
    void expect_address(std::string_view, std::string_view) override {}  // opens every box
    [[nodiscard]] const Catalog& catalog() const override { return catalog_; }
    [[nodiscard]] Catalog& change_catalog() override { return catalog_; }
    [[nodiscard]] const Account* account(std::string_view id) override;
    [[nodiscard]] const User* user(AccountNumber account, UserId id) override;
    [[nodiscard]] const Invoice* invoice(AccountNumber account, std::string_view id) override;
    [[nodiscard]] const Queue* queue(AccountNumber account, std::string_view id) override;
    [[nodiscard]] const Order* order(AccountNumber account, OrderNumber number) override;
    [[nodiscard]] const Dispute* dispute(AccountNumber account, DisputeNumber number) override;
    [[nodiscard]] UserId user_of(AccountNumber account, std::string_view folded) override;
    [[nodiscard]] std::span<const UserId> removed_of(AccountNumber account, std::string_view folded) override;
    [[nodiscard]] bool has_payment(AccountNumber account, std::string_view reference) override;
    [[nodiscard]] DisputeNumber first_dispute(AccountNumber account, std::string_view line) override;
    [[nodiscard]] std::span<const Lot> lots(AccountNumber account) override;
    [[nodiscard]] UserId holder(AccountNumber account, LicenseNumber license) override;
    [[nodiscard]] LicenseNumber first_free(AccountNumber account, const Lot& lot) override;
    [[nodiscard]] const Dues& dues(AccountNumber account) override { return dues_[account]; }
    [[nodiscard]] const PhoneOwners& phone_owners(AccountNumber account) override { return phone_owners_[account]; }
    [[nodiscard]] AccountNumber next_account() const override;

    Account& add_account(Account account) override;
    void add_user(AccountNumber account, User user) override;
    void add_invoice(AccountNumber account, Invoice invoice) override;
    void add_queue(AccountNumber account, Queue queue) override;
    void add_order(AccountNumber account, Order order) override;
    void add_dispute(AccountNumber account, Dispute dispute) override;
    void add_lot(AccountNumber account, Lot lot) override;
    void add_payment(AccountNumber account, std::string_view reference) override;
    void add_due(AccountNumber account, const Due& due) override;
    void remove_due(AccountNumber account, const Due& due) override;
    void set_phone_owner(AccountNumber account, UserId user, bool owns) override;
    [[nodiscard]] Account& change_account(std::string_view id) override;
    [[nodiscard]] User& change_user(AccountNumber account, UserId id) override;
    [[nodiscard]] Invoice& change_invoice(AccountNumber account, std::string_view id) override;
    [[nodiscard]] Queue& change_queue(AccountNumber account, std::string_view id) override;
    [[nodiscard]] Order& change_order(AccountNumber account, OrderNumber number) override;
    [[nodiscard]] Dispute& change_dispute(AccountNumber account, DisputeNumber number) override;
    void set_address(const Account& account, UserId user, std::string_view box) override;
    void set_user_of(AccountNumber account, std::string_view folded, UserId user) override;
    void add_removed(AccountNumber account, std::string_view folded, UserId user) override;
    [[nodiscard]] Lot& change_lot(AccountNumber account, LicenseNumber first) override;
    const Lot& set_holder(AccountNumber account, LicenseNumber license, UserId user) override;

 private:
    using Name = std::pair<AccountNumber, std::string>;

    std::shared_ptr<AnySeals> seals_ = std::make_shared<AnySeals>();
    Catalog catalog_;
    std::map<std::string, Account, std::less<>> accounts_;
    std::map<std::pair<AccountNumber, UserId>, User> users_;
    std::map<Name, Invoice> invoices_;
    std::map<Name, Queue> queues_;
    std::map<std::pair<AccountNumber, OrderNumber>, Order> orders_;
    std::map<std::pair<AccountNumber, DisputeNumber>, Dispute> disputes_;
    std::map<Name, UserId> users_of_;
    std::map<Name, std::vector<UserId>> removed_of_;
    std::set<Name> payments_;
    std::map<AccountNumber, std::vector<Lot>> lots_;
    std::map<AccountNumber, Dues> dues_;
    std::map<AccountNumber, PhoneOwners> phone_owners_;
    std::map<std::pair<AccountNumber, LicenseNumber>, UserId> holders_;
};

}  // namespace seatledger::testing
