#include "projections/billing/proration.h"

#include <kj/debug.h>

#include <algorithm>

namespace seatledger::billing {
namespace {

// Days of a term, and the days that it has; where years are of 365 days, a month's are no whole number.
struct Days {
    Exact days;
    Exact of;
};

Exact prorated(const Exact& price, const Exact& quantity, const Days& days, Rounding rounding, unsigned digits) {
    const bool is_whole = days.days == days.of;
    switch (rounding) {
        case Rounding::round_once: break;
        case Rounding::unit_then_quantity:
            // Rounded again for quantities that are no whole number.
            return rounded(rounded(price * days.days / days.of, digits) * quantity, digits);
        case Rounding::daily_2dp:
            if (is_whole) break;
            return rounded(rounded(price / days.of, 2) * days.days * quantity, digits);
        case Rounding::daily_3dp:
            if (is_whole) break;
            return rounded(rounded(rounded(price / days.of, 3) * days.days, digits) * quantity, digits);
    }
    if (is_whole) return rounded(price * quantity, digits);
    return rounded_product(price, quantity, {days.days, days.of}, digits);
}

// Every month has 30 days, and so the 31st is the 30th (30E/360).
std::int64_t days_of_30_360(const DayPeriod& period) {
    const auto from = date_of(period.begin);
    const auto to = date_of(period.end);
    const auto day = [](const Date& date) { return static_cast<std::int64_t>(std::min(date.day, 30u)); };
    const auto months = (to.year - from.year) * 12 + static_cast<int>(to.month) - static_cast<int>(from.month);
    return std::int64_t{months} * 30 + day(to) - day(from);
}

// Of a period that is a whole number of months, that number: it ends on the day of the month on which it begins, or on
// the last one of a month that has no such day.
std::optional<int> whole_months(const DayPeriod& period) {
    const auto from = date_of(period.begin);
    const auto to = date_of(period.end);
    const auto months = (to.year - from.year) * 12 + static_cast<int>(to.month) - static_cast<int>(from.month);
    if (months <= 0) return std::nullopt;
    const bool is_last_of_month = date_of(CivilDay{period.end.number + 1}).month != to.month;
    if (from.day == to.day || (from.day > to.day && is_last_of_month)) return months;
    return std::nullopt;
}

std::optional<Days> counted_by_calendar(const Charge& charge, const ChargedPeriods& periods, DayCount count) {
    if (count == DayCount::thirty_360) {
        return Days{Exact(days_of_30_360(periods.days)), Exact(days_of_30_360(periods.term))};
    }
    const auto term_months = whole_months(periods.term);
    if (!term_months) return std::nullopt;
    if (count == DayCount::year_of_365) return Days{Exact(charge.days), Exact(365 * *term_months) / 12};
    const auto months = whole_months(periods.days);
    if (!months) return std::nullopt;
    return Days{Exact(*months), Exact(*term_months)};
}

// Nothing where these days cannot be counted like that.
std::optional<Days> counted(const Charge& charge, const std::optional<ChargedPeriods>& periods, DayCount count) {
    const auto [days, of] = std::pair(charge.days, charge.term_days);
    switch (count) {
        case DayCount::days_plus_one: return Days{Exact(days + 1), Exact(of)};
        case DayCount::days_minus_one: return Days{Exact(days - 1), Exact(of)};
        case DayCount::term_plus_one: return Days{Exact(days), Exact(of + 1)};
        case DayCount::term_minus_one: return Days{Exact(days), Exact(of - 1)};
        case DayCount::both_plus_one: return Days{Exact(days + 1), Exact(of + 1)};
        case DayCount::both_minus_one: return Days{Exact(days - 1), Exact(of - 1)};
        case DayCount::thirty_360:
        case DayCount::year_of_365:
        case DayCount::equal_twelfths: break;
    }
    if (!periods) return std::nullopt;
    return counted_by_calendar(charge, *periods, count);
}

}  // namespace

std::string_view name_of(DayCount count) {
    switch (count) {
        case DayCount::days_plus_one: return "days-plus-one";
        case DayCount::days_minus_one: return "days-minus-one";
        case DayCount::term_plus_one: return "term-plus-one";
        case DayCount::term_minus_one: return "term-minus-one";
        case DayCount::both_plus_one: return "both-plus-one";
        case DayCount::both_minus_one: return "both-minus-one";
        case DayCount::thirty_360: return "30-360";
        case DayCount::year_of_365: return "365-day-year";
        case DayCount::equal_twelfths: return "equal-twelfths";
    }
    return "?";
}

Exact prorated(const Charge& charge, Rounding rounding, unsigned digits) {
    KJ_REQUIRE(charge.term_days > 0, "a term has at least one day", charge.term_days);
    return prorated(charge.unit_price, charge.quantity, {Exact(charge.days), Exact(charge.term_days)}, rounding,
                    digits);
}

Explanation explain(Decimal amount, const Charge& charge, const std::optional<ChargedPeriods>& periods,
                    const PriceBook& book, unsigned digits) {
    const auto exact = to_exact(amount);
    Explanation found;
    found.expected = prorated(charge, book.rounding, digits);
    if (exact == found.expected) {
        found.kind = Explanation::Kind::match;
        return found;
    }
    found.difference = exact - found.expected;
    for (const auto rounding : roundings) {
        if (prorated(charge, rounding, digits) == exact) found.roundings.push_back(rounding);
    }
    if (!found.roundings.empty()) {
        found.kind = Explanation::Kind::rounding;
        return found;
    }
    for (const auto count : day_counts) {
        const auto days = counted(charge, periods, count);
        // No days cost nothing, and that explains nothing.
        if (!days || days->days <= 0 || days->of <= 0) continue;
        if (prorated(charge.unit_price, charge.quantity, *days, book.rounding, digits) != exact) continue;
        found.day_counts.push_back(count);
    }
    if (!found.day_counts.empty()) found.kind = Explanation::Kind::day_count;
    return found;
}

}  // namespace seatledger::billing
