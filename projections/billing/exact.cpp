#include "projections/billing/exact.h"

#include <kj/debug.h>

#include <cstdint>
#include <limits>
#include <numeric>
#include <tuple>

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

// What follows does the same as Boost's numbers of any size, for numbers of usual size: those of nearly every line of
// every bill. It is ten times as fast.
__extension__ using Wide = __int128;

struct Small {
    std::int64_t top;
    std::int64_t bottom;  // above 0
};

std::optional<std::int64_t> small(const Integer::backend_type& integer) {
    constexpr std::uint64_t end = std::numeric_limits<std::int64_t>::max();
    if (integer.size() != 1 || *integer.limbs() >= end) return std::nullopt;
    const auto number = static_cast<std::int64_t>(*integer.limbs());
    return integer.sign() ? -number : number;
}

std::optional<Small> small(const Exact& number) {
    const auto top = small(number.backend().num());
    const auto bottom = small(number.backend().denom());
    if (!top || !bottom) return std::nullopt;
    return Small{*top, *bottom};
}

Exact fraction(std::int64_t top, std::int64_t bottom) {
    const auto common = std::gcd(top, bottom);
    Exact made;
    made.backend().num() = static_cast<boost::multiprecision::signed_limb_type>(top / common);
    made.backend().denom() = static_cast<boost::multiprecision::signed_limb_type>(bottom / common);
    return made;
}

// `bottom` above 0. Nothing if there is no room.
std::optional<std::int64_t> nearest(Wide top, Wide bottom, std::int64_t scale) {
    Wide scaled = 0;
    if (__builtin_mul_overflow(top, Wide{scale}, &scaled)) return std::nullopt;
    auto quotient = scaled / bottom;  // towards zero
    const auto rest = scaled % bottom;
    if ((rest < 0 ? -rest : rest) >= bottom - (rest < 0 ? -rest : rest)) quotient += top < 0 ? -1 : 1;
    constexpr Wide end = std::numeric_limits<std::int64_t>::max();
    if (quotient <= -end || quotient >= end) return std::nullopt;
    return static_cast<std::int64_t>(quotient);
}

// The integer that is nearest to number · scale; a half goes away from zero.
Integer nearest(const Exact& number, std::int64_t scale) {
    if (const auto of = small(number)) {
        if (const auto found = nearest(of->top, of->bottom, scale)) return Integer(*found);
    }
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

Exact to_exact(Decimal number) {
    constexpr Decimal::Units end = std::numeric_limits<std::int64_t>::max();
    const auto scale = power_of_ten(number.scale);
    if (number.units > -end && number.units < end) return fraction(static_cast<std::int64_t>(number.units), scale);
    return {Integer(number.units), Integer(scale)};
}

Exact to_exact(Amount amount) { return {Integer(amount.millionths), Integer(millionths_a_unit)}; }

Exact rounded(const Exact& number, unsigned decimals) {
    const auto scale = power_of_ten(decimals);
    if (const auto of = small(number)) {
        if (const auto found = nearest(of->top, of->bottom, scale)) return fraction(*found, scale);
    }
    return {nearest(number, scale), Integer(scale)};
}

Exact rounded_product(const Exact& a, const Exact& b, const Ratio& c, unsigned decimals) {
    const auto scale = power_of_ten(decimals);
    const auto [x, y, z, w] = std::tuple(small(a), small(b), small(c.top), small(c.bottom));
    if (x && y && z && w && w->top > 0) {
        Wide top = 0;
        Wide bottom = 0;
        const auto multiply = [](Wide number, std::int64_t by, Wide& to) {
            return !__builtin_mul_overflow(number, Wide{by}, &to);
        };
        const bool has_room = multiply(x->top, y->top, top) && multiply(top, z->top, top) &&
                              multiply(top, w->bottom, top) && multiply(x->bottom, y->bottom, bottom) &&
                              multiply(bottom, z->bottom, bottom) && multiply(bottom, w->top, bottom);
        if (has_room) {
            if (const auto found = nearest(top, bottom, scale)) return fraction(*found, scale);
        }
    }
    return rounded(a * b * c.top / c.bottom, decimals);
}

std::optional<Decimal> to_decimal(const Exact& number, unsigned decimals) {
    const auto units = nearest(number, power_of_ten(decimals));
    if (abs(units) >= units_end()) return std::nullopt;
    return Decimal{static_cast<Decimal::Units>(units), static_cast<std::uint8_t>(decimals)};
}

}  // namespace seatledger::billing
