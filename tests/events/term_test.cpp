// Terms as they are written: ISO 8601 durations.
#include <cstdint>
#include <limits>
#include <string>
#include <string_view>

#include "events/calendar.h"
#include "tests/support/catch.h"

using seatledger::parse_term;
using seatledger::Term;

namespace {

Term term(std::string_view text) {
    const auto parsed = parse_term(text);
    INFO(text);
    REQUIRE(parsed);
    return *parsed;
}

}  // namespace

TEST_CASE("parse_term reads years, months, weeks, days, hours, minutes and seconds") {
    CHECK(parse_term("P1Y") == Term{12, 0, 0});
    CHECK(parse_term("P6M") == Term{6, 0, 0});
    CHECK(parse_term("P1Y2M10D") == Term{14, 10, 0});
    CHECK(parse_term("P2W") == Term{0, 14, 0});
    CHECK(parse_term("P30D") == Term{0, 30, 0});
    CHECK(parse_term("PT48H") == Term{0, 0, 172'800});
    CHECK(parse_term("PT1M") == Term{0, 0, 60});
    CHECK(parse_term("P1M") == Term{1, 0, 0});
    CHECK(parse_term("P1MT1M") == Term{1, 0, 60});
    CHECK(parse_term("PT1S") == Term{0, 0, 1});
    CHECK(parse_term("P1Y2M3W4DT5H6M7S") == Term{14, 25, 5 * 3600 + 6 * 60 + 7});
    CHECK(parse_term("P1DT12H") == Term{0, 1, 43'200});
    CHECK(parse_term("P007D") == Term{0, 7, 0});
    CHECK(parse_term("P1Y0M0DT0H0M0S") == Term{12, 0, 0});
    CHECK(parse_term("P18M") == parse_term("P1Y6M"));
}

TEST_CASE("a term of zero is read and is not positive; any other is positive") {
    for (const std::string_view zero : {"P0D", "P0Y", "PT0S", "P0Y0M0W0DT0H0M0S"}) {
        CAPTURE(zero);
        CHECK(parse_term(zero) == Term{});
        CHECK_FALSE(term(zero).is_positive());
    }
    for (const std::string_view positive : {"P1Y", "P1M", "P1W", "P1D", "PT1H", "PT1M", "PT1S"}) {
        CAPTURE(positive);
        CHECK(term(positive).is_positive());
    }
}

TEST_CASE("parse_term reads no fractions and no signs") {
    for (const std::string_view text : {"P1.5Y", "P1,5Y", "P0.5D", "PT1.5S", "PT0,5H", "-P1Y", "+P1Y", "P-1Y", "P+1Y",
                                        "P1Y-2M", "PT-1S", "P1.D", "P.5D"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_term(text));
    }
}

TEST_CASE("parse_term reads no designator twice or out of order") {
    for (const std::string_view text :
         {"P1Y1Y", "P1M1M", "P1W1W",  "P1D1D",  "PT1H1H", "PT1M1M",  "PT1S1S", "P1M1Y",   "P1D1M",
          "P1D1W", "P1W1M", "PT1M1H", "PT1S1M", "PT1S1H", "PT1HT1M", "PTT1H",  "P1DT1HT", "PP1D",
          "P1H",   "P1S",   "PT1Y",   "PT1D",   "PT1W",   "P1YT1D",  "PT1H1D", "P1DT1M1H"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_term(text));
    }
}

TEST_CASE("parse_term reads no text without a designator, and no other text") {
    for (const std::string_view text : {"P",         "PT",
                                        "P1YT",      "P1",
                                        "PT1",       "P1Y2",
                                        "PY",        "PTH",
                                        "1Y",        "Y1",
                                        "T1H",       "p1y",
                                        "P1y",       "Pt1h",
                                        "P1YT1h",    "P1X",
                                        "P1Y2X",     "P0003-06-04T12:30:05",
                                        "P00030604", "2020-01-01/P1Y",
                                        "R5/P1Y",    "P0x1D",
                                        "P1e3D",     "P٣D"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_term(text));
    }
    for (const std::string_view text : {"", " ", " P1Y", "P1Y ", "P 1Y", "P1 Y", "P1Y 2M", "1 year"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_term(text));
    }
    CHECK_FALSE(parse_term(std::string_view("P1Y\0", 4)));
}

TEST_CASE("parse_term reads totals up to 9,999 years and nothing over them") {
    // 400 years of the Gregorian calendar have 146,097 days.
    CHECK(parse_term("P9999Y") == Term{119'988, 0, 0});
    CHECK_FALSE(parse_term("P10000Y"));
    CHECK_FALSE(parse_term("P9999Y1M"));
    CHECK_FALSE(parse_term("P9999Y1D"));
    CHECK_FALSE(parse_term("P9999YT1S"));
    CHECK(parse_term("P9998Y12M") == Term{119'988, 0, 0});
    CHECK_FALSE(parse_term("P9998Y13M"));
    CHECK(parse_term("P119988M") == Term{119'988, 0, 0});
    CHECK_FALSE(parse_term("P119989M"));
    CHECK(parse_term("P3652059D") == Term{0, 3'652'059, 0});
    CHECK_FALSE(parse_term("P3652060D"));
    CHECK(parse_term("P521722W") == Term{0, 3'652'054, 0});
    CHECK_FALSE(parse_term("P521723W"));
    CHECK(parse_term("PT315537963048S") == Term{0, 0, 315'537'963'048});
    CHECK_FALSE(parse_term("PT315537963049S"));
    CHECK_FALSE(parse_term("P9999Y9999Y"));
}

TEST_CASE("parse_term reads no number that an integer cannot hold") {
    for (const std::string& number :
         {std::string("9223372036854775808"), std::string("18446744073709551617"), std::string(1000, '9')}) {
        for (const char unit : {'Y', 'M', 'W', 'D'}) CHECK_FALSE(parse_term("P" + number + unit));
        for (const char unit : {'H', 'M', 'S'}) CHECK_FALSE(parse_term("PT" + number + unit));
    }
    // One more than 32 bits hold, so that it would be 1 if it were cut.
    for (const char unit : {'Y', 'M', 'W', 'D'}) CHECK_FALSE(parse_term(std::string("P4294967297") + unit));
    CHECK(parse_term("PT4294967297S") == Term{0, 0, 4'294'967'297});
}
