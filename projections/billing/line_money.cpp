#include "projections/billing/line_money.h"

#include <algorithm>

namespace seatledger::billing {

// The same seats of a class on days that follow each other as one; classes in order, and the days of each.
std::vector<LineMoney::Run> LineMoney::runs(const std::vector<CoveredPart>& parts) {
    if (parts.size() == 1) return {{parts[0].of_class, parts[0].days, parts[0].seats}};
    std::map<std::uint32_t, SeatSteps> by_class;
    for (const auto& part : parts) by_class[part.of_class].add(part.days, part.seats);
    std::vector<Run> runs;
    for (const auto& [of_class, steps] : by_class) {
        DayPeriod all = parts.front().days;
        for (const auto& part : parts) {
            all = {std::min(all.begin, part.days.begin), std::max(all.end, part.days.end)};
        }
        steps.for_each(all, [&](const DayPeriod& days, std::int64_t seats) {
            if (seats == 0) return;
            const bool goes_on = !runs.empty() && runs.back().of_class == of_class && runs.back().seats == seats &&
                                 runs.back().days.end == days.begin;
            if (goes_on) {
                runs.back().days.end = days.end;
            } else {
                runs.push_back({of_class, days, seats});
            }
        });
    }
    return runs;
}

void LineMoney::add_member_charges(SkuNumber sku, const DayPeriod& days, const Exact& quantity,
                                   std::vector<SeatsCharge>& charges) const {
    if (pools_.history().product(sku).prices.empty()) return;
    // A price holds for years, and the days of a term change with the month: so most days go on from the day before.
    const SeatPrice* last = nullptr;
    for (auto day = days.begin; day < days.end; ++day.number) {
        auto found = member_prices_.find({sku, day.number});
        if (found == member_prices_.end()) {
            found = member_prices_.emplace(std::pair(sku, day.number), pools_.days().member_price(sku, day)).first;
        }
        const auto& price = found->second;
        const bool goes_on =
            last != nullptr && price.term_days == last->term_days && price.unit_price == last->unit_price;
        if (goes_on) {
            ++charges.back().charge.days;
        } else {
            charges.push_back({{price.unit_price, quantity, 1, price.term_days}, std::nullopt});
        }
        last = &price;
    }
}

// As if a term had begun on the first of the days.
void LineMoney::add_catalog_charge(SkuNumber sku, const DayPeriod& days, const Exact& quantity,
                                   std::vector<SeatsCharge>& charges) const {
    const auto& product = pools_.history().product(sku);
    if (product.prices.empty()) return;
    const auto& clock = pools_.days().clock();
    const auto end = add_term(clock.start_of(days.begin), product.term, *pools_.history().zone());
    if (!end) return;
    const DayPeriod term{days.begin, std::max(CivilDay{days.begin.number + 1}, clock.day_of(*end))};
    charges.push_back({{pools_.days().member_price(sku, days.begin).unit_price, quantity, days.days(), term.days()},
                       ChargedPeriods{days, term}});
}

std::vector<SeatsCharge> LineMoney::charges(SkuNumber sku, const std::vector<CoveredPart>& parts,
                                            const Exact& seat) const {
    std::vector<SeatsCharge> charges;
    if (parts.empty()) return charges;
    for (const auto& run : runs(parts)) {
        if (run.of_class == SeatPools::no_class) {
            const bool is_membership = pools_.pool(sku).billing == schema::Billing::MEMBERSHIP;
            is_membership ? add_member_charges(sku, run.days, seat * run.seats, charges)
                          : add_catalog_charge(sku, run.days, seat * run.seats, charges);
            continue;
        }
        const auto& of = pools_.classes()[run.of_class];
        charges.push_back(
            {{of.unit_price, seat * run.seats, run.days.days(), of.term.days()}, ChargedPeriods{run.days, of.term}});
    }
    return charges;
}

std::uint32_t LineMoney::class_for_gaps(SkuNumber sku, const Coverage& coverage) const {
    if (!coverage.parts.empty()) return coverage.parts.front().of_class;
    auto found = SeatPools::no_class;
    const auto& period = coverage.gaps.front().days;
    for (const auto index : pools_.pool(sku).classes) {
        const auto& term = pools_.classes()[index].term;
        if (term == period) return index;
        if (!is_empty(common_days(term, period))) found = index;
    }
    return found;
}

std::vector<SeatsCharge> LineMoney::charges_of_all(SkuNumber sku, const Coverage& coverage, const Exact& seat) const {
    if (coverage.gaps.empty()) return charges(sku, coverage.parts, seat);
    auto all = coverage.parts;
    const auto of_class = class_for_gaps(sku, coverage);
    for (const auto& gap : coverage.gaps) all.push_back({of_class, {}, gap.days, gap.seats, false});
    return charges(sku, all, seat);
}

Exact LineMoney::sum(const std::vector<SeatsCharge>& charges, Rounding rounding, unsigned digits) {
    if (charges.size() == 1) return prorated(charges[0].charge, rounding, digits);
    Exact sum;
    for (const auto& [charge, periods] : charges) {
        sum += rounding == Rounding::round_once ? charge.unit_price * charge.quantity * charge.days / charge.term_days
                                                : prorated(charge, rounding, digits);
    }
    return rounded(sum, digits);
}

MoneyOf LineMoney::explain(Decimal amount, const std::vector<SeatsCharge>& charges, unsigned digits) const {
    MoneyOf money;
    if (charges.size() == 1) {
        auto found = billing::explain(amount, charges[0].charge, charges[0].periods, book_, digits);
        money.expected = found.expected;
        money.roundings = std::move(found.roundings);
        money.day_counts = std::move(found.day_counts);
        switch (found.kind) {
            case Explanation::Kind::match: money.arithmetic = Arithmetic::match; break;
            case Explanation::Kind::rounding: money.arithmetic = Arithmetic::explained_by_rounding; break;
            case Explanation::Kind::day_count: money.arithmetic = Arithmetic::explained_by_day_count; break;
            case Explanation::Kind::mismatch: money.arithmetic = Arithmetic::mismatch; break;
        }
        return money;
    }
    const auto exact = to_exact(amount);
    money.expected = sum(charges, book_.rounding, digits);
    if (money.expected == exact) return money;
    for (const auto rounding : roundings) {
        Exact of_each;  // each charge rounded by itself
        for (const auto& of : charges) of_each += prorated(of.charge, rounding, digits);
        if (of_each == exact || sum(charges, rounding, digits) == exact) money.roundings.push_back(rounding);
    }
    money.arithmetic = money.roundings.empty() ? Arithmetic::mismatch : Arithmetic::explained_by_rounding;
    return money;
}

bool LineMoney::is_price_of(Decimal unit_price, const std::vector<SeatsCharge>& charges) const {
    if (unit_price.is_negative()) unit_price = negated(unit_price);
    for (const auto& [charge, periods] : charges) {
        if (rounded(charge.unit_price, unit_price.scale) == to_exact(unit_price)) return true;
        auto one = charge;
        one.quantity = 1;
        if (billing::explain(unit_price, one, periods, book_, unit_price.scale).kind != Explanation::Kind::mismatch) {
            return true;
        }
    }
    return false;
}

}  // namespace seatledger::billing
