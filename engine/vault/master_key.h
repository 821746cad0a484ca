// The master key, under which all keys of the vault are wrapped, and the places it may come from.
#pragma once

#include <array>
#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>

#include "engine/vault/cipher.h"

namespace seatledger {

constexpr const char* master_key_variable = "SEATLEDGER_MASTER_KEY";

// Tells master keys apart, and says nothing about them: the first bytes of SHA-256 over the key.
using MasterKeyId = std::array<std::uint8_t, 8>;
[[nodiscard]] MasterKeyId id_of(const SecretKey& master_key);
// 16 hexadecimal digits.
[[nodiscard]] std::string to_text(const MasterKeyId& id);

// Where the master key is. As text everywhere: 64 hexadecimal digits, in a file with a newline.
class MasterKeySource {
 public:
    // In the vault's own directory, where it is made on the first start.
    [[nodiscard]] static MasterKeySource own() { return MasterKeySource(Kind::own); }
    // In a file that somebody else looks after.
    [[nodiscard]] static MasterKeySource file(std::filesystem::path path);
    // In a variable of the environment.
    [[nodiscard]] static MasterKeySource environment(std::string variable = master_key_variable);
    // `file` if one is given, else the environment if it has the variable, else the vault's own.
    [[nodiscard]] static MasterKeySource usual(const std::optional<std::filesystem::path>& file);

    [[nodiscard]] bool is_own() const { return kind_ == Kind::own; }

    // The key; `own_file` is where the vault keeps its own. Fails if there is none, if it is malformed, or if others
    // than the owner may read the file.
    [[nodiscard]] std::expected<SecretKey, std::string> read(const std::filesystem::path& own_file) const;

    // "the file …", "the environment variable …"
    [[nodiscard]] std::string describe(const std::filesystem::path& own_file) const;

 private:
    enum class Kind { own, file, environment };
    explicit MasterKeySource(Kind kind) : kind_(kind) {}

    Kind kind_;
    std::filesystem::path file_;
    std::string variable_;
};

// Nothing: there is no such file. Fails like MasterKeySource::read(). Written by write_secret_key().
[[nodiscard]] std::expected<std::optional<SecretKey>, std::string> read_master_key(const std::filesystem::path& file);
// Nothing where `key`, which comes from `source`, has the id that `keys` names; else one line that says what is wrong
// and what to do.
[[nodiscard]] std::optional<std::string> wrong_master_key(const SecretKey& key, const std::string& source,
                                                          const MasterKeyId& expected, const std::string& keys);

}  // namespace seatledger
