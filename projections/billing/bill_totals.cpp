#include "projections/billing/bill_totals.h"

#include <kj/debug.h>

#include "projections/billing/bill_lines.h"

namespace seatledger::billing {

void BillTotals::Sum::add(Decimal number) {
    auto& units = units_[number.scale];
    KJ_REQUIRE(!__builtin_add_overflow(units, number.units, &units), "the amounts of a bill leave all bounds");
}

Decimal BillTotals::Sum::value() const {
    // From the finest on, with no more decimals than it takes.
    Decimal value;
    for (std::uint8_t scale = 0; scale <= Decimal::scale_max; ++scale) {
        if (units_[scale] != 0) value = sum(value, Decimal{units_[scale], scale});
    }
    return value;
}

void BillTotals::add(const LineVerdict& verdict) {
    auto& sums = by_currency_[verdict.currency];
    if (verdict.state == LineState::set_aside) {
        ++sums.counts.set_aside;
        sums.set_aside.add(verdict.amount);
        return;
    }
    ++sums.counts.verdicts[static_cast<std::size_t>(verdict.verdict)];
    if (verdict.verdict == Verdict::not_billed) {
        sums.not_billed.add(verdict.explained);
        return;
    }
    ++sums.counts.judged;
    sums.judged.add(verdict.amount);
    sums.explained.add(verdict.explained);
    sums.at_issue.add(verdict.at_issue);
    sums.conceded.add(verdict.conceded);
}

void BillTotals::add_refused(const RefusedLine& line) {
    auto& sums = by_currency_[line.currency];
    ++sums.counts.refused;
    if (line.amount) {
        sums.refused.add(*line.amount);
    } else {
        ++sums.counts.refused_without_amount;
    }
}

std::vector<BillTotal> BillTotals::totals() const {
    std::vector<BillTotal> totals;
    for (const auto& [currency, sums] : by_currency_) {
        auto& total = totals.emplace_back(sums.counts);
        total.currency = currency;
        total.lines = total.judged + total.set_aside + total.refused;
        total.amount_judged = sums.judged.value();
        total.amount_set_aside = sums.set_aside.value();
        total.amount_refused = sums.refused.value();
        total.amount = total.amount_judged;
        for (const auto& of : {total.amount_set_aside, total.amount_refused}) {
            total.amount = sum(total.amount, of);
        }
        total.explained = sums.explained.value();
        total.at_issue = sums.at_issue.value();
        total.conceded = sums.conceded.value();
        total.not_billed = sums.not_billed.value();
    }
    return totals;
}

}  // namespace seatledger::billing
