#include "tools/token_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "events/text.h"

namespace seatledger {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t token_bytes_max = 4'096;
constexpr std::size_t token_digits = 64;
constexpr std::string_view vendors_file = "vendor.token";

std::string reason(int error) { return std::generic_category().message(error); }

std::unexpected<std::string> cannot_write(const std::string& path, int error) {
    return std::unexpected("cannot write the token to " + path + ": " + reason(error) + "; give another --out");
}

fs::path folder_of(const std::string& path) {
    const auto folder = fs::path(path).parent_path();
    return folder.empty() ? fs::path(".") : folder;
}

// Of a file that is a token and a newline; else empty.
std::string token_in(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::string content(token_digits + 3, '\0');
    file.read(content.data(), static_cast<std::streamsize>(content.size()));
    content.resize(static_cast<std::size_t>(file.gcount()));
    if (content.ends_with('\n')) content.pop_back();
    if (content.ends_with('\r')) content.pop_back();
    const auto is_digit = [](char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); };
    return content.size() == token_digits && std::ranges::all_of(content, is_digit) ? content : "";
}

bool write_all(int file, std::string_view bytes) {
    while (!bytes.empty()) {
        const auto written = ::write(file, bytes.data(), bytes.size());
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
    return ::fsync(file) == 0;
}

// The renaming is durable when the folder is. Some file systems cannot do that, and need not.
void sync_folder(const std::string& path) {
    const int folder = ::open(folder_of(path).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (folder < 0) return;
    (void)::fsync(folder);
    ::close(folder);
}

}  // namespace

std::expected<std::string, std::string> read_token_file(const std::string& path) {
    std::ifstream file(path);
    std::string token;
    if (file) std::getline(file, token);
    if (!file && !file.eof()) {
        return std::unexpected("cannot read the token from " + path + ": " + reason(errno) +
                               "; see --token-file and SEATLEDGER_TOKEN_FILE");
    }
    while (!token.empty() && (token.back() == '\r' || token.back() == ' ')) token.pop_back();
    if (token.empty() || token.size() > token_bytes_max || !is_plain_text(token)) {
        return std::unexpected(path + " holds no token: its first line should be one; the server's own is " +
                               std::string(vendors_file) + " in its data directory, others are had by logging in");
    }
    return token;
}

std::expected<void, std::string> check_token_file(const std::string& path) {
    if (fs::path(path).filename() == vendors_file) {
        return std::unexpected(path +
                               " has the name of a server's own token, which must not be lost; give another --out");
    }
    struct stat what {};
    if (::lstat(path.c_str(), &what) == 0) {
        if (S_ISREG(what.st_mode) && !token_in(path).empty()) return {};
        return std::unexpected(path + " is there and is no token file; give another --out, or remove it first");
    }
    if (errno != ENOENT) return cannot_write(path, errno);
    if (fs::path(path).filename().empty() || ::access(folder_of(path).c_str(), W_OK | X_OK) != 0) {
        return cannot_write(path, fs::path(path).filename().empty() ? EISDIR : errno);
    }
    return {};
}

std::expected<void, std::string> write_token_file(const std::string& path, std::string_view token) {
    if (auto checked = check_token_file(path); !checked) return checked;
    std::string beside = path + ".XXXXXX";
    const int file = ::mkostemp(beside.data(), O_CLOEXEC);  // makes it readable by its owner only
    if (file < 0) return cannot_write(path, errno);
    bool is_written = write_all(file, std::string(token) + "\n");
    int error = errno;
    ::close(file);
    if (is_written && ::rename(beside.c_str(), path.c_str()) != 0) {
        error = errno;
        is_written = false;
    }
    if (!is_written) {
        ::unlink(beside.c_str());
        return cannot_write(path, error);
    }
    sync_folder(path);
    return {};
}

std::expected<bool, std::string> remove_token_file(const std::string& path, std::string_view token) {
    if (token_in(path) != token) return false;
    if (::unlink(path.c_str()) != 0) return std::unexpected("cannot remove " + path + ": " + reason(errno));
    return true;
}

}  // namespace seatledger
