#include "tools/characters.h"

#include <algorithm>
#include <array>

namespace seatledger {
namespace {

struct CodeRange {
    char32_t first = 0;
    char32_t last = 0;
};

constexpr std::array unseen = {
    CodeRange{0x00, 0x1F},       CodeRange{0x7F, 0x9F},       CodeRange{0xAD, 0xAD},       CodeRange{0x34F, 0x34F},
    CodeRange{0x61C, 0x61C},     CodeRange{0x115F, 0x1160},   CodeRange{0x17B4, 0x17B5},   CodeRange{0x180B, 0x180F},
    CodeRange{0x200B, 0x200F},   CodeRange{0x2028, 0x202E},   CodeRange{0x2060, 0x206F},   CodeRange{0x3164, 0x3164},
    CodeRange{0xFEFF, 0xFEFF},   CodeRange{0xFFA0, 0xFFA0},   CodeRange{0xFFF9, 0xFFFB},   CodeRange{0xFFFE, 0xFFFF},
    CodeRange{0x1BCA0, 0x1BCA3}, CodeRange{0x1D173, 0x1D17A}, CodeRange{0xE0000, 0xE0FFF},
};

}  // namespace

Character first_character(std::string_view text) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
    const std::size_t length = byte(0) < 0x80 ? 1 : byte(0) < 0xE0 ? 2 : byte(0) < 0xF0 ? 3 : 4;
    if (length == 1) return {byte(0), text.substr(0, 1)};
    char32_t code = byte(0) & (0x7F >> length);
    for (std::size_t i = 1; i < length; ++i) code = code << 6 | (byte(i) & 0x3F);
    return {code, text.substr(0, length)};
}

bool is_unseen(char32_t code) {
    return std::ranges::any_of(unseen, [&](const CodeRange& of) { return of.first <= code && code <= of.last; });
}

}  // namespace seatledger
