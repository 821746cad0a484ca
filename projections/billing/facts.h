// What the events of an account and of the catalogue say about billing: plain facts, each with the event that it is
// from. People are ids here.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "events/calendar.h"
#include "events/event.capnp.h"
#include "events/ids.h"
#include "events/instant.h"
#include "events/money.h"
#include "events/types.capnp.h"
#include "projections/billing/exact.h"

namespace seatledger::billing {

// A product, numbered 1, 2, 3 … in the order in which a history met their skus. Means nothing outside of it.
using SkuNumber = StrongNumber<struct SkuTag, std::uint32_t>;

// That something happened, and by which event. Sequence 0: it did not.
struct Happened {
    Sequence sequence;
    Instant at = no_instant;

    explicit operator bool() const { return static_cast<bool>(sequence); }
    bool operator==(const Happened&) const = default;
};

// Whose command an event is from.
struct Actor {
    schema::Event::Principal principal = schema::Event::Principal::VENDOR;
    UserId user;              // where the principal is one
    bool via_vendor = false;  // who sent it in their name

    bool operator==(const Actor&) const = default;
};

// ---- The catalogue.

struct PriceVersion {
    Happened since;
    Amount unit_price;
    std::string currency;
};

struct ProductFacts {
    SkuNumber number;
    ProductNumber defined_as;  // in the order of definition; 0: no event of the catalogue that defines it was seen
    std::string sku;
    std::string name;  // the newest
    std::string type;
    schema::Billing billing = schema::Billing::PURCHASED;
    std::string term_text;  // ISO 8601
    Term term;
    std::vector<PriceVersion> prices;  // in the order of time; empty only where it is not defined
    Happened defined;
    Happened retired;
};

// ---- Invoices and orders.

struct Credit {
    Happened granted;
    Amount amount;
    std::uint32_t quantity = 0;  // of licenses that it revoked
    std::string reason;
};

struct LineFacts {
    SkuNumber sku;
    schema::Billing billing = schema::Billing::PURCHASED;
    std::uint32_t quantity = 0;
    std::optional<Amount> unit_price;  // absent where the line was given as an amount
    Amount amount;                     // of the whole line
    std::string term_text;             // empty where the line has an end of its own
    Instant valid_until = no_instant;  // that end
    std::vector<Credit> credits;       // in the order of time
    std::optional<std::uint32_t> lot;  // index of what its payment issued
};

struct InvoiceFacts {
    std::string id;
    UserId raised_by;
    OrderNumber order;  // that it was raised for; 0: for none
    Amount total;
    std::string currency;
    Happened issued;
    Happened paid;
    Happened voided;
    Happened reversed;
    std::vector<LineFacts> lines;  // line 1 is the first
};

struct OrderFacts {
    OrderNumber number;
    SkuNumber sku;
    std::uint32_t quantity = 0;
    Actor requested_by;
    UserId user;  // to whom its one license is to be bound; 0: to nobody
    Instant due;
    Happened requested;
    Happened overdue;
    Happened fulfilled;
    Happened cancelled;
    std::string invoice;  // the newest that was raised for it and is not void
};

// ---- Licenses.

// That the terms of licenses first … first + quantity - 1 ended was recorded.
struct Expiry {
    LicenseNumber first;
    std::uint32_t quantity = 0;
    Happened recorded;
};

// Licenses first … first + quantity - 1, which one invoice line issued.
struct LotFacts {
    LicenseNumber first;
    std::uint32_t quantity = 0;
    SkuNumber sku;
    schema::Billing billing = schema::Billing::PURCHASED;  // of the line, whatever the catalogue says since
    std::uint32_t invoice = 0;                             // index
    std::uint32_t line = 0;                                // of the invoice, from 1
    Exact unit_price;                                      // of a license for its term
    Instant valid_from;
    Instant valid_until;
    Happened issued;
    Happened paid;
    std::uint32_t revoked = 0;     // how many of them were
    std::vector<Expiry> expiries;  // in the order of their licenses

    [[nodiscard]] bool contains(LicenseNumber license) const {
        return license >= first && license.value - first.value < quantity;
    }
};

// Licenses first … first + quantity - 1 of one lot were taken back.
struct Revocation {
    LicenseNumber first;
    std::uint32_t quantity = 0;
    UserId user;  // who had it; 0: nobody
    Happened happened;
};

enum class SpanEnd : std::uint8_t {
    none,     // as far as is known; unless something comes before, it ends with the license's term, which may be over
    unbound,  // taken away
    expired,  // its term ended, and that was recorded
    revoked,
};

// That a person had a license: from `from` to `to`, the end left out.
struct SeatSpan {
    LicenseNumber license;
    UserId user;
    Instant from;
    Instant to;
    Sequence began;
    Sequence ended;              // 0: no event says that it did
    std::uint32_t previous = 0;  // of the same license: 1 + its index; 0: there is none, or it was dropped
    SpanEnd end = SpanEnd::none;
};
static_assert(sizeof(SeatSpan) == 48);  // millions of them are kept

// ---- People and queues.

struct QueueFacts {
    std::string name;  // may be used again once the queue was deleted; that is another queue
    schema::QueueKind kind = schema::QueueKind::CALL;
    Happened created;
    Happened deleted;
};

// That a person was a member of a queue: from `from` to `to`, the end left out.
struct QueueSpan {
    std::uint32_t queue = 0;  // index
    schema::QueueRole role = schema::QueueRole::AGENT;
    Instant from;
    Instant to = last_instant;  // last_instant: they are one yet, as far as is known
    Sequence began;
    Sequence ended;    // 0: it did not
    Actor removed_by;  // if it did
};

struct UserFacts {
    Happened registered;
    Happened removed;
    std::vector<QueueSpan> queues;  // in the order in which they began
};

}  // namespace seatledger::billing
