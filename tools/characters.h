// Characters of texts from elsewhere that a reader does not see.
#pragma once

#include <cstddef>
#include <string_view>

namespace seatledger {

struct Character {
    char32_t code = 0;
    std::string_view bytes;
};

// The character that a text begins with, which must be well-formed UTF-8 and not empty.
[[nodiscard]] Character first_character(std::string_view text);

// Whether it is not seen, or moves what is: controls, line separators, format characters (Unicode's category Cf, with
// those that turn the direction of writing), fillers, and what XML does not take. Ends of lines and tabs are controls.
[[nodiscard]] bool is_unseen(char32_t code);

}  // namespace seatledger
