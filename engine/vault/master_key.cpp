#include "engine/vault/master_key.h"

#include <kj/debug.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cstdlib>

#include "engine/hex.h"
#include "engine/vault/secret_key_file.h"

namespace seatledger {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view kind = "a master key";

}  // namespace

MasterKeyId id_of(const SecretKey& master_key) {
    std::array<std::uint8_t, 32> hash{};
    KJ_REQUIRE(EVP_Digest(master_key.bytes().data(), master_key.bytes().size(), hash.data(), nullptr, EVP_sha256(),
                          nullptr) == 1,
               "OpenSSL failed to compute SHA-256");
    MasterKeyId id;
    std::copy_n(hash.begin(), id.size(), id.begin());
    return id;
}

std::string to_text(const MasterKeyId& id) { return to_hex({reinterpret_cast<const char*>(id.data()), id.size()}); }

std::expected<std::optional<SecretKey>, std::string> read_master_key(const fs::path& path) {
    return read_secret_key(path, kind);
}

MasterKeySource MasterKeySource::file(fs::path path) {
    MasterKeySource source(Kind::file);
    source.file_ = std::move(path);
    return source;
}

MasterKeySource MasterKeySource::environment(std::string variable) {
    MasterKeySource source(Kind::environment);
    source.variable_ = std::move(variable);
    return source;
}

MasterKeySource MasterKeySource::usual(const std::optional<fs::path>& path) {
    if (path) return file(*path);
    return std::getenv(master_key_variable) != nullptr ? environment() : own();
}

std::expected<SecretKey, std::string> MasterKeySource::read(const fs::path& own_file) const {
    if (kind_ == Kind::environment) {
        const char* const text = std::getenv(variable_.c_str());
        if (text == nullptr) return std::unexpected(describe(own_file) + " is not set");
        const auto key = parse_secret_key(text);
        if (!key) return std::unexpected(no_secret_key(describe(own_file), kind));
        return *key;
    }
    const auto& path = is_own() ? own_file : file_;
    const auto key = read_master_key(path);
    if (!key) return std::unexpected(key.error());
    if (!*key) {
        return std::unexpected("there is no master key in " + path.string() +
                               "; restore it from a copy, or say where it is");
    }
    return **key;
}

std::string MasterKeySource::describe(const fs::path& own_file) const {
    if (kind_ == Kind::environment) return "the environment variable " + variable_;
    return "the file " + (is_own() ? own_file : file_).string();
}

std::optional<std::string> wrong_master_key(const SecretKey& key, const std::string& source,
                                            const MasterKeyId& expected, const std::string& keys) {
    const auto given = id_of(key);
    if (given == expected) return std::nullopt;
    return "the keys in " + keys + " are wrapped by the master key with the id " + to_text(expected) + ", but " +
           source + " has the one with the id " + to_text(given) +
           "; restore the former from a copy, or say where it is";
}

}  // namespace seatledger
