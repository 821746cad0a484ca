// What the rules know of an account and of the catalogue: plain values.
#pragma once

#include <array>
#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/rules/holdings.h"
#include "events/ids.h"
#include "events/instant.h"
#include "events/money.h"
#include "events/types.capnp.h"

namespace date {
class time_zone;
}

namespace seatledger {

struct Price {
    Amount amount;
    std::string currency;

    bool operator==(const Price&) const = default;
};

struct Product {
    ProductNumber number;
    std::string sku;
    std::string name;
    std::string type;
    std::vector<std::string> features;
    std::string term;
    Price unit_price;
    schema::Billing billing = schema::Billing::PURCHASED;
    bool keeps_phone = false;
    bool offered = true;
    Instant defined_at = no_instant;
    Instant retired_at = last_instant;  // last_instant: as far as is known it is on offer
};

// A means of payment, as the payment service knows it.
struct Card {
    std::string token;
    std::string last4;
    std::string expires;

    bool operator==(const Card&) const = default;
};

// Before the end of a term super admins are reminded of it, so many times 24 h.
inline constexpr std::array<std::uint32_t, 2> reminder_days = {30, 7};

// For each of these: the licenses that end at or before this have had their reminder, or never get one.
using Reminded = std::array<Instant, reminder_days.size()>;

// What every command looks at comes first in these: they are fetched from memory by the line.
struct Account {
    AccountNumber number;
    bool importing = false;
    Instant last_effective_at = no_instant;  // of the newest event of this account
    Instant next_due = last_instant;         // the earliest instant at which something falls due; last_instant: nothing
    LicenseNumber next_license{1};
    UserId next_user{1};
    const date::time_zone* zone = nullptr;
    std::string id;
    std::string name;
    std::string currency;
    OrderNumber next_order{1};
    DisputeNumber next_dispute{1};
    std::vector<Card> cards;  // in the order in which they were added
    schema::Language language = schema::Language::EN;
    std::vector<UserId> super_admins;  // in the order of their ids
    Reminded reminded = {first_instant, first_instant};
    std::string dispute_window;  // ISO 8601, from a bill's date on; empty: for ever
};

// The roles of one person, as a set.
class Roles {
 public:
    [[nodiscard]] bool has(schema::Role role) const { return (bits_ & bit(role)) != 0; }
    void add(schema::Role role) { bits_ |= bit(role); }
    void remove(schema::Role role) { bits_ &= ~bit(role); }
    [[nodiscard]] std::uint8_t bits() const { return bits_; }
    static Roles from_bits(std::uint8_t bits) { return Roles(bits); }

    Roles() = default;
    bool operator==(const Roles&) const = default;

 private:
    explicit Roles(std::uint8_t bits) : bits_(bits) {}
    static std::uint8_t bit(schema::Role role) { return static_cast<std::uint8_t>(1u << static_cast<unsigned>(role)); }
    std::uint8_t bits_ = 0;
};

// That somebody is in a queue.
struct Membership {
    std::string queue;
    schema::QueueKind kind = schema::QueueKind::CALL;
    schema::QueueRole role = schema::QueueRole::AGENT;
    Instant since;

    bool operator==(const Membership&) const = default;
};

// What somebody's phone is configured with, as far as the rules look at it.
struct Phone {
    KeyNumber key;                    // by which every version of it is sealed; 0: there is none
    Instant kept_until = no_instant;  // then it is purged, unless it is restored before; no_instant: it is in use

    [[nodiscard]] bool is_in_use() const { return key && kept_until == no_instant; }
    bool operator==(const Phone&) const = default;
};

struct User {
    UserId id;
    Roles roles;
    bool removed = false;
    bool sealed = false;             // `email` is still in its box; who asks State::user() sees nobody like that
    KeyNumber key;                   // by which their data is sealed
    Holdings holdings;               // may still list what has expired
    std::string email;               // empty: erased
    std::vector<Membership> queues;  // in the order of their names
    Phone phone;
    std::vector<DisputeNumber> disputes;  // that concern them, in the order of their numbers
};

// A name may be used again once the queue that had it was deleted.
struct Queue {
    std::string id;
    schema::QueueKind kind = schema::QueueKind::CALL;
    bool deleted = false;
    std::vector<UserId> members;  // in the order of their ids
};

// Stands in the place of the holder of a license that was revoked: nobody will ever have it.
inline constexpr UserId revoked_holder{0xFFFFFFFF};

// The licenses that one invoice line issued: first … first + quantity - 1, alike in everything but the holder.
struct Lot {
    LicenseNumber first;
    std::uint32_t quantity = 0;
    ProductNumber product;
    Instant valid_from;
    Instant valid_until;
    std::string invoice;
    std::uint32_t line = 0;     // of the invoice, from 1
    std::uint32_t revoked = 0;  // how many of them were revoked

    [[nodiscard]] bool contains(LicenseNumber license) const {
        return license >= first && license.value - first.value < quantity;
    }
    [[nodiscard]] bool expired_at(Instant t) const { return valid_until <= t; }
};

// What falls due by itself, in the order in which it is recorded where several fall due at one instant.
// Reminders are not noted by themselves: they follow from the ends of terms (reminders.h).
enum class DueKind : std::uint8_t { licenses_expire, order_overdue, phone_purge, remind_first, remind_last };

// Something that falls due in an account.
struct Due {
    Instant instant;
    DueKind kind = DueKind::licenses_expire;
    std::uint32_t id = 0;  // of what: a lot's first license, an order's number, a user; of a reminder 0

    auto operator<=>(const Due&) const = default;
};

// That the vendor is to see to it that so many licenses are issued.
struct Order {
    OrderNumber number;
    ProductNumber product;
    std::uint32_t quantity = 0;
    UserId requested_by;  // 0: the vendor
    UserId user;          // to whom its one license will be bound; 0: to nobody
    Instant due;
    bool closed = false;  // fulfilled or cancelled
    std::string invoice;  // that was raised for it, unless that is void
};

struct InvoiceLine {
    ProductNumber product;
    std::uint32_t quantity = 0;
    std::string term;  // empty where the line has an end of its own
    Instant valid_until = no_instant;
    Amount amount;    // of the whole line
    Amount credited;  // of that
    std::uint32_t credited_quantity = 0;
    LicenseNumber first;  // of those that its payment issued; 0: none yet
};

enum class InvoiceState : std::uint8_t { open, paid, voided, reversed };

struct Invoice {
    std::string id;
    InvoiceState state = InvoiceState::open;
    UserId raised_by;
    Price total;
    Instant issued_at = no_instant;
    OrderNumber order;  // that it was raised for; 0: for none
    std::vector<InvoiceLine> lines;
};

// About one line of an invoice or of a bill.
struct Dispute {
    DisputeNumber number;
    bool resolved = false;
    KeyNumber key;     // by which its texts are sealed
    std::string line;  // rules::disputed_line()
};

}  // namespace seatledger
