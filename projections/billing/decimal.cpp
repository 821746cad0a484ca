#include "projections/billing/decimal.h"

#include <kj/debug.h>

#include <algorithm>

namespace seatledger::billing {
namespace {

using Units = Decimal::Units;

constexpr Units power_of_ten(unsigned exponent) {
    Units power = 1;
    while (exponent-- > 0) power *= 10;
    return power;
}

constexpr Units units_end = power_of_ten(Decimal::digits_max);  // no units reach it, nor its negative

bool fits(Units units) { return units > -units_end && units < units_end; }

bool are_digits(std::string_view text) {
    return std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

// a + b with the larger scale of both; nothing if that leaves the digits.
std::optional<Decimal> add_aligned(Decimal a, Decimal b) {
    if (a.scale < b.scale) std::swap(a, b);
    Units raised = 0;
    Units sum = 0;
    if (__builtin_mul_overflow(b.units, power_of_ten(unsigned{a.scale} - b.scale), &raised)) return std::nullopt;
    if (__builtin_add_overflow(a.units, raised, &sum)) return std::nullopt;
    Decimal result{sum, a.scale};
    if (!fits(sum)) result = shortest(result);
    if (!fits(result.units)) return std::nullopt;
    return result;
}

}  // namespace

std::optional<Decimal> parse_decimal(std::string_view text) {
    const bool negative = text.starts_with('-');
    if (negative || text.starts_with('+')) text.remove_prefix(1);
    const auto point = text.find('.');
    auto whole = text.substr(0, point);
    auto decimals = point == text.npos ? std::string_view() : text.substr(point + 1);
    if (whole.empty() || !are_digits(whole) || !are_digits(decimals)) return std::nullopt;
    if (point != text.npos && decimals.empty()) return std::nullopt;

    whole.remove_prefix(std::min(whole.find_first_not_of('0'), whole.size()));
    const auto has_room = [&] {
        return decimals.size() <= Decimal::scale_max && whole.size() + decimals.size() <= Decimal::digits_max;
    };
    while (!has_room() && decimals.ends_with('0')) decimals.remove_suffix(1);
    // Zeros in front of the first other digit count as none.
    const auto leading = whole.empty() ? std::min(decimals.find_first_not_of('0'), decimals.size()) : 0;
    if (decimals.size() > Decimal::scale_max) return std::nullopt;
    if (whole.size() + decimals.size() - leading > Decimal::digits_max) return std::nullopt;

    Decimal number{0, static_cast<std::uint8_t>(decimals.size())};
    for (const auto digits : {whole, decimals}) {
        for (const char digit : digits) number.units = number.units * 10 + (digit - '0');
    }
    if (negative) number.units = -number.units;
    return number;
}

std::string to_text(Decimal number, unsigned decimals_min) {
    while (number.scale > decimals_min && number.units % 10 == 0) {
        number.units /= 10;
        --number.scale;
    }
    std::string reversed;
    // Digit by digit with its sign, since the lowest units of an __int128 have no positive counterpart.
    const bool negative = number.is_negative();
    for (unsigned place = 0; number.units != 0 || place <= number.scale; ++place) {
        if (place == number.scale && place > 0) reversed += '.';
        const auto digit = static_cast<int>(number.units % 10);
        reversed += static_cast<char>('0' + (negative ? -digit : digit));
        number.units /= 10;
    }
    if (negative) reversed += '-';
    std::ranges::reverse(reversed);
    if (decimals_min > number.scale) {
        if (number.scale == 0) reversed += '.';
        reversed.append(decimals_min - number.scale, '0');
    }
    return reversed;
}

Decimal shortest(Decimal number) {
    // In 64 bits while there is room: dividing 128 of them takes ten times as long.
    if (number.units == static_cast<std::int64_t>(number.units)) {
        auto units = static_cast<std::int64_t>(number.units);
        while (number.scale > 0 && units % 10 == 0) {
            units /= 10;
            --number.scale;
        }
        number.units = units;
        return number;
    }
    while (number.scale > 0 && number.units % 10 == 0) {
        number.units /= 10;
        --number.scale;
    }
    return number;
}

bool equal(Decimal a, Decimal b) {
    a = shortest(a);
    b = shortest(b);
    return a.units == b.units && a.scale == b.scale;
}

Decimal negated(Decimal number) { return {-number.units, number.scale}; }

std::optional<Decimal> add(Decimal a, Decimal b) {
    // The larger scale is kept where there is room for it, so that 4.00 + 1.00 is 5.00.
    const auto sum = add_aligned(a, b);
    return sum ? sum : add_aligned(shortest(a), shortest(b));
}

Decimal sum(Decimal a, Decimal b) {
    const auto raise = [](Decimal number, std::uint8_t scale) {
        for (; number.scale < scale; ++number.scale) {
            KJ_REQUIRE(!__builtin_mul_overflow(number.units, Units{10}, &number.units), "no such amounts");
        }
        return number;
    };
    const auto scale = std::max(a.scale, b.scale);
    a = raise(a, scale);
    KJ_REQUIRE(!__builtin_add_overflow(a.units, raise(b, scale).units, &a.units), "no such amounts");
    return a;
}

Decimal difference(Decimal a, Decimal b) { return sum(a, negated(b)); }

}  // namespace seatledger::billing
