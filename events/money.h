// Money: a whole number of millionths of a currency's unit, and the currency.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace seatledger {

// Millionths of a currency's unit (1 USD = 1,000,000), so that unit prices may be finer than the minor unit.
// Range: about ±9.2 · 10^12 units; every operation that can leave it says so.
struct Amount {
    std::int64_t millionths = 0;

    constexpr auto operator<=>(const Amount&) const = default;
};

// The number of decimals of the currency's minor unit (ISO 4217: USD 2, JPY 0, KWD 3); nothing if ISO 4217 has
// no such currency. `code`: three capitals.
[[nodiscard]] std::optional<int> minor_unit_digits(std::string_view code);

// Reads a decimal number: an optional minus, digits, optionally a point and 1 to 6 digits. Nothing for any other
// text and for what an Amount cannot hold.
[[nodiscard]] std::optional<Amount> parse_amount(std::string_view text);

// The amount as a decimal number with as many decimals as the currency's minor unit has, and more (up to 6)
// where it is finer than that. An unknown currency is shown with 2.
[[nodiscard]] std::string format_amount(Amount amount, std::string_view currency);

// a + b, a × count: nothing on overflow.
[[nodiscard]] std::optional<Amount> add(Amount a, Amount b);
[[nodiscard]] std::optional<Amount> multiply(Amount a, std::uint64_t count);

// Rounded to whole minor units, half away from zero. Nothing on overflow.
[[nodiscard]] std::optional<Amount> round_to_minor_unit(Amount amount, int digits);
[[nodiscard]] bool is_whole_minor_units(Amount amount, int digits);

}  // namespace seatledger
