// Bytes as base64 (RFC 4648, section 4).
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace seatledger {

// With padding, on one line.
[[nodiscard]] std::string to_base64(std::string_view bytes);

// Takes what to_base64() gives and nothing else, so that bytes have one text: no line ends or spaces, no padding that
// is missing or too much, no bits set behind the last byte.
[[nodiscard]] std::optional<std::string> from_base64(std::string_view text);

}  // namespace seatledger
