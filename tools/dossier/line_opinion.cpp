#include "tools/dossier/line_opinion.h"

#include <kj/debug.h>

#include <algorithm>

#include "projections/billing/daily_seats.h"
#include "projections/billing/reconcile.h"

namespace seatledger {
namespace {

using billing::AccountHistory;
using billing::BillLine;
using billing::DayPeriod;
using billing::LineVerdict;
using billing::PriceBook;
using billing::SeatDays;
using schema::Billing;

CivilDay first_of_month(CivilDay day) { return CivilDay{day.number - static_cast<std::int32_t>(date_of(day).day) + 1}; }

LineVerdict verdict_of(const SeatDays& days, const LineOfBill& of, const PriceBook& book, const PeopleOf& people) {
    billing::Reconciler reconciler;
    for (const auto& line : of.bill) reconciler.add(line);
    if (of.bill.empty()) reconciler.add(of.line);
    std::optional<LineVerdict> found;
    (void)reconciler.finish(days, book, people.user_of, [&](const LineVerdict& verdict) {
        if (verdict.line == of.line.line) found = verdict;
    });
    KJ_REQUIRE(found.has_value(), "a line has a verdict");
    return std::move(*found);
}

// Counts what the ledger has day by day.
class Counter {
 public:
    Counter(const SeatDays& days, std::vector<Dossier::Day>& calendar)
        : days_(days), calendar_(calendar), within_{calendar.front().day, CivilDay{calendar.back().day.number + 1}} {}

    void count(const BillLine& line, const LineVerdict& verdict) {
        const auto* product = days_.history().find_product(line.sku);
        if (product == nullptr) return;
        for_known([](Dossier::Day& day) { day.bought = day.bound = day.in_queues = day.entitled = 0; });
        if (line.license) {
            count_license(LicenseNumber(*line.license), *product);
        } else if (!line.email.empty()) {
            if (verdict.details.user) count_person(verdict.details.user, *product);
        } else {
            count_all(*product);
        }
    }

 private:
    // Of days that have not come nothing is said.
    template <typename Function>
    void for_known(Function function) {
        for_days(days_.known(), function);
    }

    template <typename Function>
    void for_days(const DayPeriod& days, Function function) {
        const auto common = billing::common_days(days, within_);
        for (auto day = common.begin; day < common.end; ++day.number) {
            function(calendar_[static_cast<std::size_t>(day.number - within_.begin.number)]);
        }
    }

    void count_license(LicenseNumber license, const billing::ProductFacts& product) {
        const auto* lot = days_.history().lot_of(license);
        if (lot == nullptr || lot->sku != product.number) return;
        const bool is_assigned = lot->billing == Billing::ASSIGNED;
        const auto owned = billing::common_days(days_.owned(*lot, license), days_.days_of(*lot, within_));
        for_days(owned, [&](Dossier::Day& day) {
            day.bought = 1;
            if (!is_assigned) day.entitled = 1;
        });
        std::vector<billing::HeldDays> held;
        days_.held(*lot, license, within_, held);
        for (const auto& of : held) {
            for_days(of.billed, [&](Dossier::Day& day) {
                day.bound = 1;
                if (is_assigned) day.entitled = 1;
            });
        }
    }

    // Nobody buys for a person: what they have is what is bound to them.
    void count_person(UserId user, const billing::ProductFacts& product) {
        for_known([](Dossier::Day& day) { day.bought.reset(); });
        for (const auto& of : days_.member_days(user, within_)) {
            if (of.sku != product.number) continue;
            for_days(of.days, [&](Dossier::Day& day) { day.in_queues = day.entitled = 1; });
        }
        const auto& history = days_.history();
        std::vector<billing::HeldDays> held;
        for (const auto& lot : history.lots()) {
            if (lot.sku != product.number || lot.billing == Billing::MEMBERSHIP) continue;
            for (auto license = lot.first; lot.contains(license); license = license.next()) {
                days_.held(lot, license, within_, held);
                for (const auto& of : held) {
                    if (of.user != user) continue;
                    for_days(of.days, [&](Dossier::Day& day) { day.bound = day.entitled = *day.entitled + 1; });
                }
            }
        }
    }

    void count_all(const billing::ProductFacts& product) {
        billing::Rates rates(days_.history().currency());
        const billing::DailySeats daily(days_, within_, rates);
        const auto counts = daily.of(product.number);
        // Who had seats that are billed by purchase is not looked at.
        const bool has_bound = product.billing != Billing::PURCHASED;
        for_known([&](Dossier::Day& day) {
            if (!has_bound) day.bound.reset();
            if (counts.empty()) return;
            const auto& of = counts[static_cast<std::size_t>(day.day.number - within_.begin.number)];
            day.bought = of.bought;
            if (has_bound) day.bound = of.bound;
            day.in_queues = of.in_queues;
            day.entitled = of.billed;
        });
    }

    const SeatDays& days_;
    std::vector<Dossier::Day>& calendar_;
    DayPeriod within_;
};

std::vector<Dossier::Day> make_calendar(const SeatDays& days, const BillLine& line, const LineVerdict& verdict) {
    std::vector<Dossier::Day> calendar;
    const auto period = calendar_of(line);
    const bool is_judged = verdict.state == billing::LineState::judged;
    for (auto at = period.begin; at < period.end; ++at.number) {
        auto& day = calendar.emplace_back();
        day.day = at;
        day.is_billed = is_judged && line.period.begin <= at && at < line.period.end;
        if (day.is_billed) day.billed = line.quantity;
    }
    if (calendar.empty()) return calendar;
    for (const auto& covered : verdict.details.covered) {
        for (auto& day : calendar) {
            if (covered.days.begin <= day.day && day.day < covered.days.end) day.covered += covered.seats;
        }
    }
    Counter(days, calendar).count(line, verdict);
    return calendar;
}

}  // namespace

DayPeriod calendar_of(const BillLine& line) {
    const auto& period = line.period;
    if (period.days() <= 0) return {};
    const auto begin = first_of_month(period.begin);
    auto end = period.end;
    while (first_of_month(end) != end) ++end.number;
    return {begin, end};
}

billing::Window window_of(const LineOfBill& of, CivilDay otherwise) {
    auto days = calendar_of(of.line);
    const auto extend = [&](const DayPeriod& by) {
        if (by.days() <= 0) return;
        days = days.days() == 0 ? by : DayPeriod{std::min(days.begin, by.begin), std::max(days.end, by.end)};
    };
    const auto add = [&](const BillLine& line) {
        extend(line.period);
        if (line.billed_in) extend(*line.billed_in);
    };
    add(of.line);
    for (const auto& line : of.bill) add(line);
    if (days.days() == 0) return {otherwise, otherwise};
    return {days.begin, CivilDay{days.end.number - 1}};
}

std::optional<BillLine> line_of_invoice(const AccountHistory& history, const PriceBook& book, Instant as_of,
                                        std::string_view invoice, std::uint32_t number) {
    const auto* facts = history.find_invoice(invoice);
    if (facts == nullptr || number == 0 || number > facts->lines.size()) return std::nullopt;
    const auto& from = facts->lines[number - 1];
    BillLine line;
    line.line = number;
    line.sku = line.bill_sku = history.product(from.sku).sku;
    line.invoice = line.bill_invoice = std::string(invoice);
    line.quantity = {from.quantity, 0};
    constexpr std::uint8_t micro = 6;
    if (from.unit_price) line.unit_price = billing::Decimal{from.unit_price->millionths, micro};
    line.amount = {from.amount.millionths, micro};
    line.currency = facts->currency;
    const SeatDays days(history, book, as_of);
    if (from.lot) line.period = days.term_of(history.lots()[*from.lot]);
    return line;
}

LineOpinion judge_line(const AccountHistory& history, const LineOfBill& line, const PriceBook& book, Instant as_of,
                       const PeopleOf& people, schema::Language language) {
    LineOpinion opinion;
    for (const bool end_inclusive : {false, true}) {
        // How amounts are rounded does not change which days there are.
        const SeatDays days(history, {book.rounding, end_inclusive}, as_of);
        for (const auto rounding : billing::roundings) {
            const PriceBook rule{rounding, end_inclusive};
            auto verdict = verdict_of(days, line, rule, people);
            if (rule != book) {
                opinion.other_rules.push_back({rule, std::move(verdict)});
                continue;
            }
            opinion.calendar = make_calendar(days, line.line, verdict);
            auto message = billing::message(verdict, people.email_of, language);
            opinion.judgement = Dossier::Judgement{std::move(verdict), std::move(message)};
        }
    }
    return opinion;
}

}  // namespace seatledger
