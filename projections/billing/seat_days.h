// Civil days, in the account's zone, of terms, seats and places in queues; and what one of them costs.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string_view>
#include <vector>

#include "projections/billing/account_history.h"
#include "projections/billing/bill_line.h"
#include "projections/billing/day_clock.h"
#include "projections/billing/exact.h"
#include "projections/billing/price_book.h"

namespace seatledger::billing {

// The days that are in both; one that ends where it begins if there are none.
[[nodiscard]] DayPeriod common_days(const DayPeriod& a, const DayPeriod& b);
[[nodiscard]] inline bool is_empty(const DayPeriod& period) { return period.end <= period.begin; }

// Days on which somebody had a license on any part of them.
struct HeldDays {
    UserId user;
    const SeatSpan* span = nullptr;
    DayPeriod days;    // not those that were given before, of another span of theirs
    DayPeriod billed;  // those of them on which nobody had the license before them: a day is billed once. May be empty
};

// Days on which somebody is billed for their places in queues.
struct MemberDays {
    SkuNumber sku;  // of the product that such places were billed as
    DayPeriod days;

    bool operator==(const MemberDays&) const = default;
};

// What a seat costs for a term, and how many days the term has.
struct SeatPrice {
    Exact unit_price;
    std::int64_t term_days = 1;
    std::string_view currency;  // ends with the history

    [[nodiscard]] Exact of_days(std::int64_t days) const { return unit_price * days / term_days; }
};

// The history must have a zone and outlive this; nothing must be applied to it meanwhile. Once it is made, any thread
// may read. Cost: linear in spans, of which each takes 8 bytes here.
class SeatDays {
 public:
    // What took effect after `as_of` does not count, and nobody has anything then. last_instant: all that is known, and
    // whoever has something has it until its term ends.
    SeatDays(const AccountHistory& history, const PriceBook& book, Instant as_of);

    [[nodiscard]] const AccountHistory& history() const { return history_; }
    [[nodiscard]] const DayClock& clock() const { return clock_; }
    [[nodiscard]] const SpansByLicense& spans() const { return spans_; }
    [[nodiscard]] Instant as_of() const { return as_of_; }
    // The days of which anything is known: those up to that of `as_of`.
    [[nodiscard]] DayPeriod known() const { return {first_day_, CivilDay{last_day_.number + 1}}; }

    // ---- Licenses.

    // The days of the lot's term: from that of its begin to that of its end, which is one of them by the price book or
    // not. At least one.
    [[nodiscard]] DayPeriod term_of(const LotFacts& lot) const;
    [[nodiscard]] SeatPrice price_of(const LotFacts& lot) const;
    // Those of its days that are among these and are known. None, if it was issued after the as-of instant.
    [[nodiscard]] DayPeriod days_of(const LotFacts& lot, const DayPeriod& within) const;
    // Those of the term up to the day on which the license was revoked, if it was; whether or not they have come yet.
    // The license must be the lot's.
    [[nodiscard]] DayPeriod owned(const LotFacts& lot, LicenseNumber license) const;

    // Who had the license on which of these days, in the order of time, in the place of what `held` has. A license that
    // somebody has at the end of its term is theirs up to the last day of it. Cost: the spans within these days.
    void held(const LotFacts& lot, LicenseNumber license, const DayPeriod& within, std::vector<HeldDays>& held) const;
    // On how many of these days somebody had it.
    [[nodiscard]] std::int64_t bound_days(const LotFacts& lot, LicenseNumber license, const DayPeriod& within) const;

    // ---- Places in queues.

    // In order, and none twice, as projections/membership_days.h has them.
    [[nodiscard]] std::vector<MemberDays> member_days(UserId user, const DayPeriod& within) const;
    // By the version that was in force when the day began, or the first one; its term is counted along the calendar.
    // The product must be defined.
    [[nodiscard]] SeatPrice member_price(SkuNumber sku, CivilDay day) const;

 private:
    [[nodiscard]] Instant end_of(Instant to) const { return std::min(to, end_); }

    const AccountHistory& history_;
    PriceBook book_;
    DayClock clock_;
    SpansByLicense spans_;
    Instant as_of_;
    Instant end_;  // the first instant that does not count
    CivilDay first_day_;
    CivilDay last_day_;
    std::vector<AccountHistory::MembershipOffer> offers_;
};

// How many days a term has that the day lies in, counted along the calendar: months begin with that of January 1970, so
// that P1M is the day's month, P3M its quarter, P1Y its year; days are days, and hours as many as they fill or begin. A
// term of both has the days of both. At least 1.
[[nodiscard]] std::int64_t calendar_term_days(const Term& term, CivilDay day);

}  // namespace seatledger::billing
