// What the text formats of c2sp.org have in common: lines, decimal numbers, and hashes in base64. All of it is strict:
// what is read is what would be written.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/merkle/hash.h"

namespace seatledger::merkle {

// Takes the first line off `rest`, without its newline. Nothing: there is no newline.
[[nodiscard]] std::optional<std::string_view> take_line(std::string_view& rest);

// ASCII digits without leading zeros, below 2^64.
[[nodiscard]] std::optional<std::uint64_t> parse_decimal(std::string_view text);

// Base64.
[[nodiscard]] std::string to_text(const Hash& hash);
[[nodiscard]] std::optional<Hash> parse_hash(std::string_view text);

}  // namespace seatledger::merkle
