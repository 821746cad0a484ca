#include "tools/bills/bill_days.h"

#include "events/calendar.h"
#include "tests/support/catch.h"

namespace seatledger::billing {
namespace {

std::string read(std::string_view cell, Bound bound, DateOrder dates, bool ends_inclusive, const char* zone) {
    const BillFormat format{.dates = dates, .ends_inclusive = ends_inclusive, .zone = find_time_zone(zone)};
    const auto day = read_day(cell, bound, format);
    return day ? to_text(*day) : day.error();
}

TEST_CASE("a day of a bill is read in the order that is declared", "[bills]") {
    const auto begin = [](std::string_view cell, DateOrder dates) {
        return read(cell, Bound::begin, dates, false, "UTC");
    };
    CHECK(begin("2025-04-01", DateOrder::iso) == "2025-04-01");
    CHECK(begin("4/1/25", DateOrder::mdy) == "2025-04-01");
    CHECK(begin("4/1/2025", DateOrder::dmy) == "2025-01-04");
    for (const auto* cell :
         {"4/1/25", "25-04-01", "2025-04-31", "20250401", "2025-04-01T", "2025-04-01 x", "2025-04-01T24:00",
          "2025-04-01T9", "2025-04-01T00:60", "2025-04-01T00:00:60", "2025-04-01T00:00:00.", "2025-04-01T00:00:00ZZ",
          "2025-04-01T00:00 CET", "2025-04-01T13:00 PM", "2025-04-01T00:00 AM", "2025-04-01T00:00:00+24:00",
          "2025-04-01T00:00:00+02:60", "2025-04-01T00:00:00+", "2025-04-01T00:00:00 +02:"}) {
        CAPTURE(cell);
        CHECK(begin(cell, DateOrder::iso) ==
              "is not a day written YYYY-MM-DD, alone or with a time: correct it, or say with --dates how days are "
              "written");
    }
    CHECK(begin("2025-04-01T00:00:00Z", DateOrder::mdy).starts_with("is not a day written MM/DD/YYYY"));
}

TEST_CASE("a period ends before the day that is written, or with it where ends are inclusive", "[bills]") {
    for (const auto* cell : {"2019-02-28", "2019-02-28 0:00", "2019-02-28T00:00:00Z", "2019-02-28 12:00:00 AM"}) {
        CAPTURE(cell);
        CHECK(read(cell, Bound::end, DateOrder::iso, false, "America/New_York") == "2019-02-28");
        CHECK(read(cell, Bound::end, DateOrder::iso, true, "America/New_York") == "2019-03-01");
    }
    // The last minute of a day is its end, whatever the convention.
    for (const auto* cell :
         {"2/28/2019 23:59", "2/28/2019 23:59:59", "2/28/2019T23:59:59.999999Z", "2/28/2019 11:59 PM"}) {
        const auto ends_inclusive = GENERATE(false, true);
        CAPTURE(cell);
        CHECK(read(cell, Bound::end, DateOrder::mdy, ends_inclusive, "America/New_York") == "2019-03-01");
    }
}

TEST_CASE("midnight means the day as written, and any other instant the day on which it lies in the zone", "[bills]") {
    struct {
        const char* cell;
        const char* zone;
        const char* begin;
        const char* end;            // exclusive
        const char* end_inclusive;  // written so
    } const rows[] = {
        {"2025-04-01T00:00:00Z", "America/New_York", "2025-04-01", "2025-04-01", "2025-04-02"},
        {"2025-04-01T00:00:00.000-07:00", "UTC", "2025-04-01", "2025-04-01", "2025-04-02"},
        {"2025-04-01 00:00:00 UTC", "Asia/Tokyo", "2025-04-01", "2025-04-01", "2025-04-02"},
        {"2025-04-01T04:00:00Z", "America/New_York", "2025-04-01", "2025-04-01", "2025-04-02"},  // its midnight
        {"2025-04-01T03:59:59Z", "America/New_York", "2025-03-31", "2025-04-01", "2025-04-01"},
        {"2025-04-01T04:00:01Z", "America/New_York", "2025-04-01", "2025-04-02", "2025-04-02"},
        {"2025-03-31T22:00:00Z", "Europe/Berlin", "2025-04-01", "2025-04-01", "2025-04-02"},
        {"2025-03-31T20:00:00-0200", "Europe/Berlin", "2025-04-01", "2025-04-01", "2025-04-02"},
        {"2025-03-31T20:00:00-02", "Europe/Berlin", "2025-04-01", "2025-04-01", "2025-04-02"},
        {"2025-04-01T13:30", "Asia/Tokyo", "2025-04-01", "2025-04-02", "2025-04-02"},  // of no zone
        {"2025-04-01 1:30 PM", "Asia/Tokyo", "2025-04-01", "2025-04-02", "2025-04-02"},
        {"2025-04-01 1:30 PM Z", "Asia/Tokyo", "2025-04-01", "2025-04-02", "2025-04-02"},
        {"2025-04-01 12:00 AM", "Asia/Tokyo", "2025-04-01", "2025-04-01", "2025-04-02"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.cell, row.zone);
        CHECK(read(row.cell, Bound::begin, DateOrder::iso, false, row.zone) == row.begin);
        CHECK(read(row.cell, Bound::end, DateOrder::iso, false, row.zone) == row.end);
        CHECK(read(row.cell, Bound::end, DateOrder::iso, true, row.zone) == row.end_inclusive);
    }
}

TEST_CASE("a day outside the years that can be named is none", "[bills]") {
    CHECK(read("9999-12-31", Bound::end, DateOrder::iso, false, "UTC") == "9999-12-31");
    for (const auto* cell : {"9999-12-31", "9999-12-31T23:59:00Z", "9999-12-31T12:00:00-23:00"}) {
        CHECK(read(cell, Bound::end, DateOrder::iso, true, "UTC") == "lies outside the years 1 to 9999: correct it");
    }
    CHECK(read("0001-01-01T00:30:00+01:00", Bound::begin, DateOrder::iso, true, "UTC").starts_with("lies outside"));
}

}  // namespace
}  // namespace seatledger::billing
