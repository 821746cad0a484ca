#include "events/instant.h"

#include <time.h>

#include <array>
#include <cstdio>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/catch.h"

using seatledger::first_instant;
using seatledger::Instant;
using seatledger::last_instant;
using seatledger::parse_rfc3339;
using seatledger::to_rfc3339;

namespace {

constexpr std::int64_t micros_a_second = 1'000'000;

std::optional<std::int64_t> parsed(std::string_view text) {
    const auto instant = parse_rfc3339(text);
    if (!instant) return std::nullopt;
    return instant->micros;
}

// The C library's own reading of an instant.
std::string oracle_rfc3339(Instant instant) {
    time_t seconds = instant.micros / micros_a_second;
    auto micros = static_cast<int>(instant.micros % micros_a_second);
    if (micros < 0) {
        micros += static_cast<int>(micros_a_second);
        --seconds;
    }
    tm parts{};
    REQUIRE(gmtime_r(&seconds, &parts) != nullptr);
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", parts.tm_year + 1900,
                  parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, micros);
    return text.data();
}

// The calendar's rule as it is said, without any formula.
int days_in_month(int year, int month) {
    const bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
    const std::array days = {31, is_leap ? 29 : 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    return days[static_cast<std::size_t>(month - 1)];
}

std::string midnight(int year, int month, int day) {
    std::array<char, 64> text{};
    std::snprintf(text.data(), text.size(), "%04d-%02d-%02dT00:00:00.000000Z", year, month, day);
    return text.data();
}

struct Written {
    std::int64_t micros;
    std::string_view text;
};

const std::vector<Written> written = {
    {0, "1970-01-01T00:00:00.000000Z"},
    {1, "1970-01-01T00:00:00.000001Z"},
    {-1, "1969-12-31T23:59:59.999999Z"},
    {-1'000'000, "1969-12-31T23:59:59.000000Z"},
    {-86'400'000'001, "1969-12-30T23:59:59.999999Z"},
    {1'599'480'000'000'000, "2020-09-07T12:00:00.000000Z"},
    {951'782'399'999'999, "2000-02-28T23:59:59.999999Z"},
    {951'782'400'000'000, "2000-02-29T00:00:00.000000Z"},
    {951'868'800'000'000, "2000-03-01T00:00:00.000000Z"},
    {-2'203'977'600'000'000, "1900-02-28T00:00:00.000000Z"},
    {-2'203'891'200'000'000, "1900-03-01T00:00:00.000000Z"},
    {2'147'483'648'000'000, "2038-01-19T03:14:08.000000Z"},
    {-2'147'483'649'000'000, "1901-12-13T20:45:51.000000Z"},
    {first_instant.micros, "0001-01-01T00:00:00.000000Z"},
    {first_instant.micros + 1, "0001-01-01T00:00:00.000001Z"},
    {last_instant.micros - 1, "9999-12-31T23:59:59.999998Z"},
    {last_instant.micros, "9999-12-31T23:59:59.999999Z"},
};

}  // namespace

TEST_CASE("an instant counts microseconds and orders by them") {
    CHECK(Instant{}.micros == 0);
    CHECK(Instant{-1} < Instant{0});
    CHECK(Instant{7} == Instant{7});
    CHECK(first_instant < last_instant);
}

TEST_CASE("no_instant is none that can be written") { CHECK(seatledger::no_instant < first_instant); }

TEST_CASE("to_rfc3339 writes UTC with six decimals") {
    for (const auto& [micros, text] : written) CHECK(to_rfc3339(Instant{micros}) == text);
}

TEST_CASE("parse_rfc3339 reads what to_rfc3339 writes") {
    for (const auto& [micros, text] : written) {
        CAPTURE(text);
        CHECK(parsed(text) == micros);
    }
}

TEST_CASE("the years 1 to 9999 have each day of the calendar once, and no other") {
    std::int64_t day_number = first_instant.micros / (86'400 * micros_a_second);
    bool all_agree = true;
    for (int year = 1; year <= 9999; ++year) {
        for (int month = 1; month <= 12; ++month) {
            const int days = days_in_month(year, month);
            for (const int day : {1, days}) {
                const std::int64_t micros = (day_number + day - 1) * 86'400 * micros_a_second;
                const std::string text = midnight(year, month, day);
                all_agree = all_agree && to_rfc3339(Instant{micros}) == text && parsed(text) == micros;
            }
            all_agree = all_agree && !parse_rfc3339(midnight(year, month, 0));
            all_agree = all_agree && !parse_rfc3339(midnight(year, month, days + 1));
            if (!all_agree) FAIL("year " << year << " month " << month);
            day_number += days;
        }
    }
    CHECK(day_number * 86'400 * micros_a_second == last_instant.micros + 1);
}

TEST_CASE("random instants are written as the C library reads them, and read back") {
    constexpr std::uint64_t seed = 20200907;
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    std::uniform_int_distribution<std::int64_t> whole_range(first_instant.micros, last_instant.micros);
    std::uniform_int_distribution<std::int64_t> near_the_epoch(-5 * micros_a_second, 5 * micros_a_second);
    for (int round = 0; round < 20'000; ++round) {
        const Instant instant{round % 4 == 0 ? near_the_epoch(random) : whole_range(random)};
        const std::string text = to_rfc3339(instant);
        if (text != oracle_rfc3339(instant) || parse_rfc3339(text) != instant) {
            FAIL("instant " << instant.micros << " is written as " << text);
        }
    }
    SUCCEED("all agree");
}

TEST_CASE("date and time are separated by T or a blank") {
    constexpr std::int64_t noon = 1'599'480'000'000'000;
    CHECK(parsed("2020-09-07T12:00:00Z") == noon);
    CHECK(parsed("2020-09-07 12:00:00Z") == noon);
    for (const std::string_view separator : {"t", "_", "", "  ", "T ", "\t", "+"}) {
        CAPTURE(separator);
        CHECK_FALSE(parsed("2020-09-07" + std::string(separator) + "12:00:00Z"));
    }
}

TEST_CASE("zero to six decimals are read, more are not") {
    CHECK(parsed("1970-01-01T00:00:01Z") == 1'000'000);
    CHECK(parsed("1970-01-01T00:00:01.5Z") == 1'500'000);
    CHECK(parsed("1970-01-01T00:00:01.05Z") == 1'050'000);
    CHECK(parsed("1970-01-01T00:00:01.005Z") == 1'005'000);
    CHECK(parsed("1970-01-01T00:00:01.0005Z") == 1'000'500);
    CHECK(parsed("1970-01-01T00:00:01.00005Z") == 1'000'050);
    CHECK(parsed("1970-01-01T00:00:01.000005Z") == 1'000'005);
    CHECK(parsed("1970-01-01T00:00:01.000000Z") == 1'000'000);
    CHECK(parsed("1969-12-31T23:59:59.25Z") == -750'000);
    CHECK_FALSE(parsed("1970-01-01T00:00:01.0000005Z"));
    CHECK_FALSE(parsed("1970-01-01T00:00:01.0000000Z"));
    CHECK_FALSE(parsed("1970-01-01T00:00:01.Z"));
    CHECK_FALSE(parsed("1970-01-01T00:00:01,5Z"));
    CHECK_FALSE(parsed("1970-01-01T00:00:01.5"));
    CHECK_FALSE(parsed("1970-01-01T00:00:01.5.5Z"));
    CHECK_FALSE(parsed("1970-01-01T00:00:01.-5Z"));
}

TEST_CASE("an offset is hours and minutes east of UTC") {
    constexpr std::int64_t noon = 1'599'480'000'000'000;
    CHECK(parsed("2020-09-07T12:00:00+00:00") == noon);
    CHECK(parsed("2020-09-07T12:00:00-00:00") == noon);
    CHECK(parsed("2020-09-07T14:00:00+02:00") == noon);
    CHECK(parsed("2020-09-07T09:00:00-03:00") == noon);
    CHECK(parsed("2020-09-07T17:45:00+05:45") == noon);
    CHECK(parsed("2020-09-07T17:45:00.000001+05:45") == noon + 1);
    CHECK(parsed("2020-09-08T11:59:00+23:59") == noon);
    CHECK(parsed("2020-09-06T12:01:00-23:59") == noon);
    for (const std::string_view offset :
         {"",        "z",       "ZZ",        "+2",     "+02",   "+0200",  "+2:00",
          "+02:0",   "+02:000", "+24:00",    "+02:60", "02:00", "+-2:00", "+02-00",
          "+02:00Z", "Z+02:00", "+02:00:00", "UTC",    " Z",    "Z ",     "\xe2\x88\x92\x30\x33:00"}) {
        CAPTURE(offset);
        CHECK_FALSE(parsed("2020-09-07T12:00:00" + std::string(offset)));
    }
}

TEST_CASE("a day or time that does not exist is not read") {
    for (const std::string_view text : {
             "2021-02-29T00:00:00Z",
             "1900-02-29T00:00:00Z",
             "2020-02-30T00:00:00Z",
             "2020-04-31T00:00:00Z",
             "2020-01-32T00:00:00Z",
             "2020-01-00T00:00:00Z",
             "2020-00-01T00:00:00Z",
             "2020-13-01T00:00:00Z",
             "2020-01-01T24:00:00Z",
             "2020-01-01T12:60:00Z",
             "2020-01-01T12:00:61Z",
             "2020-01-01T99:99:99Z",
         }) {
        CAPTURE(text);
        CHECK_FALSE(parsed(text));
    }
    CHECK(parsed("2020-02-29T00:00:00Z"));
    CHECK(parsed("2000-02-29T00:00:00Z"));
}

TEST_CASE("a leap second is not read") {
    CHECK_FALSE(parsed("2016-12-31T23:59:60Z"));
    CHECK_FALSE(parsed("2016-12-31T23:59:60.5Z"));
    CHECK_FALSE(parsed("2017-01-01T00:59:60+01:00"));
    CHECK(*parsed("2017-01-01T00:00:00Z") - *parsed("2016-12-31T23:59:59Z") == micros_a_second);
}

TEST_CASE("years outside 1 to 9999 are not read, not even by way of the offset") {
    CHECK_FALSE(parsed("0000-12-31T23:59:59.999999Z"));
    CHECK_FALSE(parsed("0000-12-31T23:59:59-01:00"));
    CHECK_FALSE(parsed("10000-01-01T00:00:00Z"));
    CHECK_FALSE(parsed("-0001-01-01T00:00:00Z"));
    CHECK_FALSE(parsed("+2020-01-01T00:00:00Z"));

    CHECK(parsed("0001-01-01T00:01:00+00:01") == first_instant.micros);
    CHECK_FALSE(parsed("0001-01-01T00:00:59.999999+00:01"));
    CHECK(parsed("9999-12-31T23:58:59.999999-00:01") == last_instant.micros);
    CHECK_FALSE(parsed("9999-12-31T23:59:00-00:01"));
}

TEST_CASE("no other text is read: every start of one, and every text with a character more") {
    const std::string text = "2020-09-07T12:34:56.789012Z";
    REQUIRE(parsed(text));
    for (std::size_t length = 0; length < text.size(); ++length) {
        CAPTURE(length);
        CHECK_FALSE(parsed(text.substr(0, length)));
    }
    for (const char extra : {' ', 'Z', '0', '\0', '\n'}) {
        CHECK_FALSE(parsed(text + extra));
        CHECK_FALSE(parsed(extra + text));
    }
    for (const std::string_view other : {"2020-09-07", "12:00:00Z", "20200907T120000Z", "2020-251T12:00:00Z",
                                         "2020-9-7T12:00:00Z", "2020-09-07T12:00Z", "now", "1599480000"}) {
        CAPTURE(other);
        CHECK_FALSE(parsed(other));
    }
}

TEST_CASE("a text with any one character exchanged is either not read or means what it says") {
    const std::string text = "2020-09-17T12:34:56.789012Z";
    int read_count = 0;
    for (std::size_t position = 0; position < text.size(); ++position) {
        for (int character = 0; character < 256; ++character) {
            std::string changed = text;
            changed[position] = static_cast<char>(character);
            const auto instant = parse_rfc3339(changed);
            if (!instant) continue;
            ++read_count;
            if (position == 10) changed[position] = 'T';
            if (to_rfc3339(*instant) != changed) FAIL(changed);
        }
    }
    // For each part, how many digits its first and its last place allow beside the other one.
    const int year = 40, month = 1 + 9, day = 3 + 10, hour = 3 + 10, minute = 6 + 10, second = 6 + 10, decimals = 60;
    const int marks = 2 + 2 + 2 + 1 + 1;  // - - T or blank : : . Z
    CHECK(read_count == year + month + day + hour + minute + second + decimals + marks);
}

TEST_CASE("system_now is the machine's clock") {
    const auto micros_of_clock = [] {
        timespec time{};
        clock_gettime(CLOCK_REALTIME, &time);
        return time.tv_sec * micros_a_second + time.tv_nsec / 1000;
    };
    const std::int64_t before = micros_of_clock();
    const Instant now = seatledger::system_now();
    const std::int64_t after = micros_of_clock();
    CHECK(before <= now.micros);
    CHECK(now.micros <= after);
}
