// Terms (ISO 8601 durations) and calendar arithmetic in a time zone of the system's tz database.
#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "events/instant.h"

namespace date {
class time_zone;
}

namespace seatledger {

// How long a license runs: P1Y, P6M, P1Y2M10D, P2W, P30D, PT48H … Whole numbers without sign; the calendar part
// (years, months, weeks, days) is counted in the account's zone, the time part in elapsed time.
struct Term {
    std::uint32_t months = 0;   // 12 a year
    std::uint32_t days = 0;     // 7 a week
    std::uint64_t seconds = 0;  // hours, minutes and seconds

    [[nodiscard]] bool is_positive() const { return months > 0 || days > 0 || seconds > 0; }
    bool operator==(const Term&) const = default;
};

// Reads an ISO 8601 duration with designators. Nothing for any other text, for fractions and signs, for
// designators twice or out of order, for none at all, and for totals over 9,999 years.
[[nodiscard]] std::optional<Term> parse_term(std::string_view text);

// The zone of that name, from the system's tz database; null if it has none. The pointer is valid for the life
// of the process. Any thread.
[[nodiscard]] const date::time_zone* find_time_zone(std::string_view name);

// `from` plus `term`: months first (a day that the month has not becomes its last), then days, at the same local
// time of day to the microsecond, then the time part. A local time that does not exist is the first instant
// after the gap, one that exists twice is the first. A calendar part of zero leaves `from` as it is. Nothing if
// the result lies outside the years 1 to 9999.
[[nodiscard]] std::optional<Instant> add_term(Instant from, const Term& term, const date::time_zone& zone);

// The instant at which the civil day begins in `zone`, by the same rule for gaps and repetitions. Nothing if
// there is no such day or it lies outside the years 1 to 9999.
[[nodiscard]] std::optional<Instant> start_of_day(int year, unsigned month, unsigned day, const date::time_zone& zone);

// A day of the calendar, by its distance from 1970-01-01.
struct CivilDay {
    std::int32_t number = 0;

    auto operator<=>(const CivilDay&) const = default;
};

// The day on which the instant lies in `zone`: the last one that begins at or before it.
[[nodiscard]] CivilDay civil_day(Instant instant, const date::time_zone& zone);

// The instant at which the next day begins in `zone`. Nothing if that lies outside the years 1 to 9999.
[[nodiscard]] std::optional<Instant> end_of_day(CivilDay day, const date::time_zone& zone);

// The instant at which the day begins in `zone`, by the same rule. Nothing if it lies outside the years 1 to 9999.
[[nodiscard]] std::optional<Instant> start_of_day(CivilDay day, const date::time_zone& zone);

// A day as the Gregorian calendar names it.
struct Date {
    int year = 1970;
    unsigned month = 1;  // 1 to 12
    unsigned day = 1;

    auto operator<=>(const Date&) const = default;
};

// Of a day within the years 1 to 9999.
[[nodiscard]] Date date_of(CivilDay day);
// Nothing if there is no such day, or it lies outside the years 1 to 9999.
[[nodiscard]] std::optional<CivilDay> civil_day(const Date& date);

// 2026-03-01
[[nodiscard]] std::string to_text(CivilDay day);
// Reads what to_text() writes. Nothing for any other text and for a day that there is not.
[[nodiscard]] std::optional<CivilDay> parse_civil_day(std::string_view text);

// What calendar and clock show. The second is cut off, not rounded.
struct LocalTime {
    int year = 1970;
    unsigned month = 1;  // 1 to 12
    unsigned day = 1;
    unsigned hour = 0;
    unsigned minute = 0;
    unsigned second = 0;
    std::int32_t offset_seconds = 0;  // ahead of UTC

    bool operator==(const LocalTime&) const = default;
};

// The instant lies within the years 1 to 9999; its local year may be 0 or 10000.
[[nodiscard]] LocalTime local_time(Instant instant, const date::time_zone& zone);

}  // namespace seatledger
