#include "projections/billing/daily_seats.h"

#include <map>

namespace seatledger::billing {
namespace {

// How much more there is on a day than on the one before; one day more than there are.
using Changes = std::vector<std::int64_t>;

void add(Changes& changes, const DayPeriod& within, const DayPeriod& days) {
    if (is_empty(days)) return;
    ++changes[static_cast<std::size_t>(days.begin.number - within.begin.number)];
    --changes[static_cast<std::size_t>(days.end.number - within.begin.number)];
}

}  // namespace

DailySeats::DailySeats(const SeatDays& days, const DayPeriod& within, Rates& rates) : within_(within) {
    if (is_empty(within)) return;
    days_.resize(days.history().products().size());
    for (const auto& lot : days.history().lots()) add_lot(days, lot, rates);
    add_members(days, rates);
}

std::span<const SeatCounts> DailySeats::of(SkuNumber sku) const {
    if (!sku || sku.value > days_.size()) return {};
    return days_[sku.value - 1];
}

DailySeats::Days& DailySeats::days_of(SkuNumber sku) {
    auto& days = days_[sku.value - 1];
    if (days.empty()) days.resize(static_cast<std::size_t>(within_.days()));
    return days;
}

void DailySeats::add_lot(const SeatDays& days, const LotFacts& lot, Rates& rates) {
    const auto term = days.term_of(lot);
    const auto counted = days.days_of(lot, within_);
    if (is_empty(counted)) return;
    Changes bought(static_cast<std::size_t>(within_.days()) + 1);
    auto bound = bought;
    std::vector<HeldDays> held;
    for (auto license = lot.first; lot.contains(license); license = license.next()) {
        add(bought, within_, common_days(days.owned(lot, license), counted));
        days.held(lot, license, within_, held);
        for (const auto& of : held) add(bound, within_, of.billed);
    }

    const bool is_assigned = lot.billing == schema::Billing::ASSIGNED;
    const auto rate = rates.number_of(lot.unit_price, is_assigned ? term.days() : 1, days.history().currency());
    auto& counts = days_of(lot.sku);
    std::int64_t bought_now = 0;
    std::int64_t bound_now = 0;
    for (auto i = index_of(counted.begin); i < index_of(counted.end); ++i) {
        bought_now += bought[i];
        bound_now += bound[i];
        counts[i].bought += static_cast<std::uint64_t>(bought_now);
        counts[i].bound += static_cast<std::uint64_t>(bound_now);
        if (lot.billing == schema::Billing::MEMBERSHIP || bought_now == 0) continue;
        const bool begins = static_cast<std::int64_t>(i) == term.begin.number - within_.begin.number;
        counts[i].billed += static_cast<std::uint64_t>(is_assigned ? bound_now : bought_now);
        counts[i].due.add(rate, is_assigned ? static_cast<std::uint64_t>(bound_now) : begins ? lot.quantity : 0);
    }
}

void DailySeats::add_members(const SeatDays& days, Rates& rates) {
    std::map<SkuNumber, Changes> members;
    for (UserId user(1); user.value <= days.history().user_count(); user = user.next()) {
        for (const auto& of : days.member_days(user, within_)) {
            auto& changes = members[of.sku];
            changes.resize(static_cast<std::size_t>(within_.days()) + 1);
            add(changes, within_, of.days);
        }
    }
    for (const auto& [sku, changes] : members) {
        auto& counts = days_of(sku);
        std::int64_t now = 0;
        for (std::size_t i = 0; i < counts.size(); ++i) {
            now += changes[i];
            if (now == 0) continue;
            counts[i].in_queues = static_cast<std::uint64_t>(now);
            const auto price = days.member_price(sku, CivilDay{within_.begin.number + static_cast<std::int32_t>(i)});
            counts[i].billed += counts[i].in_queues;
            counts[i].due.add(rates.number_of(price.unit_price, price.term_days, price.currency), counts[i].in_queues);
        }
    }
}

}  // namespace seatledger::billing
