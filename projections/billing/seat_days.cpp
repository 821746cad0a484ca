#include "projections/billing/seat_days.h"

#include <kj/debug.h>

#include <algorithm>

namespace seatledger::billing {
namespace {

CivilDay next(CivilDay day) { return {day.number + 1}; }

// From … to, the end left out.
struct Interval {
    Instant from;
    Instant to;
};

// The first day of a month, counted from January 1970. The calendar repeats itself every 400 years, so years beyond
// those that calendar.h has are no other case.
std::int64_t first_of_month(std::int64_t month) {
    constexpr std::int64_t cycle_months = 400 * 12;
    constexpr std::int64_t cycle_days = 146'097;
    const auto cycle = (month >= 0 ? month : month - cycle_months + 1) / cycle_months;
    const auto in_cycle = static_cast<int>(month - cycle * cycle_months);
    const auto first = civil_day(Date{1970 + in_cycle / 12, static_cast<unsigned>(in_cycle % 12 + 1), 1});
    return first->number + cycle * cycle_days;
}

// When they were in any queue, up to `end`: in order, and nothing between one and the next.
std::vector<Interval> queue_intervals(const UserFacts& user, Instant end) {
    std::vector<Interval> intervals;
    for (const auto& span : user.queues) {
        const Interval interval{span.from, std::min(span.to, end)};
        if (interval.to <= interval.from) continue;  // also who came and went at one instant
        if (!intervals.empty() && interval.from <= intervals.back().to) {
            intervals.back().to = std::max(intervals.back().to, interval.to);
        } else {
            intervals.push_back(interval);
        }
    }
    return intervals;
}

}  // namespace

DayPeriod common_days(const DayPeriod& a, const DayPeriod& b) {
    const auto begin = std::max(a.begin, b.begin);
    return {begin, std::max(begin, std::min(a.end, b.end))};
}

std::int64_t calendar_term_days(const Term& term, CivilDay day) {
    constexpr std::uint64_t seconds_a_day = 86'400;
    std::int64_t days = term.days;
    days += static_cast<std::int64_t>((term.seconds + seconds_a_day - 1) / seconds_a_day);
    if (term.months > 0) {
        const auto date = date_of(day);
        const auto month = std::int64_t{date.year - 1970} * 12 + static_cast<std::int64_t>(date.month) - 1;
        const std::int64_t months = term.months;
        const auto first = (month >= 0 ? month : month - months + 1) / months * months;
        days += first_of_month(first + months) - first_of_month(first);
    }
    return std::max<std::int64_t>(days, 1);
}

SeatDays::SeatDays(const AccountHistory& history, const PriceBook& book, Instant as_of)
    : history_(history),
      book_(book),
      clock_([&]() -> const date::time_zone& {
          KJ_REQUIRE(history.zone() != nullptr, "the history lacks the account's first event, or the machine its zone",
                     history.account().c_str(), history.zone_name().c_str());
          return *history.zone();
      }()),
      spans_(history),
      as_of_(as_of),
      end_{as_of == last_instant ? last_instant : Instant{as_of.micros + 1}},
      first_day_(clock_.day_of(first_instant)),
      last_day_(clock_.day_of(as_of)),
      offers_(history.membership_offers()) {}

DayPeriod SeatDays::term_of(const LotFacts& lot) const {
    const auto begin = clock_.day_of(lot.valid_from);
    const auto last = clock_.day_of(lot.valid_until);
    return {begin, std::max(next(begin), book_.end_inclusive ? next(last) : last)};
}

SeatPrice SeatDays::price_of(const LotFacts& lot) const {
    return {lot.unit_price, term_of(lot).days(), history_.currency()};
}

DayPeriod SeatDays::days_of(const LotFacts& lot, const DayPeriod& within) const {
    if (lot.valid_from > as_of_) return {within.begin, within.begin};
    return common_days(term_of(lot), common_days(within, known()));
}

DayPeriod SeatDays::owned(const LotFacts& lot, LicenseNumber license) const {
    auto days = term_of(lot);
    if (lot.revoked == 0) return days;
    const auto* revocation = history_.revocation_of(license);
    if (revocation == nullptr || revocation->happened.at > as_of_) return days;
    days.end = std::min(days.end, next(clock_.day_of(revocation->happened.at)));
    return days;
}

void SeatDays::held(const LotFacts& lot, LicenseNumber license, const DayPeriod& within,
                    std::vector<HeldDays>& held) const {
    held.clear();
    // One that ends where the first day begins may be what the next one goes on from; where clocks leave a day out, one
    // that begins where the last day ends may go on from that.
    const auto from = clock_.start_of(within.begin);
    const Instant to{clock_.start_of(within.end).micros + 1};
    spans_.newest_first(license, to, [&](const SeatSpan& span) {
        if (end_of(span.to) < from) return false;
        if (end_of(span.to) > span.from) held.push_back({span.user, &span, {}, {}});
        return true;
    });
    if (held.empty()) return;
    std::ranges::reverse(held);

    const auto term = term_of(lot);
    const auto counted = common_days(owned(lot, license), common_days(within, known()));
    std::optional<CivilDay> billed_end;  // of all spans before
    for (std::size_t i = 0; i < held.size(); ++i) {
        auto& [user, of, days, billed] = held[i];
        const auto ended = end_of(of->to);
        DayPeriod whole{clock_.day_of(of->from), next(clock_.day_of(Instant{ended.micros - 1}))};
        if (ended >= lot.valid_until) whole.end = term.end;
        // Days that clocks left out lie between two spans without anything else between them.
        const bool goes_on = i > 0 && held[i - 1].span->to == of->from;
        if (goes_on) whole.begin = std::min(whole.begin, *billed_end);
        auto own_begin = whole.begin;
        for (auto j = i; j > 0 && held[j - 1].days.end > own_begin; --j) {
            if (held[j - 1].user == user) own_begin = std::max(own_begin, held[j - 1].days.end);
        }
        days = {own_begin, whole.end};
        billed = {billed_end ? std::max(whole.begin, *billed_end) : whole.begin, whole.end};
        billed_end = billed_end ? std::max(*billed_end, whole.end) : whole.end;
    }
    for (auto& of : held) {
        of.days = common_days(of.days, counted);
        of.billed = common_days(of.billed, counted);
    }
    std::erase_if(held, [](const HeldDays& of) { return is_empty(of.days); });
}

std::int64_t SeatDays::bound_days(const LotFacts& lot, LicenseNumber license, const DayPeriod& within) const {
    std::vector<HeldDays> all;
    held(lot, license, within, all);
    std::int64_t days = 0;
    for (const auto& of : all) days += of.billed.days();
    return days;
}

std::vector<MemberDays> SeatDays::member_days(UserId user, const DayPeriod& within) const {
    const auto* facts = history_.user(user);
    if (facts == nullptr || facts->queues.empty()) return {};
    const auto intervals = queue_intervals(*facts, end_);
    std::vector<MemberDays> found;
    for (const auto& offer : offers_) {
        for (const auto& interval : intervals) {
            const auto from = std::max(interval.from, offer.from);
            const auto to = std::min(interval.to, offer.to);
            if (to <= from) continue;
            DayPeriod days{clock_.day_of(from), next(clock_.day_of(Instant{to.micros - 1}))};
            if (!found.empty() && found.back().sku == offer.sku && days.begin <= found.back().days.end) {
                found.back().days.end = std::max(found.back().days.end, days.end);
                continue;
            }
            if (!found.empty()) days.begin = std::max(days.begin, found.back().days.end);
            if (!is_empty(days)) found.push_back({offer.sku, days});
        }
    }
    for (auto& of : found) of.days = common_days(common_days(of.days, within), known());
    std::erase_if(found, [](const MemberDays& of) { return is_empty(of.days); });
    return found;
}

SeatPrice SeatDays::member_price(SkuNumber sku, CivilDay day) const {
    const auto& product = history_.product(sku);
    KJ_REQUIRE(!product.prices.empty(), "no event that was applied defines this product", product.sku.c_str());
    const auto start = clock_.start_of(day);
    const auto after =
        std::ranges::find_if(product.prices, [&](const PriceVersion& price) { return price.since.at > start; });
    const auto& price = after == product.prices.begin() ? *after : *std::prev(after);
    return {to_exact(price.unit_price), calendar_term_days(product.term, day), price.currency};
}

}  // namespace seatledger::billing
