#include "events/text.h"

#include <algorithm>
#include <cstdint>
#include <cstring>

#include "events/utf8.h"

namespace seatledger {
namespace {

bool is_control(std::string_view character) {
    const auto lead = static_cast<std::uint8_t>(character[0]);
    const bool c1 = lead == 0xC2 && static_cast<std::uint8_t>(character[1]) < 0xA0;
    return lead < 0x20 || lead == 0x7F || c1;
}

char to_lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

// Whether the first eight bytes are ASCII without control characters.
bool has_plain_ascii(std::string_view text) {
    constexpr std::uint64_t each = 0x0101010101010101;
    std::uint64_t bytes = 0;
    std::memcpy(&bytes, text.data(), sizeof bytes);
    const auto without_delete = bytes ^ (each * 0x7F);
    // The highest bit of a byte tells that it is too large, too small, or 0x7F. It may be told of a byte that is none
    // of it, but only next to one that is.
    return ((bytes | (bytes - each * 0x20) | (without_delete - each)) & (each * 0x80)) == 0;
}

}  // namespace

std::string fold_case(std::string_view address) {
    std::string folded(address);
    std::ranges::transform(folded, folded.begin(), to_lower);
    return folded;
}

FoldedAddress::FoldedAddress(std::string_view address) {
    if (address.size() > short_.size()) {
        long_ = fold_case(address);
        view_ = long_;
    } else {
        std::ranges::transform(address, short_.begin(), to_lower);
        view_ = {short_.data(), address.size()};
    }
}

bool is_plain_text(std::string_view text) {
    // Nearly all of it is ASCII.
    while (text.size() >= sizeof(std::uint64_t) && has_plain_ascii(text)) text.remove_prefix(sizeof(std::uint64_t));
    while (!text.empty()) {
        if (text[0] >= 0x20 && text[0] < 0x7F) {
            text.remove_prefix(1);
            continue;
        }
        const auto length = utf8_length(text);
        if (length == 0 || is_control(text.substr(0, length))) return false;
        text.remove_prefix(length);
    }
    return true;
}

}  // namespace seatledger
