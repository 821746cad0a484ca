// Bytes as hexadecimal digits.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace seatledger {

// Two digits a byte, 0-9 and a-f.
[[nodiscard]] std::string to_hex(std::string_view bytes);

// Takes capital letters too. Nothing where it is something else, or an odd number of digits.
[[nodiscard]] std::optional<std::string> from_hex(std::string_view digits);

}  // namespace seatledger
