// A secret key in a file of its own: 64 hexadecimal digits and a newline, for its owner only.
#pragma once

#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "engine/vault/cipher.h"

namespace seatledger {

// Takes one newline at the end, and capital letters. Nothing: it is no key.
[[nodiscard]] std::optional<SecretKey> parse_secret_key(std::string_view text);

// What is said where parse_secret_key() gives nothing; `kind`: "a master key".
[[nodiscard]] std::string no_secret_key(const std::string& where, std::string_view kind);

// Nothing: there is no such file. Fails if it cannot be read, if it is malformed, or if others than the owner may read
// it.
[[nodiscard]] std::expected<std::optional<SecretKey>, std::string> read_secret_key(const std::filesystem::path& path,
                                                                                   std::string_view kind);

// Whole or not at all, durable, and for the owner only.
[[nodiscard]] std::expected<void, std::string> write_secret_key(const std::filesystem::path& path,
                                                                const SecretKey& key);

}  // namespace seatledger
