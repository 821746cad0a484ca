// The calendar compared with the C library's, over many zones, years and terms.
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "events/calendar.h"
#include "tests/support/calendar_oracle.h"
#include "tests/support/catch.h"
#include "tests/support/given.h"

namespace seatledger {

using namespace testing;

TEST_CASE("transitions that a zone file does list are followed, however late") {
    // Gaza's are foretold one by one up to 2086, since they depend on the moon.
    const std::string name = "Asia/Gaza";
    const date::time_zone& zone = zone_named(name);
    const LibcZone libc_zone(name);
    for (std::int64_t second = instant("2037-01-01T12:00:00Z").micros / micros_a_second;
         second < instant("2086-01-01T12:00:00Z").micros / micros_a_second; second += seconds_a_day) {
        const auto sum = add_term(Instant{second * micros_a_second}, Term{0, 1, 0}, zone);
        REQUIRE(sum);
        if (sum->micros != libc_zone.end_of(Term{0, 1, 0}, second) * micros_a_second) FAIL(shown(sum));
    }
    SUCCEED("all agree");
}

TEST_CASE("random terms in many zones end when the rules over the C library's zone data say") {
    constexpr std::uint64_t seed = 20230331;
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    std::uniform_int_distribution<std::int64_t> years_1850_to_2150(-3'786'825'600, 5'711'731'200);
    for (const std::string& name : many_zones()) {
        const date::time_zone& zone = zone_named(name);
        const LibcZone libc_zone(name);
        for (int round = 0; round < 150; ++round) {
            const std::int64_t from = years_1850_to_2150(random);
            const auto micros = static_cast<std::int64_t>(random() % micros_a_second);
            const Term term{static_cast<std::uint32_t>(random() % 60), static_cast<std::uint32_t>(random() % 90),
                            random() % 2 == 0 ? 0 : random() % 200'000};
            const auto sum = add_term(Instant{from * micros_a_second + micros}, term, zone);
            REQUIRE(sum);
            // In a gap the fraction of the second goes too.
            const std::int64_t expected = libc_zone.end_of(term, from) * micros_a_second;
            if (sum->micros != expected + micros && sum->micros != expected) {
                FAIL(name << ": " << from << " + " << term.months << " months " << term.days << " days " << term.seconds
                          << " s is " << shown(sum));
            }
        }
    }
    SUCCEED("all agree");
}

TEST_CASE("every quarter of an hour about a change of clocks leads, a day or a month later, where the rules say") {
    struct Change {
        std::string zone;
        std::string_view around;
    };
    for (const auto& [name, around] : std::vector<Change>{{"Europe/Berlin", "2024-03-31T01:00:00Z"},
                                                          {"Europe/Berlin", "2024-10-27T01:00:00Z"},
                                                          {"Europe/Berlin", "2045-03-26T01:00:00Z"},
                                                          {"Europe/Dublin", "2024-10-27T01:00:00Z"},
                                                          {"America/Sao_Paulo", "2018-11-04T03:00:00Z"},
                                                          {"America/Sao_Paulo", "2019-02-17T02:00:00Z"},
                                                          {"America/Havana", "2024-11-03T05:00:00Z"},
                                                          {"America/St_Johns", "2010-11-07T02:31:00Z"},
                                                          {"America/Nuuk", "2050-03-27T01:00:00Z"},
                                                          {"Asia/Amman", "2021-03-25T22:00:00Z"},
                                                          {"Asia/Jerusalem", "2039-03-25T00:00:00Z"},
                                                          {"Asia/Pyongyang", "2015-08-14T15:00:00Z"},
                                                          {"Asia/Pyongyang", "2018-05-04T15:00:00Z"},
                                                          {"Australia/Lord_Howe", "2040-04-07T15:00:00Z"},
                                                          {"Pacific/Apia", "2011-12-30T10:00:00Z"}}) {
        CAPTURE(name, around);
        const date::time_zone& zone = zone_named(name);
        const LibcZone libc_zone(name);
        const std::int64_t center = instant(around).micros / micros_a_second;
        for (const Term& term : {Term{0, 1, 0}, Term{1, 0, 0}}) {
            const std::int64_t back = term.months > 0 ? 31 : 1;
            for (std::int64_t minute = -36 * 60; minute <= 36 * 60; minute += 15) {
                const std::int64_t from = center - back * seconds_a_day + minute * 60;
                const auto sum = add_term(Instant{from * micros_a_second}, term, zone);
                REQUIRE(sum);
                if (sum->micros != libc_zone.end_of(term, from) * micros_a_second) {
                    FAIL(to_rfc3339(Instant{from * micros_a_second}) << " leads to " << shown(sum));
                }
            }
        }
    }
    SUCCEED("all agree");
}

TEST_CASE("the days of many zones follow each other, and each begins when the rules say") {
    for (const std::string& name : many_zones()) {
        CAPTURE(name);
        const date::time_zone& zone = zone_named(name);
        const LibcZone libc_zone(name);
        std::optional<Instant> before;
        for (std::int64_t day_number = 14'000; day_number < 14'000 + 5 * 366; ++day_number) {
            const UtcDay day = utc_day(day_number * seconds_a_day);
            const auto start =
                start_of_day(day.year, static_cast<unsigned>(day.month), static_cast<unsigned>(day.day), zone);
            REQUIRE(start);
            if (before && *start < *before) FAIL(shown(start) << " comes before the day before");
            if (start->micros != libc_zone.first_at(day_number * seconds_a_day) * micros_a_second) {
                FAIL(day.year << "-" << day.month << "-" << day.day << " begins at " << shown(start));
            }
            before = start;
        }
    }
    SUCCEED("all agree");
}

TEST_CASE("every instant lies between the beginning of its day and that of the next") {
    constexpr std::uint64_t seed = 20261122;
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    std::uniform_int_distribution<std::int64_t> years_1900_to_2100(-2'208'988'800, 4'102'444'800);
    for (const std::string& name : many_zones()) {
        CAPTURE(name);
        const auto start_of = [&](std::int32_t number) {
            const UtcDay day = utc_day(std::int64_t{number} * seconds_a_day);
            return start_of_day(day.year, static_cast<unsigned>(day.month), static_cast<unsigned>(day.day),
                                zone_named(name));
        };
        for (int i = 0; i < 100; ++i) {
            // A quarter of them at the very beginning of a day, or just before it.
            Instant instant{years_1900_to_2100(random) * micros_a_second};
            const auto day = civil_day(instant, zone_named(name)).number;
            if (i % 4 == 0) instant = *start_of(day);
            if (i % 4 == 1) instant = Instant{start_of(day)->micros - 1};
            const auto found = civil_day(instant, zone_named(name)).number;
            if (*start_of(found) > instant || *start_of(found + 1) <= instant) FAIL(to_rfc3339(instant));
        }
    }
    SUCCEED("all do");
}

}  // namespace seatledger
