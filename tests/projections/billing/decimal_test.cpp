#include "projections/billing/decimal.h"

#include <algorithm>
#include <random>
#include <string>

#include "tests/support/catch.h"

namespace seatledger::billing {
namespace {

std::string read_back(std::string_view text, unsigned decimals_min = 0) {
    const auto number = parse_decimal(text);
    return number ? to_text(*number, decimals_min) : "nothing";
}

Decimal number(std::string_view text) {
    const auto parsed = parse_decimal(text);
    INFO(text);
    REQUIRE(parsed);
    return *parsed;
}

TEST_CASE("a decimal is read exactly and written with the decimals that it needs", "[billing]") {
    CHECK(read_back("0") == "0");
    CHECK(read_back("-0.00") == "0");
    CHECK(read_back("+7") == "7");
    CHECK(read_back("-12") == "-12");
    CHECK(read_back("0.125") == "0.125");
    CHECK(read_back("-0.005") == "-0.005");
    CHECK(read_back("4.00") == "4");
    CHECK(read_back("1200") == "1200");
    CHECK(read_back("4.10", 2) == "4.10");
    CHECK(read_back("4", 2) == "4.00");
    CHECK(read_back("4.5", 2) == "4.50");
    CHECK(read_back("0", 3) == "0.000");
    CHECK(read_back("0.125", 2) == "0.125");
    CHECK(number("4.00").scale == 2);
    CHECK(number("-4.00").is_negative());
    CHECK(number("0.00").is_zero());
}

TEST_CASE("a decimal has thirty digits and eighteen decimals, and zeros without meaning cost none", "[billing]") {
    const std::string most(30, '9');
    CHECK(read_back(most) == most);
    CHECK(read_back("-" + most) == "-" + most);
    CHECK(read_back("000" + most + ".00") == most);
    CHECK(read_back("999999999999.999999999999999999") == "999999999999.999999999999999999");
    CHECK(read_back("0.000000000000000001") == "0.000000000000000001");
    CHECK(read_back("4." + std::string(40, '0')) == "4");
    CHECK(read_back("1.5" + std::string(100, '0')) == "1.5");

    CHECK(read_back("1" + most) == "nothing");
    CHECK(read_back(most + ".5") == "nothing");
    CHECK(read_back("0.0000000000000000001") == "nothing");
    CHECK(read_back("1234567890123.123456789012345678") == "nothing");
}

TEST_CASE("any other text is no decimal", "[billing]") {
    for (const auto* text : {"",    "-",   "+",  ".",  ".5",    "5.",  "-.5", "--5", "+-5", "1e3",  "1E-5",
                             "1,5", "1 5", " 1", "1 ", "1.2.3", "0x1", "inf", "nan", "٣",   "1.-2", "$1"}) {
        CAPTURE(text);
        CHECK_FALSE(parse_decimal(text));
    }
}

TEST_CASE("decimals are compared as numbers", "[billing]") {
    CHECK(equal(number("4"), number("4.00")));
    CHECK(equal(number("-0.10"), number("-0.1")));
    CHECK(equal(number("0"), number("0.000")));
    CHECK_FALSE(equal(number("4"), number("0.4")));
    CHECK_FALSE(equal(number("4"), number("-4")));
    CHECK(equal(negated(number("4.5")), number("-4.5")));
}

TEST_CASE("a sum is exact, or nothing", "[billing]") {
    const auto sum = [](std::string_view a, std::string_view b) {
        const auto result = add(number(a), number(b));
        return result ? to_text(*result, result->scale) : "nothing";
    };
    CHECK(sum("4.00", "1.00") == "5.00");
    CHECK(sum("0.1", "0.02") == "0.12");
    CHECK(sum("-4", "2.45") == "-1.55");
    CHECK(sum("1", "-1.000") == "0.000");

    const std::string most(30, '9');
    CHECK(sum(most, "1") == "nothing");
    CHECK(sum("-" + most, "-1") == "nothing");
    CHECK(sum(most, "-1") == std::string(29, '9') + "8");
    CHECK(sum(most, "0.1") == "nothing");
    CHECK(sum(most, "0.00") == most);
    CHECK(sum("1" + std::string(29, '0'), "-0.1") == std::string(29, '9') + ".9");
    CHECK(sum("99999999999999999999999999999.9", "0.1") == "1" + std::string(29, '0'));
}

TEST_CASE("random decimals are read back, and add up as whole numbers do", "[billing]") {
    const auto seed = GENERATE(7u, Catch::rngSeed());
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    for (int i = 0; i < 5000; ++i) {
        // Below 2^63 with 9 decimals, so that the oracle is an addition of integers.
        const auto units = [&] {
            return static_cast<std::int64_t>(random() >> (2 + random() % 60)) * (random() % 2 == 0 ? 1 : -1);
        };
        const Decimal a{units(), 9}, b{units(), 9};
        CHECK(equal(number(to_text(a)), a));
        const auto shorter = number(to_text(a));  // with another scale than 9
        const auto sum = add(shorter, b);
        REQUIRE(sum);
        CHECK(equal(*sum, Decimal{a.units + b.units, 9}));
    }
}

}  // namespace
}  // namespace seatledger::billing
