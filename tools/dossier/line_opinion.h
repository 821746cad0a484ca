// What the ledger says of one line of a bill: its verdict, under every rule, and day by day.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <vector>

#include "projections/billing/account_history.h"
#include "projections/billing/bill_lines.h"
#include "projections/billing/verdict_message.h"
#include "tools/dossier/dossier.h"

namespace seatledger {

// A longer line has no dossier: it would be a calendar that nobody reads.
inline constexpr std::int32_t opinion_days_max = 20 * 366;

// A line, and the bill that it stands in, as far as it is known.
struct LineOfBill {
    billing::BillLine line;
    std::vector<billing::BillLine> bill;  // in order, the line among them; empty: only the line is known
};

struct LineOpinion {
    Dossier::Judgement judgement;
    std::vector<Dossier::OtherRule> other_rules;
    std::vector<Dossier::Day> calendar;  // without events
};

// The days of the line, and those before and behind them that fill whole months; none, if it has no days.
[[nodiscard]] billing::DayPeriod calendar_of(const billing::BillLine& line);

// Of which days a history must know everything for an opinion about the line; `otherwise` is one that it knows if there
// are no days.
[[nodiscard]] billing::Window window_of(const LineOfBill& line, CivilDay otherwise);

// A line of an invoice of the ledger's as if it stood in a bill: for the term of the licenses that it issued, and
// without days if there are none yet. Nothing: there is no such line.
[[nodiscard]] std::optional<billing::BillLine> line_of_invoice(const billing::AccountHistory& history,
                                                               const billing::PriceBook& book, Instant as_of,
                                                               std::string_view invoice, std::uint32_t line);

// Who is who in a line and in messages about it.
struct PeopleOf {
    billing::UserOf user_of;
    billing::EmailOf email_of;
};

// As of that instant, the line alone or among the others of its bill. The history must have the window of it, and a
// zone. Cost: that of a Reconciler for each of the rules.
[[nodiscard]] LineOpinion judge_line(const billing::AccountHistory& history, const LineOfBill& line,
                                     const billing::PriceBook& book, Instant as_of, const PeopleOf& people,
                                     schema::Language language);

}  // namespace seatledger
