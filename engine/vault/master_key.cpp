#include "engine/vault/master_key.h"

#include <fcntl.h>
#include <kj/debug.h>
#include <openssl/evp.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>

#include "engine/files.h"
#include "engine/hex.h"

namespace seatledger {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t digits = secret_key_bytes * 2;
constexpr mode_t others = 077;

// A text with a key in it, wiped on destruction.
struct SecretText {
    std::string text;

    explicit SecretText(std::string secret) : text(std::move(secret)) {}
    SecretText(const SecretText&) = delete;
    SecretText& operator=(const SecretText&) = delete;
    ~SecretText() { OPENSSL_cleanse(text.data(), text.size()); }
};

std::optional<SecretKey> parse(std::string_view text) {
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (text.size() != digits) return std::nullopt;
    auto bytes = from_hex(text);
    if (!bytes) return std::nullopt;
    const SecretText secret(std::move(*bytes));
    SecretKey key;
    std::ranges::copy(secret.text, key.bytes().begin());
    return key;
}

std::string malformed(const std::string& where) {
    return where + " does not hold a master key: 64 hexadecimal digits; restore it from a copy";
}

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
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file && errno == ENOENT) return std::nullopt;
    struct stat status {};
    if (!file || ::fstat(file.number(), &status) != 0) return std::unexpected(cannot("read", path, errno));
    if ((status.st_mode & others) != 0) {
        return std::unexpected("others than its owner may read " + path.string() + "; if nobody has, say: chmod 600 " +
                               path.string());
    }
    auto text = read_at(file, digits + 2, 0);
    if (!text) return std::unexpected(cannot("read", path, errno));
    const SecretText secret(std::move(*text));
    const auto key = parse(secret.text);
    if (!key) return std::unexpected(malformed(path.string()));
    return key;
}

std::expected<void, std::string> write_master_key(const fs::path& file, const SecretKey& key) {
    const SecretText secret(to_hex(key.text()) + "\n");
    return write_file(file, secret.text, secret_file_mode);
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
        const auto key = parse(text);
        if (!key) return std::unexpected(malformed(describe(own_file)));
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
