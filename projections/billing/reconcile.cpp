#include "projections/billing/reconcile.h"

#include <algorithm>
#include <thread>

#include "projections/billing/line_judges.h"
#include "projections/billing/line_links.h"
#include "projections/billing/missing_seats.h"
#include "projections/billing/not_billed.h"

namespace seatledger::billing {
namespace {

// What lacks in a line can be seen only when all others have claimed: so they claim once before they are judged.
MissingSeats find_missing(const SeatPools& pools, const BillLines& lines, SeatClaims& claims, const LineJudge& judge) {
    MissingSeatsFinder finder(pools, lines, claims);
    Coverage coverage;
    bool is_any = false;
    for (LineIndex i = 0; i < lines.count(); ++i) {
        const auto& line = lines[i];
        if (why_set_aside(lines, line, pools.history().currency()) != Note::none) continue;
        if (!lines.is_about_seats(line) || lines.gives_back(line)) continue;
        const auto sku = pools.sku_of(line);
        // Where all lines name their seats, each that lacks is shown by itself.
        if (!sku || pools.pool(sku).billed == Billed::by_seat || !judge.standing(line).claims) continue;
        claims.find(line, coverage);
        if (line.link == Link::equal && !coverage.gaps.empty()) continue;
        claims.claim(line, coverage);
        is_any = true;
        if (coverage.gaps.empty() && !coverage.is_true_up) finder.note(i);
    }
    if (!is_any) return {};
    auto missing = finder.find();
    claims.reset();
    return missing;
}

}  // namespace

unsigned Reconciler::usual_judges() { return std::clamp(std::thread::hardware_concurrency(), 1u, 4u); }

std::vector<BillTotal> Reconciler::finish(const SeatDays& ledger, const PriceBook& book, const UserOf& user_of,
                                          const Show& show, unsigned judges_count) {
    const Show show_and_add = [&](const LineVerdict& verdict) {
        totals_.add(verdict);
        show(verdict);
    };
    lines_.find_people(user_of);
    link_lines(lines_);
    const SeatPools pools(ledger, lines_);
    LineJudges judges(pools, lines_, book, judges_count);
    const auto missing = find_missing(pools, lines_, judges.first_claims(), judges.first());
    judges.judge(missing, show_and_add);
    // As if the lines had them: what is shown as missing there is not shown once more.
    for (const auto& [index, parts] : missing) judges.first_claims().claim(lines_[index], {parts, {}, false});
    NotBilled(pools, judges, show_and_add).find();
    return totals_.totals();
}

}  // namespace seatledger::billing
