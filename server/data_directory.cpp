#include "server/data_directory.h"

#include <fcntl.h>
#include <openssl/rand.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <iterator>
#include <optional>
#include <span>
#include <string_view>

namespace seatledger {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view format = "seatledger data directory, version 1\n";
constexpr std::size_t token_random_bytes = 32;
constexpr mode_t directory_mode = 0700;
constexpr mode_t secret_mode = 0600;
constexpr mode_t plain_mode = 0644;

std::unexpected<std::string> cannot(std::string_view do_what, const fs::path& path, int error) {
    return std::unexpected("cannot " + std::string(do_what) + " " + path.string() + ": " + std::strerror(error));
}

class Descriptor {
 public:
    explicit Descriptor(int number) : number_(number) {}
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    ~Descriptor() {
        if (number_ >= 0) ::close(number_);
    }

    [[nodiscard]] int number() const { return number_; }
    explicit operator bool() const { return number_ >= 0; }

 private:
    int number_;
};

bool write_all(int descriptor, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto written = ::write(descriptor, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return true;
}

bool sync_directory(const fs::path& directory) {
    const Descriptor descriptor(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return descriptor && ::fsync(descriptor.number()) == 0;
}

// Whole or not at all, and durable.
std::expected<void, std::string> write_file(const fs::path& path, std::string_view bytes, mode_t mode) {
    auto fresh = path;
    fresh += ".new";
    ::unlink(fresh.c_str());  // of a start that was cut short
    const Descriptor file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (!file || !write_all(file.number(), bytes) || ::fsync(file.number()) != 0) return cannot("write", fresh, errno);
    if (::rename(fresh.c_str(), path.c_str()) != 0) return cannot("write", path, errno);
    if (!sync_directory(path.parent_path())) return cannot("write", path.parent_path(), errno);
    return {};
}

// Nothing where there is no such file.
std::expected<std::optional<std::string>, std::string> read_file(const fs::path& path) {
    std::error_code error;
    if (!fs::exists(path, error) && !error) return std::nullopt;
    std::ifstream file(path, std::ios::binary);
    std::string bytes(std::istreambuf_iterator<char>(file), {});
    if (!file.is_open() || file.bad()) return cannot("read", path, errno);
    return bytes;
}

std::expected<std::string, std::string> random_bytes(std::size_t count) {
    std::string bytes(count, '\0');
    if (RAND_bytes(reinterpret_cast<unsigned char*>(bytes.data()), static_cast<int>(count)) != 1) {
        return std::unexpected("OpenSSL has no random bytes");
    }
    return bytes;
}

std::string to_hex(std::string_view bytes) {
    constexpr char digits[] = "0123456789abcdef";
    std::string hex;
    for (const auto byte : bytes) {
        hex += digits[static_cast<unsigned char>(byte) >> 4];
        hex += digits[static_cast<unsigned char>(byte) & 15];
    }
    return hex;
}

}  // namespace

std::expected<DataDirectory, std::string> DataDirectory::open(const fs::path& directory) {
    std::error_code error;
    if (const auto parent = fs::absolute(directory).parent_path(); !parent.empty())
        fs::create_directories(parent, error);
    if (::mkdir(directory.c_str(), directory_mode) != 0 && errno != EEXIST) return cannot("make", directory, errno);
    if (!fs::is_directory(directory, error)) return std::unexpected(directory.string() + " is not a directory");
    const auto file = directory / "format";
    const auto found = read_file(file);
    if (!found) return std::unexpected(found.error());
    if (!*found) {
        if (auto written = write_file(file, format, plain_mode); !written) return std::unexpected(written.error());
    } else if (**found != format) {
        return std::unexpected(file.string() + " does not say \"" + std::string(format.substr(0, format.size() - 1)) +
                               "\": another version of the program has written here; use that one");
    }
    return DataDirectory(directory);
}

std::expected<std::string, std::string> DataDirectory::token() const {
    const auto found = read_file(token_file());
    if (!found) return std::unexpected(found.error());
    if (*found) {
        auto token = **found;
        while (!token.empty() && (token.back() == '\n' || token.back() == '\r')) token.pop_back();
        if (token.size() < token_random_bytes || token.find_first_of(" \t\n") != std::string::npos) {
            return std::unexpected(token_file().string() +
                                   " does not hold a token; delete it, and the next start makes a new one");
        }
        return token;
    }
    const auto random = random_bytes(token_random_bytes);
    if (!random) return std::unexpected(random.error());
    const auto token = to_hex(*random);
    if (auto written = write_file(token_file(), token + "\n", secret_mode); !written) {
        return std::unexpected(written.error());
    }
    return token;
}

std::expected<DigestKey, std::string> DataDirectory::ledger_key(bool log_is_empty) const {
    const auto file = directory_ / "ledger.key";
    auto found = read_file(file);
    if (!found) return std::unexpected(found.error());
    if (!*found) {
        if (!log_is_empty) {
            return std::unexpected(file.string() +
                                   " is missing, but the log has events that were recorded with it; "
                                   "restore it from a copy of the data directory");
        }
        const auto random = random_bytes(std::tuple_size_v<DigestKey>);
        if (!random) return std::unexpected(random.error());
        *found = *random;
        if (auto written = write_file(file, **found, secret_mode); !written) return std::unexpected(written.error());
    }
    DigestKey key{};
    if ((*found)->size() != key.size()) {
        return std::unexpected(file.string() + " is not " + std::to_string(key.size()) +
                               " bytes long; restore it from a copy of the data directory");
    }
    std::ranges::copy(**found, key.begin());
    return key;
}

}  // namespace seatledger
