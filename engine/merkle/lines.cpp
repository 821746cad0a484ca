#include "engine/merkle/lines.h"

#include <algorithm>
#include <charconv>

#include "engine/base64.h"

namespace seatledger::merkle {

std::optional<std::string_view> take_line(std::string_view& rest) {
    const auto end = rest.find('\n');
    if (end == rest.npos) return std::nullopt;
    const auto line = rest.substr(0, end);
    rest.remove_prefix(end + 1);
    return line;
}

std::optional<std::uint64_t> parse_decimal(std::string_view text) {
    if (text.empty() || (text.starts_with('0') && text.size() > 1)) return std::nullopt;
    std::uint64_t number = 0;
    const auto* const last = text.data() + text.size();
    const auto [end, error] = std::from_chars(text.data(), last, number);  // takes no sign, since it is unsigned
    if (error != std::errc() || end != last) return std::nullopt;
    return number;
}

std::string to_text(const Hash& hash) { return to_base64(bytes_of(hash)); }

std::optional<Hash> parse_hash(std::string_view text) {
    const auto bytes = from_base64(text);
    if (!bytes || bytes->size() != hash_bytes) return std::nullopt;
    Hash hash;
    std::ranges::copy(*bytes, hash.begin());
    return hash;
}

}  // namespace seatledger::merkle
