#include "events/money.h"

#include <cstdint>
#include <limits>
#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/catch.h"

using seatledger::add;
using seatledger::Amount;
using seatledger::format_amount;
using seatledger::is_whole_minor_units;
using seatledger::minor_unit_digits;
using seatledger::multiply;
using seatledger::parse_amount;
using seatledger::round_to_minor_unit;

namespace {

constexpr std::int64_t highest = std::numeric_limits<std::int64_t>::max();
constexpr std::int64_t lowest = std::numeric_limits<std::int64_t>::min();

std::optional<std::int64_t> parsed(std::string_view text) {
    const auto amount = parse_amount(text);
    if (!amount) return std::nullopt;
    return amount->millionths;
}

std::optional<std::int64_t> narrowed(__int128 number) {
    if (number > highest || number < lowest) return std::nullopt;
    return static_cast<std::int64_t>(number);
}

std::optional<std::int64_t> millionths(std::optional<Amount> amount) {
    if (!amount) return std::nullopt;
    return amount->millionths;
}

std::optional<std::int64_t> rounded(std::int64_t number, int digits) {
    return millionths(round_to_minor_unit(Amount{number}, digits));
}

// Half of the numbers are near an end of the range or near zero, where mistakes live.
std::int64_t random_millionths(std::mt19937_64& random) {
    const auto bits = static_cast<std::int64_t>(random());
    switch (random() % 4) {
        case 0: return bits % 10'000'000;
        case 1: return bits < 0 ? lowest - bits % 2'000'000 : highest - bits % 2'000'000;
        default: return bits;
    }
}

// All three-letter codes whose minor unit has so many decimals.
std::vector<std::string> codes_with(int digits) {
    std::vector<std::string> codes;
    std::string code = "AAA";
    for (code[0] = 'A'; code[0] <= 'Z'; ++code[0]) {
        for (code[1] = 'A'; code[1] <= 'Z'; ++code[1]) {
            for (code[2] = 'A'; code[2] <= 'Z'; ++code[2]) {
                if (minor_unit_digits(code) == digits) codes.push_back(code);
            }
        }
    }
    return codes;
}

}  // namespace

TEST_CASE("minor_unit_digits knows the minor units of ISO 4217") {
    CHECK(minor_unit_digits("USD") == 2);
    CHECK(minor_unit_digits("EUR") == 2);
    CHECK(minor_unit_digits("BRL") == 2);
    CHECK(minor_unit_digits("RUB") == 2);
    CHECK(minor_unit_digits("JPY") == 0);
    CHECK(minor_unit_digits("KWD") == 3);
    CHECK(minor_unit_digits("CLF") == 4);

    using Codes = std::vector<std::string>;
    CHECK(codes_with(0) == Codes{"BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI",
                                 "VND", "VUV", "XAF", "XOF", "XPF"});
    CHECK(codes_with(1).empty());
    CHECK(codes_with(2).size() == 139);
    CHECK(codes_with(3) == Codes{"BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"});
    CHECK(codes_with(4) == Codes{"CLF", "UYW"});
}

TEST_CASE("minor_unit_digits has the latest additions and not what was withdrawn") {
    for (const std::string_view added : {"MRU", "STN", "UYW", "VES", "VED", "SLE", "ZWG", "XCG", "XAD"}) {
        CAPTURE(added);
        CHECK(minor_unit_digits(added));
    }
    for (const std::string_view withdrawn :
         {"MRO", "STD", "VEF", "SLL", "HRK", "ZWL", "CUC", "ANG", "BGN", "BYR", "LTL", "USS", "DEM", "RUR"}) {
        CAPTURE(withdrawn);
        CHECK_FALSE(minor_unit_digits(withdrawn));
    }
}

TEST_CASE("minor_unit_digits has nothing for a code without a minor unit") {
    for (const std::string_view code :
         {"XAU", "XAG", "XPT", "XPD", "XDR", "XSU", "XUA", "XBA", "XBB", "XBC", "XBD", "XTS", "XXX"}) {
        CAPTURE(code);
        CHECK_FALSE(minor_unit_digits(code));
    }
}

TEST_CASE("minor_unit_digits has nothing for anything but a code of three capitals") {
    for (const std::string_view text :
         {"",     "U",  "US",  "USDX", "usd", "Usd", " US",          "US ",     "U D", "840",
          "U\0D", "ÄÖ", "@@@", "[[[",  "AA[", "zzz", "\xff\xff\xff", "AED AFN", "DAF", "ABC"}) {
        CAPTURE(text);
        CHECK_FALSE(minor_unit_digits(text));
    }
    CHECK_FALSE(minor_unit_digits(std::string_view("US\0", 3)));
}

TEST_CASE("parse_amount reads a minus, digits, and a point with one to six digits") {
    CHECK(parsed("0") == 0);
    CHECK(parsed("1") == 1'000'000);
    CHECK(parsed("12.5") == 12'500'000);
    CHECK(parsed("12.50") == 12'500'000);
    CHECK(parsed("12.05") == 12'050'000);
    CHECK(parsed("0.000001") == 1);
    CHECK(parsed("0.100000") == 100'000);
    CHECK(parsed("-0.000001") == -1);
    CHECK(parsed("-3.99") == -3'990'000);
    CHECK(parsed("-0") == 0);
    CHECK(parsed("-0.0") == 0);
    CHECK(parsed("007.50") == 7'500'000);
    CHECK(parsed(std::string(100, '0') + "1.5") == 1'500'000);
}

TEST_CASE("parse_amount reads nothing else") {
    for (const std::string_view text :
         {"",      "-",     ".",   "-.",   ".5",   "5.",   "-5.",       "--5",       "+5",
          "5-",    "1.2.3", "1,5", "1 5",  " 5",   "5 ",   "1e3",       "0x10",      "1_000",
          "1'0",   "NaN",   "inf", "five", "1.-5", "1.+5", "-1.-5",     "1. 5",      "$5",
          "5 USD", "5USD",  "5\n", "1.5.", "1..5", "٣",    "1.0000000", "0.0000001", "1.1234567"}) {
        CAPTURE(text);
        CHECK_FALSE(parsed(text));
    }
    CHECK_FALSE(parsed(std::string_view("5\0", 2)));
}

TEST_CASE("parse_amount reads all that an Amount can hold and nothing beyond") {
    CHECK(parsed("9223372036854.775807") == highest);
    CHECK_FALSE(parsed("9223372036854.775808"));
    CHECK(parsed("-9223372036854.775808") == lowest);
    CHECK_FALSE(parsed("-9223372036854.775809"));
    CHECK(parsed("9223372036854") == 9'223'372'036'854'000'000);
    CHECK_FALSE(parsed("9223372036855"));
    CHECK_FALSE(parsed("-9223372036855"));
    CHECK_FALSE(parsed("18446744073709.551616"));
    CHECK_FALSE(parsed("18446744073709551616"));
    CHECK_FALSE(parsed(std::string(1000, '9')));
}

TEST_CASE("format_amount shows the decimals of the minor unit") {
    const Amount twelve{12'000'000};
    CHECK(format_amount(twelve, "JPY") == "12");
    CHECK(format_amount(twelve, "USD") == "12.00");
    CHECK(format_amount(twelve, "KWD") == "12.000");
    CHECK(format_amount(twelve, "CLF") == "12.0000");
    CHECK(format_amount(Amount{0}, "USD") == "0.00");
    CHECK(format_amount(Amount{0}, "JPY") == "0");
    CHECK(format_amount(Amount{-12'340'000}, "EUR") == "-12.34");
    CHECK(format_amount(Amount{-10'000}, "EUR") == "-0.01");
}

TEST_CASE("format_amount shows more decimals, up to six, where the amount is finer") {
    CHECK(format_amount(Amount{12'500'000}, "JPY") == "12.5");
    CHECK(format_amount(Amount{12'345'000}, "USD") == "12.345");
    CHECK(format_amount(Amount{12'345'600}, "KWD") == "12.3456");
    CHECK(format_amount(Amount{12'000'010}, "USD") == "12.00001");
    CHECK(format_amount(Amount{1}, "USD") == "0.000001");
    CHECK(format_amount(Amount{-1}, "JPY") == "-0.000001");
    CHECK(format_amount(Amount{12'300'000}, "USD") == "12.30");
}

TEST_CASE("format_amount shows an unknown currency with two decimals") {
    CHECK(format_amount(Amount{12'000'000}, "ABC") == "12.00");
    CHECK(format_amount(Amount{12'000'000}, "") == "12.00");
    CHECK(format_amount(Amount{12'345'000}, "jpy") == "12.345");
}

TEST_CASE("format_amount shows the ends of the range") {
    CHECK(format_amount(Amount{highest}, "USD") == "9223372036854.775807");
    CHECK(format_amount(Amount{lowest}, "USD") == "-9223372036854.775808");
    CHECK(format_amount(Amount{lowest}, "JPY") == "-9223372036854.775808");
}

TEST_CASE("random amounts are read back from what is shown") {
    constexpr std::uint64_t seed = 4217;
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    for (int round = 0; round < 20'000; ++round) {
        const std::int64_t number = random_millionths(random);
        for (const std::string_view currency : {"JPY", "USD", "KWD", "CLF", "ABC"}) {
            const std::string text = format_amount(Amount{number}, currency);
            if (parsed(text) != number) FAIL(number << " is shown as " << text);
        }
    }
    SUCCEED("all agree");
}

TEST_CASE("add gives the sum, and nothing on overflow") {
    CHECK(millionths(add(Amount{1}, Amount{2})) == 3);
    CHECK(millionths(add(Amount{1}, Amount{-2})) == -1);
    CHECK(millionths(add(Amount{highest - 1}, Amount{1})) == highest);
    CHECK_FALSE(add(Amount{highest}, Amount{1}));
    CHECK(millionths(add(Amount{lowest + 1}, Amount{-1})) == lowest);
    CHECK_FALSE(add(Amount{lowest}, Amount{-1}));
    CHECK(millionths(add(Amount{lowest}, Amount{highest})) == -1);
}

TEST_CASE("multiply gives the product, and nothing on overflow") {
    CHECK(millionths(multiply(Amount{3}, 4)) == 12);
    CHECK(millionths(multiply(Amount{-3}, 4)) == -12);
    CHECK(millionths(multiply(Amount{highest}, 1)) == highest);
    CHECK(millionths(multiply(Amount{lowest}, 1)) == lowest);
    CHECK(millionths(multiply(Amount{lowest}, 0)) == 0);
    CHECK_FALSE(multiply(Amount{highest}, 2));
    CHECK_FALSE(multiply(Amount{lowest}, 2));
    CHECK(millionths(multiply(Amount{lowest / 2}, 2)) == lowest);
    CHECK_FALSE(multiply(Amount{highest / 2 + 1}, 2));

    // A count that as a signed number would be negative.
    constexpr std::uint64_t most = std::numeric_limits<std::uint64_t>::max();
    CHECK_FALSE(multiply(Amount{1}, most));
    CHECK_FALSE(multiply(Amount{-1}, most));
    CHECK(millionths(multiply(Amount{0}, most)) == 0);
    CHECK(millionths(multiply(Amount{-1}, std::uint64_t{1} << 63)) == lowest);
    CHECK_FALSE(multiply(Amount{1}, std::uint64_t{1} << 63));
}

TEST_CASE("round_to_minor_unit rounds half away from zero") {
    CHECK(rounded(1'004'999, 2) == 1'000'000);
    CHECK(rounded(1'005'000, 2) == 1'010'000);
    CHECK(rounded(1'005'001, 2) == 1'010'000);
    CHECK(rounded(1'015'000, 2) == 1'020'000);
    CHECK(rounded(-1'004'999, 2) == -1'000'000);
    CHECK(rounded(-1'005'000, 2) == -1'010'000);
    CHECK(rounded(4'999, 2) == 0);
    CHECK(rounded(-4'999, 2) == 0);
    CHECK(rounded(-5'000, 2) == -10'000);
    CHECK(rounded(499'999, 0) == 0);
    CHECK(rounded(500'000, 0) == 1'000'000);
    CHECK(rounded(-500'000, 0) == -1'000'000);
    CHECK(rounded(1'234'500, 3) == 1'235'000);
    CHECK(rounded(1'234'449, 4) == 1'234'400);
    CHECK(rounded(1'234'567, 6) == 1'234'567);
}

TEST_CASE("round_to_minor_unit gives nothing on overflow") {
    CHECK_FALSE(rounded(highest, 0));
    CHECK_FALSE(rounded(highest, 2));
    CHECK_FALSE(rounded(lowest, 0));
    CHECK_FALSE(rounded(lowest, 2));
    CHECK(rounded(highest, 6) == highest);
    CHECK(rounded(lowest, 6) == lowest);
    CHECK(rounded(9'223'372'036'854'499'999, 0) == 9'223'372'036'854'000'000);
    CHECK_FALSE(rounded(9'223'372'036'854'500'000, 0));
    CHECK(rounded(-9'223'372'036'854'499'999, 0) == -9'223'372'036'854'000'000);
    CHECK_FALSE(rounded(-9'223'372'036'854'500'000, 0));
}

TEST_CASE("is_whole_minor_units is true of whole minor units alone") {
    CHECK(is_whole_minor_units(Amount{0}, 2));
    CHECK(is_whole_minor_units(Amount{10'000}, 2));
    CHECK(is_whole_minor_units(Amount{-10'000}, 2));
    CHECK_FALSE(is_whole_minor_units(Amount{10'001}, 2));
    CHECK_FALSE(is_whole_minor_units(Amount{9'999}, 2));
    CHECK_FALSE(is_whole_minor_units(Amount{-1}, 2));
    CHECK_FALSE(is_whole_minor_units(Amount{10'000}, 0));
    CHECK(is_whole_minor_units(Amount{1'000}, 3));
    CHECK_FALSE(is_whole_minor_units(Amount{1'000}, 2));
    CHECK(is_whole_minor_units(Amount{1}, 6));
    CHECK_FALSE(is_whole_minor_units(Amount{lowest}, 2));
}

TEST_CASE("random sums, products and roundings are those of wider arithmetic") {
    constexpr std::uint64_t seed = 1202;
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    for (int round = 0; round < 20'000; ++round) {
        const std::int64_t a = random_millionths(random);
        const std::int64_t b = random_millionths(random);
        const std::uint64_t count = random() >> (random() % 64);
        CAPTURE(a, b, count);
        if (millionths(add(Amount{a}, Amount{b})) != narrowed(__int128{a} + b)) FAIL("sum");
        if (millionths(multiply(Amount{a}, count)) != narrowed(__int128{a} * count)) FAIL("product");
        __int128 unit = 1'000'000;
        for (int digits = 0; digits <= 6; ++digits, unit /= 10) {
            // Half away from zero is: add half a unit to the magnitude, then cut.
            const __int128 magnitude = a < 0 ? -__int128{a} : __int128{a};
            const __int128 cut = (magnitude + unit / 2) / unit * unit;
            if (rounded(a, digits) != narrowed(a < 0 ? -cut : cut)) FAIL("rounded to " << digits);
            if (is_whole_minor_units(Amount{a}, digits) != (magnitude % unit == 0)) FAIL("whole at " << digits);
        }
    }
    SUCCEED("all agree");
}
