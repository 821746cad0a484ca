// Decimal numbers as bills print them, exactly: what was read is what is added up.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace seatledger::billing {

// units / 10^scale. Not normalised: 4.00 and 4 are equal numbers with different scales.
struct Decimal {
    __extension__ using Units = __int128;

    static constexpr unsigned scale_max = 18;
    static constexpr unsigned digits_max = 30;  // of units

    Units units = 0;
    std::uint8_t scale = 0;

    [[nodiscard]] bool is_zero() const { return units == 0; }
    [[nodiscard]] bool is_negative() const { return units < 0; }
};

// An optional minus or plus, digits, optionally a point and digits. Zeros at the end that go beyond scale_max are left
// out. Nothing for any other text (exponents included) and for what a Decimal cannot hold.
[[nodiscard]] std::optional<Decimal> parse_decimal(std::string_view text);

// With as many decimals as it needs, but at least `decimals_min`: 4.00, 0.125, -12.
[[nodiscard]] std::string to_text(Decimal number, unsigned decimals_min = 0);

// As numbers.
[[nodiscard]] bool equal(Decimal a, Decimal b);
[[nodiscard]] Decimal negated(Decimal number);

// The same number without zeros at the end of its decimals.
[[nodiscard]] Decimal shortest(Decimal number);

// a + b; nothing where a Decimal cannot hold it.
[[nodiscard]] std::optional<Decimal> add(Decimal a, Decimal b);

// a + b and a - b, with the larger scale of both. For amounts of which it is known that there is room for the result;
// a kj::Exception where there is none.
[[nodiscard]] Decimal sum(Decimal a, Decimal b);
[[nodiscard]] Decimal difference(Decimal a, Decimal b);

}  // namespace seatledger::billing
