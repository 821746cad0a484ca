#include "projections/billing/exact.h"

#include <random>
#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace seatledger::billing {
namespace {

Exact exact(const std::string& text) {
    const auto number = parse_decimal(text);
    REQUIRE(number.has_value());
    return to_exact(*number);
}

}  // namespace

TEST_CASE("decimals and amounts are fractions in lowest terms") {
    CHECK(to_exact(Decimal{400, 2}) == 4);
    CHECK(to_exact(Decimal{125, 3}) == Exact(1, 8));
    CHECK(to_exact(Decimal{-12, 0}) == -12);
    CHECK(to_exact(Decimal{1, Decimal::scale_max}) * 1'000'000'000'000'000'000 == 1);
    CHECK(to_exact(Amount{1}) == Exact(1, 1'000'000));
    CHECK(to_exact(Amount{-2'500'000}) == Exact(-5, 2));
    CHECK(to_exact(Amount{INT64_MIN}) == Exact(Integer("-9223372036854775808"), Integer(1'000'000)));
}

TEST_CASE("rounding takes the nearest number and a half away from zero") {
    struct Row {
        Exact number;
        unsigned decimals;
        std::string rounded;
    };
    const std::vector<Row> rows = {
        {exact("2.445"), 2, "2.45"},
        {exact("2.444999999"), 2, "2.44"},
        {exact("-2.445"), 2, "-2.45"},
        {exact("-2.4449"), 2, "-2.44"},
        {exact("0.5"), 0, "1"},
        {exact("-0.5"), 0, "-1"},
        {exact("1.5"), 0, "2"},
        {exact("2.5"), 0, "3"},
        {exact("0.4999"), 0, "0"},
        {exact("-0.4"), 0, "0"},
        {Exact(1, 3), 3, "0.333"},
        {Exact(2, 3), 3, "0.667"},
        {Exact(-2, 3), 0, "-1"},
        {Exact(1, 2000), 3, "0.001"},
        {exact("12"), 2, "12"},
        {Exact(0), 2, "0"},
        {Exact(1, 3), 18, "0.333333333333333333"},
    };
    for (const auto& row : rows) {
        INFO(row.number << " to " << row.decimals);
        CHECK(rounded(row.number, row.decimals) == exact(row.rounded));
        const auto decimal = to_decimal(row.number, row.decimals);
        REQUIRE(decimal.has_value());
        CHECK(decimal->scale == row.decimals);
        CHECK(to_exact(*decimal) == exact(row.rounded));
    }
}

TEST_CASE("what a decimal cannot hold is none") {
    const Exact largest =
        to_exact(Decimal{Decimal::Units{999'999'999'999'999} * 1'000'000'000'000'000 + 999'999'999'999'999, 0});
    CHECK(to_decimal(largest, 0).has_value());
    CHECK(to_exact(*to_decimal(-largest, 0)) == -largest);
    CHECK_FALSE(to_decimal(largest + Exact(1, 2), 0).has_value());
    CHECK(to_decimal(largest + Exact(1, 3), 0).has_value());
    CHECK_FALSE(to_decimal(-largest - 1, 0).has_value());
    CHECK_FALSE(to_decimal(largest, 1).has_value());
}

TEST_CASE("a rounded product is the product, rounded, however large its numbers are") {
    std::mt19937_64 random(std::random_device{}());
    const auto some = [&](bool with_sign) {
        // Of up to 20 decimal digits: more than 64 bits have.
        Integer integer(random() >> (random() % 64));
        if (random() % 8 == 0) integer *= 1'000 + random() % 1'000;
        if (with_sign && random() % 2 == 0) integer = -integer;
        return integer;
    };
    for (int i = 0; i < 2'000; ++i) {
        const Exact a(some(true), some(false) + 1), b(some(true), some(false) + 1);
        const Exact top(some(true)), bottom(some(false) + 1);
        const auto decimals = static_cast<unsigned>(random() % 5);
        INFO(a << " * " << b << " * " << top << " / " << bottom << " to " << decimals);
        const Exact product = a * b * top / bottom;
        // As the definition says it, digit by digit.
        const Exact scaled = abs(product) * boost::multiprecision::pow(Integer(10), decimals) + Exact(1, 2);
        const Integer nearest = numerator(scaled) / denominator(scaled);
        const Exact wanted(product < 0 ? Integer(-nearest) : nearest,
                           boost::multiprecision::pow(Integer(10), decimals));
        CHECK(rounded_product(a, b, {top, bottom}, decimals) == wanted);
        CHECK(rounded(product, decimals) == wanted);
    }
}

}  // namespace seatledger::billing
