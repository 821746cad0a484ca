// What the tables should answer, found in the most naive way: every question folds all the events from the first one
// on, into lists. Shares nothing with what it is held against but the events' schema.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "engine/log/log.h"
#include "events/block.h"
#include "events/instant.h"
#include "projections/query.capnp.h"

namespace seatledger::testing {

class Oracle {
 public:
    using Lines = std::vector<std::string>;
    using Numbers = std::vector<std::uint64_t>;

    // As of a sequence, or of an instant, or else now; by what had been recorded at an instant, or else by everything.
    struct When {
        std::uint64_t sequence = 0;
        std::int64_t instant = no_instant.micros;
        std::int64_t now = 0;
        std::int64_t known_at = no_instant.micros;

        // Whether the event is within all these limits.
        [[nodiscard]] bool counts(schema::Event::Reader event) const {
            return (sequence == 0 || event.getSequence() <= sequence) &&
                   (instant == no_instant.micros || event.getEffectiveAt() <= instant) &&
                   (known_at == no_instant.micros || event.getRecordedAt() <= known_at);
        }
        [[nodiscard]] std::int64_t last_known() const { return known_at == no_instant.micros ? now : known_at; }
    };

    // The whole log, as it is now; histories are of all of it, or of what counts then.
    explicit Oracle(const Log& log) : Oracle(log, When()) {}
    Oracle(const Log& log, const When& histories);

    struct License {
        std::uint32_t number = 0;
        std::string sku;
        std::string type;
        std::string product;
        std::string invoice;
        std::int64_t valid_from = 0;
        std::int64_t valid_until = 0;
        std::uint64_t issued_by = 0;
        bool revoked = false;
        std::uint32_t holder = 0;
        std::uint64_t given_by = 0;
        std::int64_t given_at = 0;
        std::string status;
        std::string email;

        [[nodiscard]] std::string line() const;
    };

    // What the account was then. Nothing: there was none yet.
    struct Person {
        std::string email;
        std::string name;
        std::set<int> roles;
        bool removed = false;
        std::int64_t registered_at = 0;
        std::int64_t in_queues_since = 0;  // without interruption, if they are in any
        struct Phone {
            std::string config;  // empty: none, or it cannot be read any more
            std::int64_t saved_at = no_instant.micros;
            std::int64_t kept_until = no_instant.micros;
        } phone;
        std::map<std::string, std::uint64_t> gave_up = {};  // addresses, folded: the event by which, the last time
    };
    struct Queue {
        struct Member {
            int role = 0;
            std::int64_t since = 0;
        };
        int kind = 0;
        std::int64_t created_at = 0;
        std::map<std::uint32_t, Member> members;  // by user
    };
    // Empty: any.
    struct QueueFilter {
        std::string queue;
        std::string kind;
        std::string email;
    };
    struct Holding {
        std::uint32_t user = 0;
        std::uint32_t license = 0;
        std::uint64_t taken_by = 0;
    };
    struct Bill {
        std::string line;  // what never changes of it
        std::string status = "open";
        std::uint32_t raised_by = 0;
        std::int64_t paid_at = no_instant.micros;
        std::string reference;
        std::uint32_t order = 0;
        std::map<std::uint32_t, std::uint32_t> first_licenses;  // by line
        struct Credit {
            std::int64_t amount = 0;
            std::uint32_t quantity = 0;
        };
        std::map<std::uint32_t, Credit> credits;  // by line
    };
    struct Order {
        std::string status = "open";
        std::string sku;
        std::uint32_t quantity = 0;
        std::uint32_t requested_by = 0;
        std::uint32_t user = 0;
        std::int64_t requested_at = 0;
        std::int64_t due = 0;
        std::int64_t closed_at = no_instant.micros;
        std::string invoice;
    };
    // Empty: any.
    struct OrderFilter {
        std::string status;
        std::string sku;
        std::string email;
    };
    struct Account {
        std::int64_t time = 0;
        std::int64_t last_effective_at = no_instant.micros;
        bool importing = false;
        std::map<std::uint32_t, Person> people;
        std::vector<License> licenses;
        std::vector<Holding> holdings;  // in the order in which they were given
        std::map<std::string, Bill> bills;
        std::vector<Order> orders;            // in the order of their numbers
        std::map<std::string, Queue> queues;  // those that are there; names in the order of their bytes
        std::vector<std::string> skus;        // of the catalogue, in its order

        [[nodiscard]] std::uint32_t bearer(const std::string& email) const;
        [[nodiscard]] std::vector<const License*> held_by(std::uint32_t user) const;
        [[nodiscard]] bool is_in_queues(std::uint32_t user) const;
    };
    [[nodiscard]] std::optional<Account> account(const std::string& id, const When& when) const;

    [[nodiscard]] Lines products(const Account& account, const When& when) const;
    [[nodiscard]] static Lines users(const Account& account);
    [[nodiscard]] Lines user(const Account& account, const std::string& email, const When& when) const;
    [[nodiscard]] static Lines invoices(const Account& account);
    [[nodiscard]] static Lines orders(const Account& account, const OrderFilter& filter);
    [[nodiscard]] static Lines queues(const Account& account, const QueueFilter& filter);
    [[nodiscard]] static std::string access(const Account& account, const std::string& email, const std::string& sku);

    [[nodiscard]] Numbers history_of_license(const std::string& account, std::uint32_t license) const;
    [[nodiscard]] Numbers history_of_email(const std::string& account, const std::string& email) const;
    [[nodiscard]] Numbers history_of_invoice(const std::string& account, const std::string& invoice) const;
    [[nodiscard]] Numbers history_of_order(const std::string& account, std::uint32_t order) const;
    [[nodiscard]] Numbers history_of_queue(const std::string& account, const std::string& queue) const;
    [[nodiscard]] Numbers history_of_actor(const std::string& account, const std::string& actor) const;

    // Whether anybody had ever borne the address.
    [[nodiscard]] bool knows_email(const std::string& account, const std::string& email) const {
        return !bearers(account, email).empty();
    }

    [[nodiscard]] std::uint64_t last() const { return last_; }
    // When the events were recorded.
    [[nodiscard]] const std::vector<std::int64_t>& recorded() const { return recorded_; }
    // Of what kinds the events are.
    [[nodiscard]] std::set<std::string> kinds() const;
    // At which something took effect or ended in the account, or in the catalogue.
    [[nodiscard]] std::vector<std::int64_t> instants(const std::string& account) const;

 private:
    struct Product {
        std::string sku;
        std::string name;
        std::string type;
        std::string features;
        bool keeps_phone = false;
        bool bills_places = false;  // from … to
        std::int64_t bills_places_from = 0;
        std::int64_t bills_places_to = last_instant.micros;
    };
    template <typename Visit>
    void for_each(Visit visit) const;
    // Those of the account that count in histories.
    template <typename Visit>
    void for_each_in_history(const std::string& account, Visit visit) const;
    [[nodiscard]] std::map<std::string, Product> catalog(const When& when, std::vector<std::string>& skus) const;
    [[nodiscard]] std::set<std::uint32_t> bearers(const std::string& account, const std::string& email) const;
    static void fold(Account& account, schema::Event::Reader event);
    static void fold_licenses(Account& account, schema::Event::Reader event);
    static void fold_invoices(Account& account, schema::Event::Reader event);
    static void fold_credits(Account& account, schema::Event::Reader event);
    static void fold_orders(Account& account, schema::Event::Reader event);
    static void fold_queues(Account& account, schema::Event::Reader event);
    static void fold_phones(Account& account, schema::Event::Reader event);
    [[nodiscard]] static std::string phone(const Account& account, std::uint32_t user,
                                           const std::map<std::string, Product>& products);
    [[nodiscard]] static std::string places(const Account& account, std::uint32_t user);
    [[nodiscard]] static std::string billed(const Account& account, std::uint32_t user,
                                            const std::map<std::string, Product>& products);

    std::vector<Words> blocks_;
    std::uint64_t last_ = 0;
    When histories_;
    std::vector<std::int64_t> recorded_;
};

// An answer as lines like the oracle's.
[[nodiscard]] Oracle::Lines lines_of(schema::Rows::Reader rows);

template <typename Visit>
void Oracle::for_each(Visit visit) const {
    for (const auto& words : blocks_) {
        const auto block = open_block(words);
        REQUIRE(block.has_value());
        for (const auto& entry : block->entries()) {
            const auto event = read_event(entry);
            visit(event);
        }
    }
}

}  // namespace seatledger::testing
