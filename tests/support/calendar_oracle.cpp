#include "tests/support/calendar_oracle.h"

#include <time.h>

#include <cstdlib>
#include <iterator>
#include <sstream>

#include "tests/support/catch.h"

namespace seatledger::testing {
namespace {

// The parts of a text between its blanks.
std::vector<std::string> words(const std::string& text) {
    std::istringstream stream(text);
    return {std::istream_iterator<std::string>(stream), {}};
}

std::int64_t midnight(UtcDay day) {
    tm parts{};
    parts.tm_year = day.year - 1900;
    parts.tm_mon = day.month - 1;
    parts.tm_mday = day.day;
    return timegm(&parts);
}

// Months by going from one to the next, and back from the day until there is one.
std::int64_t midnight_after_months(UtcDay day, std::uint32_t months) {
    for (std::uint32_t month = 0; month < months; ++month) {
        if (++day.month > 12) {
            day.month = 1;
            ++day.year;
        }
    }
    while (utc_day(midnight(day)).month != day.month) --day.day;
    return midnight(day);
}

}  // namespace

const std::vector<std::string>& many_zones() {
    static const auto zones = words(
        "UTC Europe/Berlin Europe/London Europe/Dublin Europe/Moscow Europe/Lisbon America/Sao_Paulo America/New_York "
        "America/Havana America/Santiago America/Nuuk America/St_Johns Asia/Kathmandu Asia/Tokyo Asia/Amman "
        "Asia/Tehran Asia/Jerusalem Asia/Pyongyang Asia/Manila Africa/Casablanca Africa/Cairo Australia/Lord_Howe "
        "Australia/Sydney Pacific/Apia Pacific/Kiritimati Pacific/Chatham Antarctica/Troll");
    return zones;
}

const date::time_zone& zone_named(const std::string& name) {
    const date::time_zone* zone = find_time_zone(name);
    INFO(name);
    REQUIRE(zone != nullptr);
    return *zone;
}

Term term_of(std::string_view text) {
    const auto parsed = parse_term(text);
    INFO(text);
    REQUIRE(parsed);
    return *parsed;
}

std::string shown(std::optional<Instant> instant) { return instant ? to_rfc3339(*instant) : "nothing"; }

LibcZone::LibcZone(const std::string& name) {
    const char* before = std::getenv("TZ");
    if (before != nullptr) before_ = before;
    setenv("TZ", name.c_str(), 1);
    tzset();
}

LibcZone::~LibcZone() {
    if (before_) {
        setenv("TZ", before_->c_str(), 1);
    } else {
        unsetenv("TZ");
    }
    tzset();
}

std::int64_t LibcZone::local_at(std::int64_t second) const {
    const time_t time = second;
    tm parts{};
    localtime_r(&time, &parts);
    return second + parts.tm_gmtoff;
}

std::int64_t LibcZone::first_at(std::int64_t local) const {
    // Every offset in force within two days of either side, which is wider than any offset or change of one.
    std::int64_t before = local - 2 * seconds_a_day;
    std::int64_t after = local + 2 * seconds_a_day;
    std::optional<std::int64_t> first;
    for (std::int64_t probe = before; probe <= after; probe += 7200) {
        const std::int64_t second = probe - (local_at(probe) - local);
        if (local_at(second) == local && (!first || second < *first)) first = second;
    }
    if (first) return *first;
    while (after - before > 1) {
        const std::int64_t middle = before + (after - before) / 2;
        (local_at(middle) > local ? after : before) = middle;
    }
    return after;
}

std::int64_t LibcZone::end_of(const Term& term, std::int64_t from) const {
    if (term.months == 0 && term.days == 0) return from + static_cast<std::int64_t>(term.seconds);
    const std::int64_t local = local_at(from);
    const UtcDay day = utc_day(local);
    const std::int64_t time_of_day = local - midnight(day);
    const std::int64_t new_day = midnight_after_months(day, term.months) + term.days * seconds_a_day;
    return first_at(new_day + time_of_day) + static_cast<std::int64_t>(term.seconds);
}

UtcDay utc_day(std::int64_t local_second) {
    const time_t time = local_second;
    tm parts{};
    gmtime_r(&time, &parts);
    return {parts.tm_year + 1900, parts.tm_mon + 1, parts.tm_mday};
}

}  // namespace seatledger::testing
