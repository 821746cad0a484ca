// UTF-8 (RFC 3629), character by character.
#pragma once

#include <cstddef>
#include <string_view>

namespace seatledger {

// The length in bytes of the well-formed character that `text`, which is not empty, begins with; 0 if it begins with
// none.
[[nodiscard]] std::size_t utf8_length(std::string_view text);

}  // namespace seatledger
