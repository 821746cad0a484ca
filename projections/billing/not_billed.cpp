#include "projections/billing/not_billed.h"

#include <algorithm>

namespace seatledger::billing {

using schema::Billing;

namespace {

// All licenses are looked at, and memory is asked for them some time before: for those after the one that is looked at,
// and so many spans of each. What does not come in time is waited for.
constexpr std::uint32_t licenses_ahead = 4;
constexpr int spans_ahead = 16;

// Adds the billed days, those of several people that go on from each other at once.
void add_joined(const std::vector<HeldDays>& held, SeatSteps& to) {
    DayPeriod days;
    for (const auto& of : held) {
        if (is_empty(of.billed)) continue;
        if (of.billed.begin != days.end) {
            to.add(days, 1);
            days.begin = of.billed.begin;
        }
        days.end = of.billed.end;
    }
    to.add(days, 1);
}

}  // namespace

void NotBilled::find() {
    for (const auto& product : pools_.history().products()) {
        const auto& pool = pools_.pool(product.number);
        if (pool.billing == Billing::PURCHASED) {
            for (const auto index : pool.classes) find_lots(index);
        } else if (pool.billed != Billed::by_seat) {
            find_seat_days(product.number);
        } else if (pool.billing == Billing::ASSIGNED) {
            find_licenses(product.number);
        } else {
            find_people(product.number);
        }
    }
}

LineVerdict& NotBilled::begin(SkuNumber sku) {
    verdict_ = {};
    verdict_.currency = pools_.history().currency();
    verdict_.details.sku = pools_.history().product(sku).sku;
    verdict_.details.billing = pools_.pool(sku).billing;
    return verdict_;
}

void NotBilled::end(SkuNumber sku, const std::vector<CoveredPart>& parts) {
    auto& details = verdict_.details;
    details.period = parts.front().days;
    for (const auto& part : parts) {
        details.period = {std::min(details.period.begin, part.days.begin), std::max(details.period.end, part.days.end)};
        details.seat_days_covered += part.seats * part.days.days();
        const bool is_lot = details.billing == Billing::PURCHASED;  // of which each part is of other seats
        details.missing_seats =
            is_lot ? details.missing_seats + part.seats : std::max(details.missing_seats, part.seats);
    }
    judge_.set_not_billed(sku, parts, verdict_);
    judge_.evidence().move_to(verdict_);
    show_(verdict_);
}

void NotBilled::add_parts(const SeatSteps& steps, const CoveredPart& like, std::vector<CoveredPart>& parts) const {
    for (const auto& days : pools_.billed_in()) {
        steps.for_each(days, [&](const DayPeriod& some, std::int64_t seats) {
            // A seat that a line gives back, and no other line charged, is one seat all the same.
            if (like.seats > 0) seats = std::min(seats, like.seats);
            if (seats > 0) parts.push_back({like.of_class, like.license, some, seats, false});
        });
    }
}

// ---- Purchased.

void NotBilled::find_lots(std::uint32_t of_class) {
    const auto& of = pools_.classes()[of_class];
    if (!pools_.is_billed_in(of.term.begin) || claims_.is_touched(of_class)) return;
    for (const auto index : of.lots) {
        if (!claims_.is_lot_touched(index)) find_lot(of_class, pools_.history().lots()[index]);
    }
}

void NotBilled::find_lot(std::uint32_t of_class, const LotFacts& lot) {
    const auto& term = pools_.classes()[of_class].term;
    std::vector<CoveredPart> parts;
    if (lot.revoked == 0 && !judges_.is_any_license_touched()) {
        parts.push_back({of_class, lot.first, term, lot.quantity, false});
    } else {
        // Those with the same days, which nearly all of them are, in one part.
        for (auto license = lot.first; lot.contains(license); license = license.next()) {
            if (judges_.claims_of(lot.sku, license).is_license_touched(license)) continue;
            const auto owned = pools_.days().owned(lot, license);
            if (!parts.empty() && parts.back().days == owned) {
                ++parts.back().seats;
            } else {
                parts.push_back({of_class, license, owned, 1, false});
            }
        }
    }
    if (parts.empty()) return;
    auto& details = begin(lot.sku).details;
    details.ledger_invoice = pools_.history().invoices()[lot.invoice].id;
    details.first_license = parts.front().license;
    details.lot_quantity = lot.quantity;
    details.term = term;
    details.paid = details.term->begin;
    judge_.evidence().add_lot(lot);
    end(lot.sku, parts);
}

// ---- Assigned and membership.

void NotBilled::find_seat_days(SkuNumber sku) {
    std::vector<CoveredPart> parts;
    const auto& pool = pools_.pool(sku);
    if (pool.billing == Billing::MEMBERSHIP) {
        add_parts(claims_.free_members(sku), {}, parts);
    } else {
        for (const auto index : pool.classes) add_parts(claims_.free_of(index), {index, {}, {}, 0, false}, parts);
    }
    if (parts.empty()) return;
    begin(sku);
    for (const auto& part : parts) {
        if (part.of_class == SeatPools::no_class) {
            judge_.evidence().add_members(sku, part.days);
        } else {
            for (const auto lot : pools_.classes()[part.of_class].lots) {
                judge_.evidence().add_lot(pools_.history().lots()[lot]);
                if (judge_.evidence().is_full()) break;
            }
        }
    }
    end(sku, parts);
}

void NotBilled::find_licenses(SkuNumber sku) {
    std::vector<HeldDays> held;
    for (const auto index : pools_.pool(sku).classes) {
        for (const auto number : pools_.classes()[index].lots) {
            const auto& lot = pools_.history().lots()[number];
            for (auto license = lot.first; lot.contains(license); license = license.next()) {
                const LicenseNumber later(license.value + licenses_ahead);
                pools_.days().spans().prefetch_spans(later, last_instant, spans_ahead);
                SeatSteps free;
                UserId user;
                for (const auto& days : pools_.billed_in()) {
                    pools_.days().held(lot, license, days, held);
                    if (!user && !held.empty()) user = held.front().user;
                    add_joined(held, free);
                }
                if (!user) continue;
                judges_.claims_of(sku, license).subtract_claims(license, pools_.horizon(), free);
                std::vector<CoveredPart> parts;
                add_parts(free, {index, license, {}, 1, false}, parts);
                if (parts.empty()) continue;
                auto& details = begin(sku).details;
                details.license = license.value;
                details.person = user;
                judge_.evidence().add_lot(lot);
                for (const auto& part : parts) judge_.evidence().add_spans(license, part.days);
                end(sku, parts);
            }
        }
    }
}

void NotBilled::find_people(SkuNumber sku) {
    for (UserId user(1); user.value <= pools_.history().user_count(); user = user.next()) {
        if (pools_.history().user(user)->queues.empty()) continue;
        SeatSteps free;
        for (const auto& days : pools_.billed_in()) {
            for (const auto& of : pools_.days().member_days(user, days)) {
                if (of.sku == sku) free.add(of.days, 1);
            }
        }
        claims_.subtract_claims(user, pools_.horizon(), free);
        std::vector<CoveredPart> parts;
        add_parts(free, {SeatPools::no_class, {}, {}, 1, false}, parts);
        if (parts.empty()) continue;
        begin(sku).details.person = user;
        for (const auto& part : parts) judge_.evidence().add_member(user, part.days);
        end(sku, parts);
    }
}

}  // namespace seatledger::billing
