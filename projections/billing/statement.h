// What an account had, used and owes in a period.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/types.capnp.h"
#include "projections/billing/decimal.h"
#include "projections/billing/seat_days.h"

namespace seatledger::billing {

// What a row is about, beside a product.
enum class StatementBy : std::uint8_t { product, user, license, day };

// product, user, license, day
[[nodiscard]] std::string_view name_of(StatementBy by);
[[nodiscard]] std::optional<StatementBy> statement_by_named(std::string_view name);

// What is due at one price.
struct StatementDue {
    Exact unit_price;            // of a seat for a term
    std::int64_t term_days = 1;  // by which it is parted; 1 where terms are billed whole
    std::uint64_t count = 0;     // so many terms, or else days of seats; above 0
};

// Seats of a day in rows by day, seat-days of the period in all others. A product whose price came to be in another
// currency has a row for each.
struct StatementRow {
    std::optional<CivilDay> day;  // by day
    std::string sku;
    UserId user;            // by user; 0: what is no one person's: what was bought, is free, was credited
    LicenseNumber license;  // by license; 0: what is no one license's: places in queues, and what was credited
    schema::Billing billing = schema::Billing::PURCHASED;
    std::uint64_t bought = 0;         // of whose term it is a day
    std::uint64_t bound = 0;          // that somebody had on any part of a day; by user: that they had
    std::uint64_t free = 0;           // bought, and nobody had it
    std::uint64_t in_queues = 0;      // people in queues
    std::uint64_t billed_days = 0;    // by the product's basis; by user: where nobody else had the license before them
    std::optional<Exact> unit_price;  // of a seat for a term; nothing where there were several, or none
    std::vector<StatementDue> dues;   // what the amount is made of
    Decimal amount;                   // the exact one, rounded to the currency's minor unit
    Decimal credited;                 // by credits that took effect in the period; not subtracted from the amount
    std::string currency;
};

// The sums of all rows in a currency. The amount is rounded by itself: rows that are rounded may add up to another one.
struct StatementTotal {
    std::string currency;
    std::uint64_t bought = 0;
    std::uint64_t bound = 0;
    std::uint64_t free = 0;
    std::uint64_t in_queues = 0;
    std::uint64_t billed_days = 0;
    Decimal amount;
    Decimal credited;
};

// Shows every row in which anything is not 0, in the order of what it is about and then of skus, and gives the totals:
// the account's currency first, which is always there. Days after that of the as-of instant count for nothing. The
// period must lie within the history's window, if that has one.
//   purchased   every day of the term is billed, at the price for the whole term, on the day on which it begins
//   assigned    days on which a license was bound, each at its part of the price
//   membership  days in queues, each at its part of the price that day
// Reversed payments are none of its business: they revoke what was bought, and take nothing from the amount.
// Cost: every license and span that has to do with the period; memory for a row of each product, person or day.
std::vector<StatementTotal> write_statement(const SeatDays& days, const DayPeriod& period, StatementBy by,
                                            const std::function<void(const StatementRow&)>& show);

// The same at once.
struct Statement {
    std::vector<StatementRow> rows;
    std::vector<StatementTotal> totals;
};
[[nodiscard]] Statement make_statement(const SeatDays& days, const DayPeriod& period, StatementBy by);

}  // namespace seatledger::billing
