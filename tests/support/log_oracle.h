// What a log must look like whatever the commands were, written out over its events alone: no rule and no state of
// the ledger's has a part in it.
#pragma once

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "events/block.h"
#include "events/instant.h"

namespace seatledger::testing {

class LogOracle {
 public:
    // The next event of the log.
    void add(schema::Event::Reader event, Sequence sequence);

    // What was wrong with the events so far; empty if all is well.
    [[nodiscard]] const std::vector<std::string>& complaints() const { return complaints_; }

    enum class Status { available, bound, expired, revoked };
    struct License {
        std::string sku;
        Instant from;
        Instant until;
        std::string invoice;
        std::uint32_t line = 0;
        std::uint32_t first = 0;  // of those that were issued with it
        std::uint32_t holder = 0;
        bool revoked = false;
        bool ended = false;  // and an event says so
    };
    [[nodiscard]] static Status status_of(const License& license, Instant t);

    struct Line {
        std::int64_t amount = 0;  // that is left of it, after the credits
        std::uint32_t quantity = 0;
        std::uint32_t revocable = 0;  // of the quantity, after the credits
        bool issued = false;
    };
    struct Invoice {
        enum class State { open, paid, voided, reversed } state = State::open;
        std::uint32_t order = 0;
        std::int64_t total = 0;
        std::vector<Line> lines;
    };
    struct Order {
        std::int64_t due = 0;
        std::uint32_t quantity = 0;
        bool closed = false;
        std::string invoice;  // that was raised for it and is not void
    };
    // Somebody's configuration; none: key is 0.
    struct Phone {
        std::uint64_t key = 0;
        std::int64_t kept_until = no_instant.micros;
    };
    using Members = std::map<std::uint32_t, schema::QueueRole>;  // of a queue, by user
    struct OfAccount {
        std::map<std::uint32_t, License> licenses;
        std::set<std::uint32_t> users;                               // who are there
        std::map<std::string, Members> queues;                       // those that are there
        bool was_expiry = false;                                     // the event before this one
        std::set<std::pair<std::int64_t, std::uint32_t>> unexpired;  // lots: end, first license
        std::set<std::pair<std::int64_t, std::uint32_t>> waiting;    // orders: due, number
        std::map<std::string, Invoice> invoices;
        std::set<std::string> payments;  // references
        std::vector<Order> orders;
        std::set<std::string> cards;
        std::map<std::uint32_t, Phone> phones;                  // by user
        std::set<std::pair<std::int64_t, std::uint32_t>> kept;  // phones: until, user
        std::vector<std::uint32_t> to_retain;                   // whose phone the next events keep, in order
        std::uint32_t to_restore = 0;                           // whose phone the next event restores
        std::uint32_t purged = 0;                               // whose phone was purged because they are erased
        std::string reversing;                                  // the invoice of which everything is being revoked
        Instant last_effective_at = no_instant;
        bool importing = false;
    };
    [[nodiscard]] const std::map<std::string, OfAccount>& accounts() const { return accounts_; }

 private:
    void expect(bool holds, const std::string& what);
    void add_to_stream(schema::Event::Reader event);
    void add_licenses(OfAccount& account, schema::Event::Reader event);
    void check_due(const OfAccount& account, schema::Event::Reader event);
    void add_invoices(OfAccount& account, schema::Event::Reader event);
    void add_orders(OfAccount& account, schema::Event::Reader event);
    void issued(OfAccount& account, schema::LicensesIssued::Reader body, Instant t);
    void revoked(OfAccount& account, schema::LicensesRevoked::Reader body, Instant t);
    void invoiced(OfAccount& account, schema::InvoiceIssued::Reader body);
    void paid(OfAccount& account, schema::InvoicePaid::Reader body);
    void credited(OfAccount& account, schema::InvoiceCredited::Reader body);
    void check_reversed(OfAccount& account, Instant t);
    void add_people(OfAccount& account, schema::Event::Reader event);
    void add_queues(OfAccount& account, schema::Event::Reader event);
    void bound(OfAccount& account, schema::LicenseHeld::Reader body, Instant t);
    void unbound(OfAccount& account, schema::LicenseHeld::Reader body, Instant t);
    void expired(OfAccount& account, schema::LicensesExpired::Reader body, Instant t);
    static void forget_ended(OfAccount& account, const License& one);
    void entered(OfAccount& account, schema::QueueMember::Reader body);
    void left(OfAccount& account, schema::QueueMember::Reader body);
    void check_phones(OfAccount& account, schema::Event::Reader event);
    void add_phones(OfAccount& account, schema::Event::Reader event);
    void phone_saved(OfAccount& account, schema::PhoneSaved::Reader body, Instant t);
    void phone_retained(OfAccount& account, schema::PhoneRetained::Reader body, Instant t);
    void phone_purged(OfAccount& account, schema::Event::Reader event);
    void lost(OfAccount& account, const License& license, std::uint32_t user, Instant t);
    [[nodiscard]] bool needs_phone(const OfAccount& account, std::uint32_t user, Instant t) const;

    std::map<std::string, OfAccount> accounts_;  // the catalogue under ""
    std::set<std::string> keep_phones_;          // skus
    std::set<std::uint64_t> phone_keys_;         // that were ever used
    Sequence last_;
    Instant last_recorded_at_ = no_instant;
    std::vector<std::string> complaints_;
};

}  // namespace seatledger::testing
