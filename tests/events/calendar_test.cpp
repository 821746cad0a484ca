#include "events/calendar.h"

#include <atomic>
#include <limits>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

#include "tests/support/calendar_oracle.h"
#include "tests/support/catch.h"
#include "tests/support/given.h"

namespace seatledger {
namespace {

using namespace testing;

// `from` plus the term in the zone, as UTC.
std::string sum(std::string_view from, std::string_view term_text, const std::string& zone) {
    return shown(add_term(instant(from), term_of(term_text), zone_named(zone)));
}

std::string day_start(int year, unsigned month, unsigned day, const std::string& zone) {
    return shown(start_of_day(year, month, day, zone_named(zone)));
}

}  // namespace

TEST_CASE("find_time_zone finds the zones and links of the tz database") {
    for (const std::string& name : many_zones()) {
        CAPTURE(name);
        CHECK(find_time_zone(name) != nullptr);
    }
    CHECK(find_time_zone("Europe/Amsterdam") != nullptr);
    CHECK(find_time_zone("Etc/GMT+12") != nullptr);
    CHECK(find_time_zone("Europe/Berlin") == find_time_zone("Europe/Berlin"));
    CHECK(find_time_zone("Europe/Berlin") != find_time_zone("Europe/Paris"));
}

TEST_CASE("find_time_zone gives null for a name that the tz database has not") {
    for (const std::string_view name :
         {"", "Europe", "Europe/", "Europe/Nowhere", "europe/berlin", "EUROPE/BERLIN", " Europe/Berlin",
          "Europe/Berlin ", "Europe//Berlin", "../zoneinfo/Europe/Berlin", "UTC+3", "CEST", "+02:00", "zone.tab",
          "tzdata.zi", "leapseconds", "Berlin"}) {
        CAPTURE(name);
        CHECK(find_time_zone(name) == nullptr);
    }
    CHECK(find_time_zone(std::string_view("Europe/Berlin\0", 14)) == nullptr);
}

TEST_CASE("find_time_zone gives null for the machine's own zone and for clocks with leap seconds") {
    for (const std::string_view name : {"localtime", "posixrules", "right/Europe/Berlin", "right/UTC"}) {
        CAPTURE(name);
        CHECK(find_time_zone(name) == nullptr);
    }
}

TEST_CASE("zones may be found and used by any thread") {
    std::atomic<int> agreed = 0;
    std::vector<std::jthread> threads;
    for (int thread = 0; thread < 4; ++thread) {
        threads.emplace_back([&agreed] {
            for (const std::string& name : many_zones()) {
                const date::time_zone* zone = find_time_zone(name);
                if (zone == nullptr || zone != find_time_zone(name)) return;
                if (!add_term(Instant{0}, Term{1, 1, 1}, *zone)) return;
            }
            ++agreed;
        });
    }
    threads.clear();
    CHECK(agreed == 4);
}

TEST_CASE("months come first and end on the month's last day, then come the days") {
    CHECK(sum("2023-01-31T00:00:00Z", "P1M", "UTC") == "2023-02-28T00:00:00.000000Z");
    CHECK(sum("2024-01-31T00:00:00Z", "P1M", "UTC") == "2024-02-29T00:00:00.000000Z");
    CHECK(sum("2024-01-30T00:00:00Z", "P1M", "UTC") == "2024-02-29T00:00:00.000000Z");
    CHECK(sum("2024-01-29T00:00:00Z", "P1M", "UTC") == "2024-02-29T00:00:00.000000Z");
    CHECK(sum("2024-01-28T00:00:00Z", "P1M", "UTC") == "2024-02-28T00:00:00.000000Z");
    CHECK(sum("2024-01-31T00:00:00Z", "P2M", "UTC") == "2024-03-31T00:00:00.000000Z");
    CHECK(sum("2024-03-31T00:00:00Z", "P1M", "UTC") == "2024-04-30T00:00:00.000000Z");
    CHECK(sum("2024-10-31T00:00:00Z", "P4M", "UTC") == "2025-02-28T00:00:00.000000Z");
    CHECK(sum("2024-12-31T00:00:00Z", "P1M", "UTC") == "2025-01-31T00:00:00.000000Z");

    CHECK(sum("2023-01-31T00:00:00Z", "P1M1D", "UTC") == "2023-03-01T00:00:00.000000Z");
    CHECK(sum("2024-01-31T00:00:00Z", "P1M1D", "UTC") == "2024-03-01T00:00:00.000000Z");
    CHECK(sum("2023-01-30T00:00:00Z", "P1M30D", "UTC") == "2023-03-30T00:00:00.000000Z");
    CHECK(sum("2023-01-01T00:00:00Z", "P2W", "UTC") == "2023-01-15T00:00:00.000000Z");
    CHECK(sum("2023-12-25T00:00:00Z", "P1W1D", "UTC") == "2024-01-02T00:00:00.000000Z");
}

TEST_CASE("a year from a leap day ends on February 28, four years on the next leap day") {
    CHECK(sum("2024-02-29T12:00:00Z", "P1Y", "UTC") == "2025-02-28T12:00:00.000000Z");
    CHECK(sum("2024-02-29T12:00:00Z", "P4Y", "UTC") == "2028-02-29T12:00:00.000000Z");
    CHECK(sum("2023-02-28T12:00:00Z", "P1Y", "UTC") == "2024-02-28T12:00:00.000000Z");
    CHECK(sum("1896-02-29T12:00:00Z", "P4Y", "UTC") == "1900-02-28T12:00:00.000000Z");
    CHECK(sum("1996-02-29T12:00:00Z", "P4Y", "UTC") == "2000-02-29T12:00:00.000000Z");
    CHECK(sum("2024-02-29T12:00:00Z", "P366D", "UTC") == "2025-03-01T12:00:00.000000Z");
}

TEST_CASE("the calendar part is counted in the zone, on its day and at its time of day") {
    // 23:30 UTC is the next day already in Berlin, and the month's last one there.
    CHECK(sum("2024-01-30T23:30:00Z", "P1M", "Europe/Berlin") == "2024-02-28T23:30:00.000000Z");
    CHECK(sum("2024-01-30T22:59:59.999999Z", "P1M", "Europe/Berlin") == "2024-02-29T22:59:59.999999Z");
    CHECK(sum("2024-03-01T02:00:00Z", "P1M", "America/New_York") == "2024-03-30T01:00:00.000000Z");

    CHECK(sum("2024-01-15T11:00:00Z", "P6M", "Europe/Berlin") == "2024-07-15T10:00:00.000000Z");
    CHECK(sum("2024-07-15T10:00:00Z", "P6M", "Europe/Berlin") == "2025-01-15T11:00:00.000000Z");
    CHECK(sum("2024-01-15T11:00:00.123456Z", "P6M", "Europe/Berlin") == "2024-07-15T10:00:00.123456Z");
    CHECK(sum("2024-04-13T18:15:00.000001Z", "P1Y", "Asia/Kathmandu") == "2025-04-13T18:15:00.000001Z");
}

TEST_CASE("the time part is elapsed time, added after the calendar part") {
    CHECK(sum("2024-03-30T12:00:00Z", "P1D", "Europe/Berlin") == "2024-03-31T11:00:00.000000Z");
    CHECK(sum("2024-03-30T12:00:00Z", "PT24H", "Europe/Berlin") == "2024-03-31T12:00:00.000000Z");
    CHECK(sum("2024-03-30T12:00:00Z", "P1DT24H", "Europe/Berlin") == "2024-04-01T11:00:00.000000Z");
    CHECK(sum("2024-10-26T12:00:00Z", "P1D", "Europe/Berlin") == "2024-10-27T13:00:00.000000Z");
    CHECK(sum("2024-10-26T12:00:00Z", "PT24H", "Europe/Berlin") == "2024-10-27T12:00:00.000000Z");
    CHECK(sum("2024-01-31T23:59:59.999999Z", "P1MT1S", "UTC") == "2024-03-01T00:00:00.999999Z");
    CHECK(sum("2016-12-31T23:59:59Z", "PT1S", "UTC") == "2017-01-01T00:00:00.000000Z");
}

TEST_CASE("a local time that does not exist is the first instant after the gap") {
    // Berlin, 2024-03-31: 02:00 to 03:00 is left out at 01:00 UTC.
    CHECK(sum("2024-03-30T00:59:59.999999Z", "P1D", "Europe/Berlin") == "2024-03-31T00:59:59.999999Z");
    CHECK(sum("2024-03-30T01:00:00Z", "P1D", "Europe/Berlin") == "2024-03-31T01:00:00.000000Z");
    CHECK(sum("2024-03-30T01:00:00.000001Z", "P1D", "Europe/Berlin") == "2024-03-31T01:00:00.000000Z");
    CHECK(sum("2024-03-30T01:30:00Z", "P1D", "Europe/Berlin") == "2024-03-31T01:00:00.000000Z");
    CHECK(sum("2024-03-30T01:59:59.999999Z", "P1D", "Europe/Berlin") == "2024-03-31T01:00:00.000000Z");
    CHECK(sum("2024-03-30T02:00:00Z", "P1D", "Europe/Berlin") == "2024-03-31T01:00:00.000000Z");
    CHECK(sum("2024-03-30T02:00:00.000001Z", "P1D", "Europe/Berlin") == "2024-03-31T01:00:00.000001Z");
    CHECK(sum("2024-03-30T01:30:00Z", "P1DT1H", "Europe/Berlin") == "2024-03-31T02:00:00.000000Z");

    // Half an hour on Lord Howe Island; half an hour up to midnight in Pyongyang.
    CHECK(sum("2024-10-04T15:45:00Z", "P1D", "Australia/Lord_Howe") == "2024-10-05T15:30:00.000000Z");
    CHECK(sum("2018-05-03T15:15:00Z", "P1D", "Asia/Pyongyang") == "2018-05-04T15:00:00.000000Z");

    // Samoa left out the whole of 2011-12-30 to change the side of the date line.
    CHECK(sum("2011-12-29T22:00:00Z", "P1D", "Pacific/Apia") == "2011-12-30T10:00:00.000000Z");
    CHECK(sum("2011-12-29T22:00:00Z", "P2D", "Pacific/Apia") == "2011-12-30T22:00:00.000000Z");
    CHECK(sum("2011-11-30T22:00:00Z", "P1M", "Pacific/Apia") == "2011-12-30T10:00:00.000000Z");
}

TEST_CASE("a local time that exists twice is the first") {
    // Berlin, 2024-10-27: 02:00 to 03:00 comes twice, from 00:00 and from 01:00 UTC.
    CHECK(sum("2024-10-25T23:59:59.999999Z", "P1D", "Europe/Berlin") == "2024-10-26T23:59:59.999999Z");
    CHECK(sum("2024-10-26T00:00:00Z", "P1D", "Europe/Berlin") == "2024-10-27T00:00:00.000000Z");
    CHECK(sum("2024-10-26T00:30:00Z", "P1D", "Europe/Berlin") == "2024-10-27T00:30:00.000000Z");
    CHECK(sum("2024-10-26T00:59:59.999999Z", "P1D", "Europe/Berlin") == "2024-10-27T00:59:59.999999Z");
    CHECK(sum("2024-10-26T01:00:00Z", "P1D", "Europe/Berlin") == "2024-10-27T02:00:00.000000Z");

    // The same from standard time, and from the second of the two.
    CHECK(sum("2024-02-27T01:30:00Z", "P8M", "Europe/Berlin") == "2024-10-27T00:30:00.000000Z");
    CHECK(sum("2024-10-27T01:30:00Z", "P1D", "Europe/Berlin") == "2024-10-28T01:30:00.000000Z");
    CHECK(sum("2023-10-29T01:30:00Z", "P364D", "Europe/Berlin") == "2024-10-27T00:30:00.000000Z");

    CHECK(sum("2015-08-13T14:45:00Z", "P1D", "Asia/Pyongyang") == "2015-08-14T14:45:00.000000Z");
    CHECK(sum("2015-08-13T15:00:00Z", "P1D", "Asia/Pyongyang") == "2015-08-14T15:30:00.000000Z");
}

TEST_CASE("a calendar part of zero leaves the instant as it is") {
    // The second 02:30 of the day: by way of local time it would become the first.
    const std::string_view second_time = "2024-10-27T01:30:00.000001Z";
    CHECK(sum(second_time, "P0D", "Europe/Berlin") == second_time);
    CHECK(sum(second_time, "PT1S", "Europe/Berlin") == "2024-10-27T01:30:01.000001Z");
    CHECK(shown(add_term(first_instant, Term{}, zone_named("America/New_York"))) == to_rfc3339(first_instant));
    CHECK(shown(add_term(last_instant, Term{}, zone_named("Pacific/Kiritimati"))) == to_rfc3339(last_instant));
}

TEST_CASE("instants before 1970 are counted like others") {
    CHECK(sum("1969-12-31T23:59:59.999999Z", "PT1S", "UTC") == "1970-01-01T00:00:00.999999Z");
    CHECK(sum("1969-12-31T23:59:59.999999Z", "P1M", "UTC") == "1970-01-31T23:59:59.999999Z");
    CHECK(sum("1968-02-28T23:59:59.999999Z", "P1D", "UTC") == "1968-02-29T23:59:59.999999Z");
    CHECK(sum("1945-05-23T10:00:00Z", "P1D", "Europe/Berlin") == "1945-05-24T09:00:00.000000Z");
    // Berlin's mean time of 53:28 before 1893-04-01.
    CHECK(sum("1893-03-31T11:06:32Z", "P1D", "Europe/Berlin") == "1893-04-01T11:00:00.000000Z");
    CHECK(sum("0004-02-28T12:00:00Z", "P1D", "UTC") == "0004-02-29T12:00:00.000000Z");
}

TEST_CASE("rules that go on for ever are followed beyond the transitions that zone files list") {
    CHECK(sum("2036-07-01T10:00:00Z", "P1Y", "Europe/Berlin") == "2037-07-01T10:00:00.000000Z");
    CHECK(sum("2036-07-01T10:00:00Z", "P2Y", "Europe/Berlin") == "2038-07-01T10:00:00.000000Z");
    CHECK(sum("2036-07-01T10:00:00Z", "P30M", "Europe/Berlin") == "2039-01-01T11:00:00.000000Z");
    CHECK(sum("2024-07-01T10:00:00Z", "P99Y", "Europe/Berlin") == "2123-07-01T10:00:00.000000Z");
    CHECK(sum("2024-02-29T11:00:00Z", "P376Y", "Europe/Berlin") == "2400-02-29T11:00:00.000000Z");

    // 2040: on March 25 and on October 28.
    CHECK(sum("2040-03-24T00:59:59.999999Z", "P1D", "Europe/Berlin") == "2040-03-25T00:59:59.999999Z");
    CHECK(sum("2040-03-24T01:30:00Z", "P1D", "Europe/Berlin") == "2040-03-25T01:00:00.000000Z");
    CHECK(sum("2040-03-24T02:00:00Z", "P1D", "Europe/Berlin") == "2040-03-25T01:00:00.000000Z");
    CHECK(sum("2040-10-27T00:30:00Z", "P1D", "Europe/Berlin") == "2040-10-28T00:30:00.000000Z");
    CHECK(sum("2040-10-27T01:00:00Z", "P1D", "Europe/Berlin") == "2040-10-28T02:00:00.000000Z");

    // South of the equator summer time spans the new year; Moscow and São Paulo have none any more.
    CHECK(sum("2037-12-31T13:00:00Z", "P1M", "Australia/Sydney") == "2038-01-31T13:00:00.000000Z");
    CHECK(sum("2037-12-31T13:00:00Z", "P6M", "Australia/Sydney") == "2038-06-30T14:00:00.000000Z");
    CHECK(sum("2037-01-01T03:00:00Z", "P18M", "America/Sao_Paulo") == "2038-07-01T03:00:00.000000Z");
    CHECK(sum("2037-01-01T03:00:00Z", "P18M", "Europe/Moscow") == "2038-07-01T03:00:00.000000Z");
}

TEST_CASE("add_term gives nothing outside the years 1 to 9999") {
    const date::time_zone& utc = zone_named("UTC");
    CHECK(shown(add_term(Instant{last_instant.micros - micros_a_second}, term_of("PT1S"), utc)) ==
          to_rfc3339(last_instant));
    CHECK_FALSE(add_term(Instant{last_instant.micros - micros_a_second + 1}, term_of("PT1S"), utc));
    CHECK(sum("9999-12-30T23:59:59.999999Z", "P1D", "UTC") == "9999-12-31T23:59:59.999999Z");
    CHECK(sum("9999-12-31T00:00:00Z", "P1D", "UTC") == "nothing");
    CHECK(sum("9999-11-30T00:00:00Z", "P1M", "UTC") == "9999-12-30T00:00:00.000000Z");
    CHECK(sum("9999-12-01T00:00:00Z", "P1M", "UTC") == "nothing");
    CHECK(sum("0001-01-01T00:00:00Z", "P9998Y", "UTC") == "9999-01-01T00:00:00.000000Z");
    CHECK(sum("0001-01-01T00:00:00Z", "P9999Y", "UTC") == "nothing");
    CHECK(shown(add_term(first_instant, Term{0, 3'652'058, 0}, utc)) == "9999-12-31T00:00:00.000000Z");
    CHECK(shown(add_term(first_instant, Term{0, 3'652'059, 0}, utc)) == "nothing");
    CHECK(shown(add_term(first_instant, Term{0, 0, 315'537'897'599}, utc)) == "9999-12-31T23:59:59.000000Z");
    CHECK(shown(add_term(first_instant, Term{0, 0, 315'537'897'600}, utc)) == "nothing");
}

TEST_CASE("the bounds are those of the instant, not of the local day") {
    // Local time is in the year 10000 on Kiritimati, fourteen hours ahead, and in the year 0 in New York.
    CHECK(sum("9999-12-30T20:00:00Z", "P1D", "Pacific/Kiritimati") == "9999-12-31T20:00:00.000000Z");
    CHECK(sum("9999-12-31T00:00:00Z", "P1D", "Pacific/Kiritimati") == "nothing");
    CHECK(sum("0001-01-01T00:00:00Z", "P1D", "America/New_York") == "0001-01-02T00:00:00.000000Z");
    CHECK(sum("0001-01-01T00:00:00Z", "P1M", "America/New_York") == "0001-02-01T00:00:00.000000Z");
    CHECK(sum("9999-12-30T23:59:59.999999Z", "P1D", "America/New_York") == "9999-12-31T23:59:59.999999Z");
    CHECK(sum("9999-12-31T00:00:00Z", "P1D", "America/New_York") == "nothing");
}

TEST_CASE("add_term gives nothing for an instant that is none, and for terms beyond all bounds") {
    const date::time_zone& berlin = zone_named("Europe/Berlin");
    CHECK_FALSE(add_term(no_instant, term_of("P1Y"), berlin));
    CHECK_FALSE(add_term(no_instant, Term{}, berlin));
    CHECK_FALSE(add_term(Instant{first_instant.micros - 1}, term_of("P1D"), berlin));
    CHECK_FALSE(add_term(Instant{last_instant.micros + 1}, Term{}, berlin));
    CHECK_FALSE(add_term(Instant{std::numeric_limits<std::int64_t>::max()}, term_of("PT1S"), berlin));

    constexpr auto most32 = std::numeric_limits<std::uint32_t>::max();
    constexpr auto most64 = std::numeric_limits<std::uint64_t>::max();
    for (const Instant from : {first_instant, Instant{0}, last_instant}) {
        CHECK_FALSE(add_term(from, Term{most32, 0, 0}, berlin));
        CHECK_FALSE(add_term(from, Term{0, most32, 0}, berlin));
        CHECK_FALSE(add_term(from, Term{0, 0, most64}, berlin));
        CHECK_FALSE(add_term(from, Term{most32, most32, most64}, berlin));
        CHECK_FALSE(add_term(from, Term{1, 1, most64 - 1}, berlin));
        CHECK_FALSE(add_term(from, Term{0, 0, std::uint64_t{1} << 63}, berlin));
        CHECK_FALSE(add_term(from, Term{0, 0, most64 / 1'000'000 + 2}, berlin));
        CHECK_FALSE(add_term(from, Term{119'988, 3'659'634, 0}, berlin));
    }
}

TEST_CASE("a civil day begins at its midnight in the zone") {
    CHECK(day_start(2024, 1, 15, "UTC") == "2024-01-15T00:00:00.000000Z");
    CHECK(day_start(2024, 1, 15, "Europe/Berlin") == "2024-01-14T23:00:00.000000Z");
    CHECK(day_start(2024, 7, 15, "Europe/Berlin") == "2024-07-14T22:00:00.000000Z");
    CHECK(day_start(2024, 3, 31, "Europe/Berlin") == "2024-03-30T23:00:00.000000Z");
    CHECK(day_start(2024, 4, 1, "Europe/Berlin") == "2024-03-31T22:00:00.000000Z");
    CHECK(day_start(2024, 2, 29, "Asia/Kathmandu") == "2024-02-28T18:15:00.000000Z");
    CHECK(day_start(2060, 7, 1, "Europe/Berlin") == "2060-06-30T22:00:00.000000Z");
    CHECK(day_start(1850, 1, 1, "Europe/Berlin") == "1849-12-31T23:06:32.000000Z");
}

TEST_CASE("a civil day whose midnight does not exist begins at the end of the gap") {
    CHECK(day_start(2018, 11, 3, "America/Sao_Paulo") == "2018-11-03T03:00:00.000000Z");
    CHECK(day_start(2018, 11, 4, "America/Sao_Paulo") == "2018-11-04T03:00:00.000000Z");
    CHECK(day_start(2018, 11, 5, "America/Sao_Paulo") == "2018-11-05T02:00:00.000000Z");
    CHECK(sum("2018-10-04T03:00:00Z", "P1M", "America/Sao_Paulo") == "2018-11-04T03:00:00.000000Z");
    CHECK(sum("2018-10-04T03:59:59.999999Z", "P1M", "America/Sao_Paulo") == "2018-11-04T03:00:00.000000Z");

    CHECK(day_start(2021, 3, 26, "Asia/Amman") == "2021-03-25T22:00:00.000000Z");
    CHECK(day_start(2021, 3, 27, "Asia/Amman") == "2021-03-26T21:00:00.000000Z");
    CHECK(day_start(2021, 3, 28, "Asia/Beirut") == "2021-03-27T22:00:00.000000Z");
}

TEST_CASE("a civil day whose midnight exists twice begins at the first") {
    // Havana goes from 01:00 back to 00:00; Newfoundland went from 00:01 back to 23:01 of the day before.
    CHECK(day_start(2024, 11, 3, "America/Havana") == "2024-11-03T04:00:00.000000Z");
    CHECK(day_start(2024, 11, 4, "America/Havana") == "2024-11-04T05:00:00.000000Z");
    CHECK(day_start(2010, 11, 7, "America/St_Johns") == "2010-11-07T02:30:00.000000Z");
    CHECK(day_start(2010, 11, 8, "America/St_Johns") == "2010-11-08T03:30:00.000000Z");
    // São Paulo went from 00:00 back to 23:00: midnight comes once, an hour later.
    CHECK(day_start(2019, 2, 17, "America/Sao_Paulo") == "2019-02-17T03:00:00.000000Z");
}

TEST_CASE("a civil day that a zone left out is empty: it begins where the next one does") {
    CHECK(day_start(2011, 12, 29, "Pacific/Apia") == "2011-12-29T10:00:00.000000Z");
    CHECK(day_start(2011, 12, 30, "Pacific/Apia") == "2011-12-30T10:00:00.000000Z");
    CHECK(day_start(2011, 12, 31, "Pacific/Apia") == "2011-12-30T10:00:00.000000Z");
}

TEST_CASE("a civil day ends where the next one begins, across months, leap days and changes of clocks") {
    const auto end = [](std::string_view within, const std::string& zone) {
        const auto& in = zone_named(zone);
        return shown(end_of_day(civil_day(instant(within), in), in));
    };
    CHECK(end("2020-02-28T12:00:00Z", "UTC") == "2020-02-29T00:00:00.000000Z");
    CHECK(end("2020-02-29T12:00:00Z", "UTC") == "2020-03-01T00:00:00.000000Z");
    CHECK(end("2020-12-31T23:59:59.999999Z", "UTC") == "2021-01-01T00:00:00.000000Z");
    CHECK(end("2020-03-28T23:00:00Z", "Europe/Berlin") == "2020-03-29T22:00:00.000000Z");
    CHECK(end("2011-12-29T12:00:00Z", "Pacific/Apia") == "2011-12-30T10:00:00.000000Z");
    CHECK(end("9999-12-31T00:00:00Z", "UTC") == "nothing");
}

TEST_CASE("there is no start of a day that does not exist") {
    const date::time_zone& utc = zone_named("UTC");
    struct Day {
        int year;
        unsigned month, day;
    };
    constexpr unsigned most = std::numeric_limits<unsigned>::max();
    for (const auto& [year, month, day] : {
             Day{2023, 2, 29},
             Day{1900, 2, 29},
             Day{2024, 2, 30},
             Day{2024, 4, 31},
             Day{2024, 1, 32},
             Day{2024, 1, 0},
             Day{2024, 0, 1},
             Day{2024, 13, 1},
             // Numbers that would be valid if they were cut to a byte.
             Day{2024, 257, 1},
             Day{2024, 1, 257},
             Day{2024, most, 1},
             Day{2024, 1, most},
             Day{2024, 256, 256},
         }) {
        CAPTURE(year, month, day);
        CHECK_FALSE(start_of_day(year, month, day, utc));
    }
    CHECK(start_of_day(2024, 2, 29, utc));
    CHECK(start_of_day(2000, 2, 29, utc));
}

TEST_CASE("there is no start of a day outside the years 1 to 9999") {
    const date::time_zone& utc = zone_named("UTC");
    CHECK(shown(start_of_day(1, 1, 1, utc)) == to_rfc3339(first_instant));
    CHECK(day_start(9999, 12, 31, "UTC") == "9999-12-31T00:00:00.000000Z");
    // Numbers that would be valid years if they were cut to two bytes are among them.
    for (const int year : {0, -1, -2024, 10'000, 65'536 + 2024, -65'536 + 2024, std::numeric_limits<int>::max(),
                           std::numeric_limits<int>::min()}) {
        CAPTURE(year);
        CHECK_FALSE(start_of_day(year, 1, 1, utc));
        CHECK_FALSE(start_of_day(year, 1, 1, zone_named("Pacific/Kiritimati")));
        CHECK_FALSE(start_of_day(year, 12, 31, zone_named("America/New_York")));
    }
    // East of Greenwich the first day begins before the first instant.
    CHECK_FALSE(start_of_day(1, 1, 1, zone_named("Europe/Berlin")));
    CHECK(start_of_day(1, 1, 2, zone_named("Europe/Berlin")));
    CHECK(start_of_day(1, 1, 1, zone_named("America/New_York")));
    CHECK(start_of_day(9999, 12, 31, zone_named("America/New_York")));
}

TEST_CASE("an instant lies on the last day that begins at or before it") {
    const auto day = [](std::string_view when, const std::string& zone) {
        return to_text(civil_day(instant(when), zone_named(zone)));
    };
    CHECK(day("2026-03-01T00:00:00Z", "UTC") == "2026-03-01");
    CHECK(day("2026-02-28T23:59:59.999999Z", "UTC") == "2026-02-28");
    CHECK(day("2024-02-29T12:00:00Z", "UTC") == "2024-02-29");
    CHECK(day("1969-12-31T23:59:59.999999Z", "UTC") == "1969-12-31");
    CHECK(day("2026-03-01T23:30:00Z", "Europe/Berlin") == "2026-03-02");
    CHECK(day("2026-03-01T03:00:00Z", "America/New_York") == "2026-02-28");
    CHECK(day("2018-11-04T02:59:59.999999Z", "America/Sao_Paulo") == "2018-11-03");
    CHECK(day("2018-11-04T03:00:00Z", "America/Sao_Paulo") == "2018-11-04");
    // Put back from 00:01 to 23:01: the day had begun a minute before, and goes on.
    CHECK(day("2010-11-07T02:29:59.999999Z", "America/St_Johns") == "2010-11-06");
    CHECK(day("2010-11-07T02:30:00Z", "America/St_Johns") == "2010-11-07");
    CHECK(day("2010-11-07T02:31:00Z", "America/St_Johns") == "2010-11-07");
    CHECK(day("2010-11-07T03:30:00Z", "America/St_Johns") == "2010-11-07");
    CHECK(day("2011-12-30T10:00:00Z", "Pacific/Apia") == "2011-12-31");
}

TEST_CASE("calendar and clock show what the zone has at that instant, with its distance from UTC") {
    const auto shown = [](std::string_view when, const std::string& zone) {
        return local_time(instant(when), zone_named(zone));
    };
    CHECK(shown("2026-03-01T12:34:56.999999Z", "UTC") == LocalTime{2026, 3, 1, 12, 34, 56, 0});
    CHECK(shown("2024-02-29T23:30:00Z", "Europe/Berlin") == LocalTime{2024, 3, 1, 0, 30, 0, 3'600});
    CHECK(shown("2020-01-01T00:00:00Z", "America/New_York") == LocalTime{2019, 12, 31, 19, 0, 0, -18'000});
    CHECK(shown("1969-12-31T23:59:59.999999Z", "Asia/Kathmandu") == LocalTime{1970, 1, 1, 5, 29, 59, 19'800});
    CHECK(shown("1850-01-01T00:00:00Z", "Europe/Berlin") == LocalTime{1850, 1, 1, 0, 53, 28, 3'208});
    // Put back from 03:00 to 02:00: half past two comes twice.
    CHECK(shown("2024-10-27T00:30:00Z", "Europe/Berlin") == LocalTime{2024, 10, 27, 2, 30, 0, 7'200});
    CHECK(shown("2024-10-27T01:30:00Z", "Europe/Berlin") == LocalTime{2024, 10, 27, 2, 30, 0, 3'600});
    // Beyond the transitions that zone files list.
    CHECK(shown("2060-07-01T00:00:00Z", "Europe/Berlin") == LocalTime{2060, 7, 1, 2, 0, 0, 7'200});
    CHECK(shown("9999-12-31T23:59:59Z", "Pacific/Kiritimati") == LocalTime{10000, 1, 1, 13, 59, 59, 50'400});
    CHECK(shown("0001-01-01T00:00:00Z", "Etc/GMT+12") == LocalTime{0, 12, 31, 12, 0, 0, -43'200});
}

TEST_CASE("days of the calendar are numbers and dates, and begin where their date does") {
    const auto& kathmandu = zone_named("Asia/Kathmandu");
    const std::vector<std::pair<std::int32_t, Date>> rows = {
        {0, {1970, 1, 1}},      {-1, {1969, 12, 31}},  {19'782, {2024, 2, 29}},
        {19'783, {2024, 3, 1}}, {-719'162, {1, 1, 1}}, {2'932'896, {9999, 12, 31}},
    };
    for (const auto& [number, date] : rows) {
        CAPTURE(number);
        CHECK(date_of(CivilDay{number}) == date);
        CHECK(civil_day(date) == CivilDay{number});
        CHECK(start_of_day(CivilDay{number}, kathmandu) == start_of_day(date.year, date.month, date.day, kathmandu));
        CHECK(parse_civil_day(to_text(CivilDay{number})) == CivilDay{number});
    }
    for (const auto& date : {Date{2023, 2, 29}, Date{2024, 13, 1}, Date{2024, 0, 1}, Date{2024, 1, 0},
                             Date{2024, 4, 31}, Date{0, 12, 31}, Date{10000, 1, 1}, Date{-1, 1, 1}}) {
        CHECK_FALSE(civil_day(date).has_value());
    }
    for (const std::int32_t number :
         {-719'163, 2'932'897, 100'000'000, -100'000'000, std::numeric_limits<int>::max()}) {
        CAPTURE(number);
        CHECK_FALSE(start_of_day(CivilDay{number}, kathmandu).has_value());
    }
}

TEST_CASE("a day is read as it is written, and no other text is one") {
    CHECK(parse_civil_day("2024-02-29") == CivilDay{19'782});
    CHECK(parse_civil_day("0001-01-01") == CivilDay{-719'162});
    for (const std::string_view text :
         {"", "2024", "2024-02", "2024-02-30", "2023-02-29", "2024-2-29", "24-02-29", "2024-02-29 ", " 2024-02-29",
          "2024/02/29", "2024-02-29T00:00:00Z", "20240229", "2024-02-2x", "-024-02-29", "+024-02-29", "0000-01-01",
          "02024-02-29", "2024-00-10", "2024-13-01"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_civil_day(text).has_value());
    }
}

}  // namespace seatledger
