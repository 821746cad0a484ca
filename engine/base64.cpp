#include "engine/base64.h"

#include <kj/debug.h>
#include <openssl/evp.h>

#include <limits>

namespace seatledger {
namespace {

// OpenSSL counts in int, and writes a third more than it reads.
constexpr std::size_t bytes_max = std::numeric_limits<int>::max() / 2;

}  // namespace

std::string to_base64(std::string_view bytes) {
    KJ_REQUIRE(bytes.size() <= bytes_max, bytes.size());
    std::string text((bytes.size() + 2) / 3 * 4 + 1, '\0');  // OpenSSL ends it with a NUL
    const auto size =
        EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
    text.resize(static_cast<std::size_t>(size));
    return text;
}

std::optional<std::string> from_base64(std::string_view text) {
    if (text.empty()) return std::string();
    if (text.size() % 4 != 0 || text.size() > bytes_max) return std::nullopt;
    std::string bytes(text.size() / 4 * 3, '\0');
    const auto size =
        EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
    const std::size_t padding = text.ends_with("==") ? 2 : text.ends_with('=') ? 1 : 0;
    if (size < 0 || static_cast<std::size_t>(size) != bytes.size()) return std::nullopt;  // it passes over white space
    bytes.resize(bytes.size() - padding);
    // What it makes of padding in the middle, and of bits that stand for nothing, is not written so again.
    if (to_base64(bytes) != text) return std::nullopt;
    return bytes;
}

}  // namespace seatledger
