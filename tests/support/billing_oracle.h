// What is billed, counted in the slowest way: every license, every person and every civil day by itself, each by a look
// at everything that ever happened. Knows nothing of projections/billing but its words and its fractions.
#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "events/block.h"
#include "events/calendar.h"
#include "projections/billing/account_history.h"
#include "projections/billing/statement.h"

namespace seatledger::testing {

// Of these blocks, every event of the account and of the catalogue, in order.
[[nodiscard]] billing::AccountHistory history_of(const std::vector<Words>& blocks, const std::string& account,
                                                 std::optional<billing::Window> window = {});

class BillingOracle {
 public:
    BillingOracle(const std::vector<Words>& blocks, const std::string& account, bool end_inclusive, Instant as_of);

    // Rows of a statement for the days begin … last, as lines of text in the order in which a statement shows them.
    [[nodiscard]] std::vector<std::string> rows(CivilDay begin, CivilDay last, billing::StatementBy by) const;

    // The license's days in all, and what they cost by days.
    [[nodiscard]] std::vector<CivilDay> days_of_term(std::uint32_t license) const;
    [[nodiscard]] const date::time_zone& zone() const { return *zone_; }
    [[nodiscard]] std::uint32_t license_count() const { return static_cast<std::uint32_t>(licenses_.size()); }
    [[nodiscard]] Instant first() const { return first_; }

 private:
    struct Held {
        std::uint32_t user = 0;
        std::int64_t from = 0;
        std::int64_t to = 0;
    };
    struct License {
        std::string sku;
        schema::Billing billing = schema::Billing::PURCHASED;
        billing::Exact price;
        std::int64_t from = 0;
        std::int64_t until = 0;
        std::optional<std::int64_t> revoked;
        std::vector<Held> held;
    };
    struct Line {
        std::string sku;
        schema::Billing billing = schema::Billing::PURCHASED;
        billing::Exact price;
    };
    struct Change {
        std::int64_t at = 0;
        bool is_in = false;
    };
    struct Product {
        std::string sku;
        schema::Billing billing = schema::Billing::PURCHASED;
        std::string term;
        std::int64_t offered_from = 0;
        std::int64_t offered_to = last_instant.micros;
        std::vector<std::pair<std::int64_t, billing::Exact>> prices;
    };
    struct Credit {
        std::string sku;
        std::int64_t at = 0;
        std::int64_t millionths = 0;
    };
    struct Sums {
        std::uint64_t bought = 0, bound = 0, free = 0, in_queues = 0, billed = 0;
        billing::Exact amount;
        std::int64_t credited = 0;
        std::set<std::string> prices;
    };
    using Table = std::map<std::pair<std::int64_t, std::string>, Sums>;  // by what it is about, and sku

    void read(schema::Event::Reader event, const std::string& account);
    void read_licenses(schema::Event::Reader event, std::int64_t at);
    [[nodiscard]] std::int64_t start(CivilDay day) const;
    [[nodiscard]] CivilDay day_of(std::int64_t at) const;
    [[nodiscard]] bool is_in_term(const License& license, CivilDay day) const;
    [[nodiscard]] bool is_held(const License& license, std::size_t which, CivilDay day) const;
    [[nodiscard]] bool is_member_at(const std::vector<Change>& changes, std::int64_t at) const;
    [[nodiscard]] bool is_member_on(const std::vector<Change>& changes, CivilDay day, const Product& offer) const;
    void add_license(std::uint32_t number, CivilDay day, billing::StatementBy by, std::int64_t about_day,
                     Table& table) const;
    void add_member(std::uint32_t user, CivilDay day, billing::StatementBy by, std::int64_t about_day,
                    Table& table) const;

    bool end_inclusive_;
    std::int64_t as_of_;
    Instant first_ = no_instant;
    const date::time_zone* zone_ = nullptr;
    std::vector<License> licenses_;
    std::map<std::string, std::vector<Line>> invoices_;
    std::vector<Product> products_;
    std::map<std::uint32_t, std::map<std::string, bool>> places_;
    std::map<std::uint32_t, std::vector<Change>> members_;
    std::vector<Credit> credits_;
    mutable std::map<std::int32_t, std::int64_t> starts_;  // of days; looked up too often to be computed each time
};

// A row of a statement in the oracle's words.
[[nodiscard]] std::string shown(const billing::StatementRow& row, billing::StatementBy by);

}  // namespace seatledger::testing
