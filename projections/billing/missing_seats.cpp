#include "projections/billing/missing_seats.h"

#include <algorithm>

namespace seatledger::billing {

using schema::Billing;

void MissingSeatsFinder::note(LineIndex index) {
    const auto& line = lines_[index];
    if (line.names_seat()) return;
    last_[{line.invoice != 0, line.sku, line.period.begin, line.period.end, line.invoice}] = index;
}

MissingSeats MissingSeatsFinder::find() {
    MissingSeats found;
    for (const auto& [group, index] : last_) {
        const auto& line = lines_[index];
        std::vector<CoveredPart> missing;
        const bool is_purchased = pools_.pool(pools_.sku_of(line)).billing == Billing::PURCHASED;
        is_purchased ? find_purchased(line, missing) : find_by_days(line, missing);
        if (missing.empty()) continue;
        claims_.claim(line, {missing, {}, false});
        found.emplace(index, std::move(missing));
    }
    return found;
}

void MissingSeatsFinder::find_purchased(const Line& line, std::vector<CoveredPart>& missing) {
    if (!pools_.is_billed_in(line.period.begin)) return;
    const auto add = [&](std::uint32_t of_class, LicenseNumber license, std::int64_t seats) {
        if (seats > 0) missing.push_back({of_class, license, line.period, seats, false});
    };
    if (const auto invoice = pools_.invoice_of(line)) {
        for (const auto& of : pools_.history().invoices()[*invoice].lines) {
            if (!of.lot || of.sku != pools_.sku_of(line)) continue;
            const auto& lot = pools_.history().lots()[*of.lot];
            const auto of_class = pools_.class_of(lot);
            if (of_class == SeatPools::no_class || !pools_.classes()[of_class].has_term(line.period)) continue;
            add(of_class, lot.first,
                std::min(claims_.free_of_lot(*of.lot).smallest(line.period),
                         claims_.free_of(of_class).smallest(line.period)));
        }
        return;
    }
    for (const auto index : pools_.pool(pools_.sku_of(line)).classes) {
        if (!pools_.classes()[index].has_term(line.period)) continue;
        // Lots that another line bills by their invoice are that line's business, and those that none bills are here's.
        add(index, {}, claims_.free_of(index).smallest(line.period));
    }
}

void MissingSeatsFinder::find_by_days(const Line& line, std::vector<CoveredPart>& missing) {
    if (std::ranges::none_of(pools_.billed_in(),
                             [&](const DayPeriod& of) { return !is_empty(common_days(of, line.period)); })) {
        return;
    }
    const auto sku = pools_.sku_of(line);
    SeatSteps free;
    if (pools_.pool(sku).billing == Billing::MEMBERSHIP) {
        free = claims_.free_members(sku);
    } else {
        for (const auto index : pools_.pool(sku).classes) {
            claims_.free_of(index).for_each(line.period, [&](const DayPeriod& days, std::int64_t count) {
                free.add(days, std::max<std::int64_t>(count, 0));
            });
        }
    }
    const auto seats = free.smallest(line.period);
    if (seats <= 0) return;
    Coverage coverage;
    claims_.find(sku, {line.period, seats}, coverage);
    missing = std::move(coverage.parts);
}

}  // namespace seatledger::billing
