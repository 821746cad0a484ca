#include "projections/billing/exact.h"

#include <kj/debug.h>

#include <cstdint>

namespace seatledger::billing {
namespace {

constexpr std::int64_t millionths_a_unit = 1'000'000;

// 10^exponent, exponent ≤ Decimal::scale_max.
std::int64_t power_of_ten(unsigned exponent) {
    KJ_REQUIRE(exponent <= Decimal::scale_max, "no number has so many decimals", exponent);
    std::int64_t power = 1;
    for (; exponent > 0; --exponent) power *= 10;
    return power;
}

// The integer that is nearest to number · scale; a half goes away from zero.
Integer nearest(const Exact& number, std::int64_t scale) {
    const Integer top = numerator(number) * scale;
    const Integer bottom = denominator(number);  // above 0
    Integer quotient;
    Integer rest;
    divide_qr(top, bottom, quotient, rest);  // towards zero
    if (2 * abs(rest) >= bottom) quotient += top < 0 ? -1 : 1;
    return quotient;
}

const Integer& units_end() {
    static const Integer end = boost::multiprecision::pow(Integer(10), Decimal::digits_max);
    return end;
}

}  // namespace

Exact to_exact(Decimal number) { return {Integer(number.units), Integer(power_of_ten(number.scale))}; }

Exact to_exact(Amount amount) { return {Integer(amount.millionths), Integer(millionths_a_unit)}; }

Exact rounded(const Exact& number, unsigned decimals) {
    const auto scale = power_of_ten(decimals);
    return {nearest(number, scale), Integer(scale)};
}

std::optional<Decimal> to_decimal(const Exact& number, unsigned decimals) {
    const auto units = nearest(number, power_of_ten(decimals));
    if (abs(units) >= units_end()) return std::nullopt;
    return Decimal{static_cast<Decimal::Units>(units), static_cast<std::uint8_t>(decimals)};
}

}  // namespace seatledger::billing
