// AES-256-GCM (NIST SP 800-38D), by which keys are wrapped and fields are sealed.
#pragma once

#include <openssl/crypto.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace seatledger {

constexpr std::size_t secret_key_bytes = 32;
constexpr std::size_t nonce_bytes = 12;
constexpr std::size_t tag_bytes = 16;

// A key in memory, wiped on destruction.
class SecretKey {
 public:
    SecretKey() = default;
    SecretKey(const SecretKey&) = default;
    SecretKey& operator=(const SecretKey&) = default;
    ~SecretKey() { OPENSSL_cleanse(bytes_.data(), bytes_.size()); }

    [[nodiscard]] std::span<std::uint8_t, secret_key_bytes> bytes() { return bytes_; }
    [[nodiscard]] std::span<const std::uint8_t, secret_key_bytes> bytes() const { return bytes_; }
    [[nodiscard]] std::string_view text() const {
        return {reinterpret_cast<const char*>(bytes_.data()), bytes_.size()};
    }

 private:
    std::array<std::uint8_t, secret_key_bytes> bytes_{};
};

using Nonce = std::array<std::uint8_t, nonce_bytes>;

// A box: the nonce, the ciphertext, which is as long as the clear text, and the tag.
constexpr std::size_t box_overhead_bytes = nonce_bytes + tag_bytes;

// Any thread, all of them. Each thread keeps what it works with, the schedule of the last key included. A nonce must
// be used once only with a key. Cost: two thirds of a microsecond for a short
// text.

// `associated` is not in the box, but opens it.
[[nodiscard]] std::string encrypt(const SecretKey& key, const Nonce& nonce, std::string_view associated,
                                  std::string_view clear);
// Nothing: the box was not made with this key and `associated`, or has been changed.
[[nodiscard]] std::optional<std::string> decrypt(const SecretKey& key, std::string_view associated,
                                                 std::string_view box);

}  // namespace seatledger
