#include "projections/billing/day_clock.h"

#include <random>

#include "tests/support/calendar_oracle.h"
#include "tests/support/catch.h"

namespace seatledger::billing {

using namespace testing;

TEST_CASE("days that are remembered are those of the calendar") {
    const auto seed = std::random_device{}();
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    for (const auto& name : many_zones()) {
        const auto& zone = zone_named(name);
        const DayClock clock(zone);
        for (int i = 0; i < 1'000; ++i) {
            const CivilDay day{static_cast<std::int32_t>(random() % 90'000) - 2'000};
            const auto start = start_of_day(day, zone);
            REQUIRE(start.has_value());
            INFO(name << ", " << to_text(day));
            CHECK(clock.start_of(day) == *start);
            for (const std::int64_t around : {-1, 0, 1}) {
                const Instant instant{start->micros + around};
                CHECK(clock.day_of(instant) == civil_day(instant, zone));
            }
            const Instant within{start->micros + static_cast<std::int64_t>(random() % 200'000'000'000)};
            CHECK(clock.day_of(within) == civil_day(within, zone));
        }
    }
}

TEST_CASE("around every change of clocks, days that are remembered are those of the calendar") {
    // Days of 0 to 25 hours, and days that begin twice.
    const auto around = [](const std::string& name, std::string_view first, int days) {
        const auto& zone = zone_named(name);
        const DayClock clock(zone);
        const auto begin = start_of_day(*parse_civil_day(first), zone)->micros;
        for (auto at = begin; at < begin + days * 86'400'000'000; at += 600'000'000) {
            INFO(name << ", " << to_rfc3339(Instant{at}));
            CHECK(clock.day_of(Instant{at}) == civil_day(Instant{at}, zone));
            CHECK(clock.day_of(Instant{at - 1}) == civil_day(Instant{at - 1}, zone));
        }
    };
    around("Pacific/Apia", "2011-12-28", 6);
    around("Pacific/Kiritimati", "1994-12-28", 6);
    around("America/Sao_Paulo", "2018-11-02", 4);
    around("America/Sao_Paulo", "2019-02-15", 4);
    around("America/St_Johns", "2010-11-05", 4);
    around("America/Havana", "2020-10-30", 4);
    around("Australia/Lord_Howe", "2024-04-05", 4);
    around("Africa/Casablanca", "2024-03-08", 5);
}

TEST_CASE("before the first year and after the last, days begin with it and end with it") {
    const DayClock clock(zone_named("Asia/Kathmandu"));
    CHECK(clock.start_of(CivilDay{-1'000'000}) == first_instant);
    CHECK(clock.start_of(CivilDay{10'000'000}) == last_instant);
    CHECK(clock.day_of(last_instant) == civil_day(last_instant, zone_named("Asia/Kathmandu")));
}

}  // namespace seatledger::billing
