#include "engine/vault/secret_key_file.h"

#include <fcntl.h>
#include <openssl/crypto.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <utility>

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

}  // namespace

std::optional<SecretKey> parse_secret_key(std::string_view text) {
    if (text.ends_with('\n')) text.remove_suffix(1);
    if (text.size() != digits) return std::nullopt;
    auto bytes = from_hex(text);
    if (!bytes) return std::nullopt;
    const SecretText secret(std::move(*bytes));
    SecretKey key;
    std::ranges::copy(secret.text, key.bytes().begin());
    return key;
}

std::string no_secret_key(const std::string& where, std::string_view kind) {
    return where + " does not hold " + std::string(kind) + ": 64 hexadecimal digits; restore it from a copy";
}

std::expected<std::optional<SecretKey>, std::string> read_secret_key(const fs::path& path, std::string_view kind) {
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
    const auto key = parse_secret_key(secret.text);
    if (!key) return std::unexpected(no_secret_key(path.string(), kind));
    return key;
}

std::expected<void, std::string> write_secret_key(const fs::path& path, const SecretKey& key) {
    const SecretText secret(to_hex(key.text()) + "\n");
    return write_file(path, secret.text, secret_file_mode);
}

}  // namespace seatledger
