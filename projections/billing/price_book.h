// How a vendor counts and rounds, as far as their contract says so.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <optional>
#include <string>
#include <string_view>

namespace seatledger::billing {

// When an amount for some days of a term is rounded.
enum class Rounding : std::uint8_t {
    round_once,          // the whole amount, to the minor unit
    unit_then_quantity,  // one seat's, to the minor unit; then times the quantity
    daily_2dp,           // one seat's price of a day, to 2 decimals; then times days and quantity
    daily_3dp,           // … to 3 decimals; of its days, to the minor unit; then times the quantity
};

inline constexpr std::array roundings = {Rounding::round_once, Rounding::unit_then_quantity, Rounding::daily_2dp,
                                         Rounding::daily_3dp};

// round-once, unit-then-quantity, daily-2dp, daily-3dp
[[nodiscard]] std::string_view name_of(Rounding rounding);
[[nodiscard]] std::optional<Rounding> rounding_named(std::string_view name);

struct PriceBook {
    Rounding rounding = Rounding::round_once;
    bool end_inclusive = false;  // the civil day on which a term ends is one of its days

    bool operator==(const PriceBook&) const = default;
};

// Reads {"rounding":"daily-2dp","end":"exclusive"|"inclusive"}; what is left out is as above. The error says what is
// wrong with any other text, by the name of the key, and what is allowed there.
[[nodiscard]] std::expected<PriceBook, std::string> parse_price_book(std::string_view json);

}  // namespace seatledger::billing
