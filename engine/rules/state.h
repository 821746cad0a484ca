// The state that commands are judged by, as the rules see it. The engine keeps it in bounded memory over the
// projections' tables; tests keep it in maps.
#pragma once

#include <algorithm>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <iterator>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "engine/rules/dues.h"
#include "engine/rules/entities.h"
#include "engine/rules/seals.h"
#include "events/ids.h"

namespace seatledger {

// When members of queues are billed for a product.
struct MembershipPeriod {
    ProductNumber product;
    Instant from;
    Instant to;  // the end left out; last_instant: none is known
};

// Of these products, all of which there are in the order of their numbers, those that are billed by membership, each
// from its definition until it is retired: in the order of the instants, never two at once. The first one stands for
// the time before it as well, since accounts may bring in a past that is older than the catalogue.
[[nodiscard]] std::vector<MembershipPeriod> membership_periods(std::span<const Product* const> products);

// The vendor's products: small, and always whole.
class Catalog {
 public:
    [[nodiscard]] const Product* find(std::string_view sku) const;
    // `number` must be that of a product.
    [[nodiscard]] const Product& at(ProductNumber number) const { return products_[number.value - 1]; }
    [[nodiscard]] std::span<const Product> all() const { return products_; }
    // The product on offer that members of queues are billed for. Null: there is none.
    [[nodiscard]] const Product* membership_product() const;
    // The one that they are billed for at `t`. Null: for none.
    [[nodiscard]] const Product* membership_product(Instant t) const;
    [[nodiscard]] Instant last_effective_at() const { return last_effective_at_; }

    Product& add(Product product);  // gets the next number
    Product& change(ProductNumber number) { return products_[number.value - 1]; }
    void set_last_effective_at(Instant instant) { last_effective_at_ = instant; }

 private:
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view sku) const { return std::hash<std::string_view>{}(sku); }
    };

    std::vector<Product> products_;
    std::unordered_map<std::string, ProductNumber, Hash, std::equal_to<>> numbers_;
    Instant last_effective_at_ = no_instant;
};

// Users' ids: who has a phone configuration that was not purged.
using PhoneOwners = boost::unordered_flat_set<std::uint32_t>;

// Pointers, spans and references stay valid while one command is judged and its events are folded in, but for spans
// of lots, which the next add_lot() ends. One thread. Whoever changes something has to ask for it with change_…, so
// that it is known to differ from what the tables have.
class State {
 public:
    virtual ~State() = default;

    // By what personal data in events is sealed and opened.
    [[nodiscard]] virtual Seals& seals() = 0;
    // What is in this box, which is about to become an event: so it need not be opened for the state to know.
    virtual void expect_address(std::string_view box, std::string_view clear) = 0;

    [[nodiscard]] virtual const Catalog& catalog() const = 0;
    [[nodiscard]] virtual Catalog& change_catalog() = 0;

    // Null: there is no such account, user, invoice, queue, order, dispute. People are seen with their address opened;
    // a box that was changed is a kj::Exception here, in user_of() and in evict().
    [[nodiscard]] virtual const Account* account(std::string_view id) = 0;
    [[nodiscard]] virtual const User* user(AccountNumber account, UserId id) = 0;
    [[nodiscard]] virtual const Invoice* invoice(AccountNumber account, std::string_view id) = 0;
    [[nodiscard]] virtual const Queue* queue(AccountNumber account, std::string_view id) = 0;
    [[nodiscard]] virtual const Order* order(AccountNumber account, OrderNumber number) = 0;
    [[nodiscard]] virtual const Dispute* dispute(AccountNumber account, DisputeNumber number) = 0;

    // Who bears the address at present; `folded` by fold_case(). 0: nobody.
    [[nodiscard]] virtual UserId user_of(AccountNumber account, std::string_view folded) = 0;
    // Who was removed while they bore the address, in the order in which they were. Who has been erased since may be
    // among them or not.
    [[nodiscard]] virtual std::span<const UserId> removed_of(AccountNumber account, std::string_view folded) = 0;
    [[nodiscard]] virtual bool has_payment(AccountNumber account, std::string_view reference) = 0;
    // By which dispute this line (Dispute::line) was disputed first; 0: by none.
    [[nodiscard]] virtual DisputeNumber first_dispute(AccountNumber account, std::string_view line) = 0;

    // Ordered by `first`; every license of the account lies in exactly one.
    [[nodiscard]] virtual std::span<const Lot> lots(AccountNumber account) = 0;

    // To whom the license was given, whether or not its term has ended since. 0: nobody. Or revoked_holder.
    [[nodiscard]] virtual UserId holder(AccountNumber account, LicenseNumber license) = 0;
    // The lowest license of the lot that nobody was given. 0: there is none. Cost: amortised logarithmic.
    [[nodiscard]] virtual LicenseNumber first_free(AccountNumber account, const Lot& lot) = 0;
    // What was noted and is still to be recorded.
    [[nodiscard]] virtual const Dues& dues(AccountNumber account) = 0;
    // So that nobody else has to be looked at when many lose their licenses at once.
    [[nodiscard]] virtual const PhoneOwners& phone_owners(AccountNumber account) = 0;

    [[nodiscard]] virtual AccountNumber next_account() const = 0;
    virtual Account& add_account(Account account) = 0;
    virtual void add_user(AccountNumber account, User user) = 0;
    virtual void add_invoice(AccountNumber account, Invoice invoice) = 0;
    virtual void add_queue(AccountNumber account, Queue queue) = 0;
    virtual void add_order(AccountNumber account, Order order) = 0;
    virtual void add_dispute(AccountNumber account, Dispute dispute) = 0;
    virtual void add_lot(AccountNumber account, Lot lot) = 0;
    virtual void add_payment(AccountNumber account, std::string_view reference) = 0;
    virtual void add_due(AccountNumber account, const Due& due) = 0;
    virtual void remove_due(AccountNumber account, const Due& due) = 0;
    virtual void set_phone_owner(AccountNumber account, UserId user, bool owns) = 0;

    // What is changed must exist. A person's address may be in its box yet; not after user() has been asked for them.
    [[nodiscard]] virtual Account& change_account(std::string_view id) = 0;
    [[nodiscard]] virtual User& change_user(AccountNumber account, UserId id) = 0;
    [[nodiscard]] virtual Invoice& change_invoice(AccountNumber account, std::string_view id) = 0;
    [[nodiscard]] virtual Queue& change_queue(AccountNumber account, std::string_view id) = 0;
    [[nodiscard]] virtual Order& change_order(AccountNumber account, OrderNumber number) = 0;
    [[nodiscard]] virtual Dispute& change_dispute(AccountNumber account, DisputeNumber number) = 0;
    // `box`: as the event has it, sealed by the key of the person, who was not removed. It may be opened later, by
    // whoever asks; if the key is destroyed by then, they have no address. Nobody else who was not removed bears it.
    virtual void set_address(const Account& account, UserId user, std::string_view box) = 0;
    virtual void set_user_of(AccountNumber account, std::string_view folded, UserId user) = 0;
    virtual void add_removed(AccountNumber account, std::string_view folded, UserId user) = 0;
    // `first`: of a lot.
    [[nodiscard]] virtual Lot& change_lot(AccountNumber account, LicenseNumber first) = 0;
    // Gives the lot that the license, which must exist, is in.
    virtual const Lot& set_holder(AccountNumber account, LicenseNumber license, UserId user) = 0;
};

// The lot that has the license; null if the account has no such license. Cost: logarithmic.
[[nodiscard]] inline const Lot* find_lot(std::span<const Lot> lots, LicenseNumber license) {
    const auto after = std::ranges::upper_bound(lots, license, {}, &Lot::first);
    if (after == lots.begin()) return nullptr;
    const auto& lot = *std::prev(after);
    return lot.contains(license) ? &lot : nullptr;
}

}  // namespace seatledger
