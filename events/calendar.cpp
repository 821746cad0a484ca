#include "events/calendar.h"

#include <date/date.h>
#include <date/tz.h>

#include <array>
#include <chrono>
#include <cstddef>
#include <exception>

namespace seatledger {

namespace {

using std::chrono::microseconds;
using std::chrono::seconds;
using SysMicros = date::sys_time<microseconds>;
using LocalMicros = date::local_time<microseconds>;

constexpr int year_min = 1;
constexpr int year_max = 9999;
constexpr std::int64_t micros_a_second = 1'000'000;

// Means of the Gregorian calendar, whose 400 years have 146,097 days: they only bound what a term may add up to.
constexpr std::uint64_t seconds_a_day = 86'400;
constexpr std::uint64_t seconds_a_month = 146'097 * seconds_a_day / (400 * 12);
constexpr std::uint64_t term_seconds_max = std::uint64_t{year_max} * 12 * seconds_a_month;

constexpr std::uint32_t term_months_max = year_max * 12;
constexpr std::uint32_t term_days_max = year_max * 366;

bool is_in_range(Instant instant) { return instant >= first_instant && instant <= last_instant; }

// ---- Terms.

struct Designator {
    char letter;
    bool is_time;
    std::uint64_t seconds_mean;
    std::uint32_t Term::*field;  // null: it adds to `Term::seconds`
    std::uint32_t factor;        // to the field's own unit
};

// In the order in which ISO 8601 has them.
constexpr std::array designators = {
    Designator{'Y', false, 12 * seconds_a_month, &Term::months, 12},
    Designator{'M', false, seconds_a_month, &Term::months, 1},
    Designator{'W', false, 7 * seconds_a_day, &Term::days, 7},
    Designator{'D', false, seconds_a_day, &Term::days, 1},
    Designator{'H', true, 3600, nullptr, 3600},
    Designator{'M', true, 60, nullptr, 60},
    Designator{'S', true, 1, nullptr, 1},
};

// Takes digits off the front of `text`. Nothing if there are none or the number is above `term_seconds_max`.
std::optional<std::uint64_t> take_number(std::string_view& text) {
    std::size_t length = 0;
    std::uint64_t number = 0;
    while (length < text.size() && text[length] >= '0' && text[length] <= '9') {
        number = number * 10 + static_cast<std::uint64_t>(text[length] - '0');
        if (number > term_seconds_max) return std::nullopt;
        ++length;
    }
    if (length == 0) return std::nullopt;
    text.remove_prefix(length);
    return number;
}

// ---- Zones.

// The last year for which compiled zone files list the transitions of rules that go on for ever.
constexpr int listed_year_max = 2037;

bool has_unlisted_transitions(const date::time_zone& zone) {
    const auto last = zone.get_info(date::sys_days(date::year(year_max) / 1 / 1));
    return date::year_month_day(date::floor<date::days>(last.begin)).year() == date::year(listed_year_max);
}

// What to add to a day before its zone is asked about it. Behind the listed transitions a zone file has its rule
// only as text (RFC 8536, section 3.3), which the date library does not read: it would answer with standard time
// for ever. Such a rule names a weekday of a month, so a day obeys it as does the same day of the month in a year
// where that is the same weekday. No rule changes in January or February, so those of the year after the last
// listed one are as good as listed, and one of nine years always fits.
date::days shift_into_listed_years(date::year_month_day day, const date::time_zone& zone) {
    if (day.year() <= date::year(listed_year_max) || !has_unlisted_transitions(zone)) return date::days(0);
    const date::sys_days there = day;
    for (int year = day.month() <= date::February ? listed_year_max + 1 : listed_year_max;; --year) {
        // February 29 becomes March 1 where there is none: no rule tells them apart either.
        const date::sys_days here = date::year(year) / day.month() / day.day();
        if (date::weekday(here) == date::weekday(there)) return here - there;
    }
}

LocalMicros to_local(Instant instant, const date::time_zone& zone) {
    const SysMicros time{microseconds(instant.micros)};
    const auto shift = shift_into_listed_years(date::floor<date::days>(time), zone);
    return zone.to_local(time + shift) - shift;
}

// `choose::earliest` is the first of two, and the end of the gap where there is none.
Instant to_instant(LocalMicros local, const date::time_zone& zone) {
    const auto shift = shift_into_listed_years(date::year_month_day(date::floor<date::days>(local)), zone);
    const SysMicros time = zone.to_sys(local + shift, date::choose::earliest) - shift;
    return Instant{time.time_since_epoch().count()};
}

std::optional<Instant> add_calendar_part(Instant from, const Term& term, const date::time_zone& zone) {
    if (term.months > term_months_max || term.days > term_days_max) return std::nullopt;
    const LocalMicros local = to_local(from, zone);
    const auto day = date::floor<date::days>(local);

    auto civil = date::year_month_day(day) + date::months(static_cast<int>(term.months));
    if (!civil.ok()) civil = civil.year() / civil.month() / date::last;
    const auto new_day = date::local_days(civil) + date::days(static_cast<int>(term.days));
    // The last instants of 9999 lie in the local year after it already, if the zone is east of UTC.
    if (date::year_month_day(new_day).year() > date::year(year_max + 1)) return std::nullopt;
    return to_instant(new_day + (local - day), zone);
}

// Nothing if there is no such day, or it lies outside the years 1 to 9999.
std::optional<date::year_month_day> civil_of(int year, unsigned month, unsigned day) {
    // Checked before the library's types are made: those are narrower and would wrap around.
    if (year < year_min || year > year_max || month > 12 || day > 31) return std::nullopt;
    const auto civil = date::year(year) / date::month(month) / date::day(day);
    if (!civil.ok()) return std::nullopt;
    return civil;
}

// Takes so many digits off the front. Nothing if there are less.
std::optional<unsigned> take_digits(std::string_view& text, std::size_t count) {
    if (text.size() < count) return std::nullopt;
    unsigned number = 0;
    for (const char digit : text.substr(0, count)) {
        if (digit < '0' || digit > '9') return std::nullopt;
        number = number * 10 + static_cast<unsigned>(digit - '0');
    }
    text.remove_prefix(count);
    return number;
}

}  // namespace

std::optional<Term> parse_term(std::string_view text) {
    if (!text.starts_with('P')) return std::nullopt;
    text.remove_prefix(1);

    Term term;
    std::uint64_t seconds_total = 0;
    bool in_time = false;
    std::size_t next = 0;  // the first designator that may still come
    do {
        if (!in_time && text.starts_with('T')) {
            in_time = true;
            text.remove_prefix(1);
        }
        const auto number = take_number(text);
        if (!number || text.empty()) return std::nullopt;
        while (next < designators.size() &&
               (designators[next].letter != text.front() || designators[next].is_time != in_time)) {
            ++next;
        }
        if (next == designators.size()) return std::nullopt;
        const Designator& designator = designators[next++];
        text.remove_prefix(1);

        if (*number > (term_seconds_max - seconds_total) / designator.seconds_mean) return std::nullopt;
        seconds_total += *number * designator.seconds_mean;
        if (designator.field != nullptr) {
            term.*designator.field += static_cast<std::uint32_t>(*number) * designator.factor;
        } else {
            term.seconds += *number * designator.factor;
        }
    } while (!text.empty());
    return term;
}

const date::time_zone* find_time_zone(std::string_view name) {
    // Listed among the zones, but the machine's own choice: the same ledger would mean another zone elsewhere.
    if (name == "localtime") return nullptr;
    try {
        const date::time_zone* zone = date::locate_zone(name);
        // A zone's file is read at its first use. Here that may fail, in the arithmetic it may not.
        static_cast<void>(zone->get_info(date::sys_seconds{}));
        return zone;
    } catch (const std::exception&) {
        return nullptr;
    }
}

std::optional<Instant> add_term(Instant from, const Term& term, const date::time_zone& zone) {
    if (!is_in_range(from)) return std::nullopt;
    if (term.seconds > term_seconds_max) return std::nullopt;
    std::optional<Instant> result = from;
    if (term.months > 0 || term.days > 0) result = add_calendar_part(from, term, zone);
    if (!result) return std::nullopt;
    result->micros += static_cast<std::int64_t>(term.seconds) * micros_a_second;
    if (!is_in_range(*result)) return std::nullopt;
    return result;
}

std::optional<Instant> start_of_day(int year, unsigned month, unsigned day, const date::time_zone& zone) {
    const auto civil = civil_of(year, month, day);
    if (!civil) return std::nullopt;
    const Instant start = to_instant(date::local_days(*civil), zone);
    if (!is_in_range(start)) return std::nullopt;
    return start;
}

CivilDay civil_day(Instant instant, const date::time_zone& zone) {
    auto day = date::floor<date::days>(to_local(instant, zone));
    // Where clocks are put back over midnight, the new day has begun although they show the old one again.
    if (to_instant(day + date::days(1), zone) <= instant) day += date::days(1);
    return {static_cast<std::int32_t>(day.time_since_epoch().count())};
}

std::optional<Instant> start_of_day(CivilDay day, const date::time_zone& zone) {
    // As above: years are narrower than the numbers of days.
    constexpr date::local_days first = date::local_days(date::year(year_min) / 1 / 1);
    constexpr date::local_days last = date::local_days(date::year(year_max) / 12 / 31);
    const date::local_days there{date::days(day.number)};
    if (there < first || there > last) return std::nullopt;
    const auto [year, month, day_of_month] = date_of(day);
    return start_of_day(year, month, day_of_month, zone);
}

std::optional<Instant> end_of_day(CivilDay day, const date::time_zone& zone) {
    return start_of_day(CivilDay{day.number + 1}, zone);
}

Date date_of(CivilDay day) {
    const date::year_month_day civil(date::local_days(date::days(day.number)));
    return {static_cast<int>(civil.year()), static_cast<unsigned>(civil.month()), static_cast<unsigned>(civil.day())};
}

std::optional<CivilDay> civil_day(const Date& date) {
    const auto civil = civil_of(date.year, date.month, date.day);
    if (!civil) return std::nullopt;
    return CivilDay{static_cast<std::int32_t>(date::local_days(*civil).time_since_epoch().count())};
}

LocalTime local_time(Instant instant, const date::time_zone& zone) {
    const LocalMicros local = to_local(instant, zone);
    const auto day = date::floor<date::days>(local);
    const date::year_month_day civil(day);
    const date::hh_mm_ss clock(date::floor<seconds>(local - day));
    const auto offset = local.time_since_epoch() - microseconds(instant.micros);
    return {.year = static_cast<int>(civil.year()),
            .month = static_cast<unsigned>(civil.month()),
            .day = static_cast<unsigned>(civil.day()),
            .hour = static_cast<unsigned>(clock.hours().count()),
            .minute = static_cast<unsigned>(clock.minutes().count()),
            .second = static_cast<unsigned>(clock.seconds().count()),
            .offset_seconds = static_cast<std::int32_t>(date::floor<seconds>(offset).count())};
}

std::string to_text(CivilDay day) { return date::format("%F", date::sys_days(date::days(day.number))); }

std::optional<CivilDay> parse_civil_day(std::string_view text) {
    const auto take_dash = [&] {
        const bool is_dash = text.starts_with('-');
        if (is_dash) text.remove_prefix(1);
        return is_dash;
    };
    const auto year = take_digits(text, 4);
    if (!year || !take_dash()) return std::nullopt;
    const auto month = take_digits(text, 2);
    if (!month || !take_dash()) return std::nullopt;
    const auto day = take_digits(text, 2);
    if (!day || !text.empty()) return std::nullopt;
    return civil_day(Date{static_cast<int>(*year), *month, *day});
}

}  // namespace seatledger
