// Statements as FOCUS, the FinOps Open Cost and Usage Specification (focus.finops.org), version 1.2, has them.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "projections/billing/statement.h"

namespace seatledger {

// What no event says.
struct FocusWords {
    std::string provider;                                     // who sells, makes and bills all of it
    std::function<std::optional<std::string>(UserId)> email;  // nothing: it was erased
};

// Writes the header and then a row for each price at which anything is due in a row of the statement, and one for what
// was credited. What costs nothing has none, unless its price is nothing; nor have the totals. `put` is given whole
// lines (CSV, RFC 4180) of UTF-8; what a spreadsheet would take for a formula has an apostrophe in front.
//
// - All BilledCost of a currency add up to the statement's total less what was credited, to the last minor unit: each
//   is what its row adds to the rounded sum so far. So one may differ from its row in other formats by a minor unit.
// - ContractedCost and ListCost are not rounded like that; they are PricingQuantity times the unit price of the row.
// - Purchases are counted in terms that begin; what is billed by days is in days, at the price of a day. Unit prices
//   have up to 10 decimals.
// - A charge's period is the day of its row, or the days of the period that are known; of a purchase by license, its
//   term. Instants are the beginnings of those days in the account's zone.
// - Null is what is not known: the invoice, but for a purchase by license; the list price where the catalogue has had
//   several.
//
// Preconditions and cost as of billing::write_statement().
void write_focus(const billing::SeatDays& days, const billing::DayPeriod& period, billing::StatementBy by,
                 const FocusWords& words, const std::function<void(std::string_view)>& put);

}  // namespace seatledger
