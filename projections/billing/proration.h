// What seats cost for some days of a term, and by which other way of counting or rounding somebody else comes to what
// they charge.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "projections/billing/bill_line.h"
#include "projections/billing/exact.h"
#include "projections/billing/price_book.h"

namespace seatledger::billing {

struct Charge {
    Exact unit_price;            // of one seat for the whole term
    Exact quantity;              // of seats; negative where a charge is given back
    std::int64_t days = 0;       // of the term
    std::int64_t term_days = 1;  // above 0
};

// The amount, to `digits` decimals, the currency's minor unit. A whole term (days = term_days) is not put together from
// days: its seats cost their price, however days are rounded.
[[nodiscard]] Exact prorated(const Charge& charge, Rounding rounding, unsigned digits);

// Other ways to count the same days.
enum class DayCount : std::uint8_t {
    days_plus_one,   // the charge's end is one of its days
    days_minus_one,  // its last day, or its first, is none
    term_plus_one,   // the same of the term alone
    term_minus_one,
    both_plus_one,  // of both
    both_minus_one,
    thirty_360,      // every month has 30 days
    year_of_365,     // every year has 365, and a month a twelfth of that
    equal_twelfths,  // whole months, each of them one of the term's equal months
};

inline constexpr std::array day_counts = {DayCount::days_plus_one,  DayCount::days_minus_one, DayCount::term_plus_one,
                                          DayCount::term_minus_one, DayCount::both_plus_one,  DayCount::both_minus_one,
                                          DayCount::thirty_360,     DayCount::year_of_365,    DayCount::equal_twelfths};

// days-plus-one, …, 30-360, 365-day-year, equal-twelfths
[[nodiscard]] std::string_view name_of(DayCount count);

// Where in the calendar the days of a charge lie. Without that only ± 1 can be tried.
struct ChargedPeriods {
    DayPeriod days;
    DayPeriod term;
};

// How an amount comes about.
struct Explanation {
    enum class Kind : std::uint8_t {
        match,      // by the price book
        rounding,   // by its days, but rounded in each of `roundings`
        day_count,  // by its rounding, but with days counted in each of `day_counts`
        mismatch,   // by none of these
    };

    Kind kind = Kind::mismatch;
    std::vector<Rounding> roundings;  // both in the order of the enumerations; often several come to the same amount
    std::vector<DayCount> day_counts;
    Exact expected;    // by the price book
    Exact difference;  // amount - expected
};

// Only one thing at a time may differ from the price book, rounding before counting: of two at once nearly every amount
// could be made. `charge` is counted as the price book says; `digits` are the currency's.
[[nodiscard]] Explanation explain(Decimal amount, const Charge& charge, const std::optional<ChargedPeriods>& periods,
                                  const PriceBook& book, unsigned digits);

}  // namespace seatledger::billing
