#include "engine/files.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

namespace seatledger {
namespace {

namespace fs = std::filesystem;

// Durably. The file stays as long as it is.
bool overwrite_with_zeros(const Descriptor& file) {
    struct stat status {};
    if (::fstat(file.number(), &status) != 0) return false;
    const std::string zeros(64 * 1024, '\0');
    const auto size = static_cast<std::uint64_t>(status.st_size);
    for (std::uint64_t at = 0; at < size; at += zeros.size()) {
        const auto part = std::string_view(zeros).substr(0, std::min<std::uint64_t>(zeros.size(), size - at));
        if (!write_at(file, part, at)) return false;
    }
    return ::fsync(file.number()) == 0;
}

Descriptor open_to_overwrite(const fs::path& path) {
    return Descriptor(::open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NOFOLLOW));
}

}  // namespace

Descriptor::~Descriptor() {
    if (number_ >= 0) ::close(number_);
}

std::string cannot(std::string_view do_what, const fs::path& path, int error) {
    return "cannot " + std::string(do_what) + " " + path.string() + ": " + std::strerror(error);
}

bool write_at(const Descriptor& file, std::string_view bytes, std::uint64_t offset) {
    while (!bytes.empty()) {
        const auto written = ::pwrite(file.number(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
        if (written < 0 && errno == EINTR) continue;
        if (written < 0) return false;
        bytes.remove_prefix(static_cast<std::size_t>(written));
        offset += static_cast<std::uint64_t>(written);
    }
    return true;
}

std::optional<std::string> read_at(const Descriptor& file, std::size_t bytes, std::uint64_t offset) {
    std::string found(bytes, '\0');
    std::size_t size = 0;
    while (size < bytes) {
        const auto got = ::pread(file.number(), found.data() + size, bytes - size, static_cast<off_t>(offset + size));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return std::nullopt;
        if (got == 0) break;
        size += static_cast<std::size_t>(got);
    }
    found.resize(size);
    return found;
}

bool sync_directory(const fs::path& directory) {
    const Descriptor descriptor(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return descriptor && ::fsync(descriptor.number()) == 0;
}

std::expected<void, std::string> write_file(const fs::path& path, std::string_view bytes, mode_t mode) {
    auto fresh = path;
    fresh += ".new";
    ::unlink(fresh.c_str());  // of a start that was cut short
    const Descriptor file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    const auto give_up = [&](const fs::path& at) {
        const auto failed = cannot("write", at, errno);
        ::unlink(fresh.c_str());
        return std::unexpected(failed);
    };
    if (!file || !write_at(file, bytes, 0) || ::fsync(file.number()) != 0) return give_up(fresh);
    if (::rename(fresh.c_str(), path.c_str()) != 0) return give_up(path);
    if (!sync_directory(path.parent_path())) return std::unexpected(cannot("write", path.parent_path(), errno));
    return {};
}

std::expected<std::optional<std::string>, std::string> read_file(const fs::path& path) {
    const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (!file && errno == ENOENT) return std::nullopt;
    struct stat status {};
    if (!file || ::fstat(file.number(), &status) != 0) return std::unexpected(cannot("read", path, errno));
    auto bytes = read_at(file, static_cast<std::size_t>(status.st_size), 0);
    if (!bytes) return std::unexpected(cannot("read", path, errno));
    return bytes;
}

std::expected<void, std::string> replace_secret_file(const fs::path& from, const fs::path& to) {
    const auto before = open_to_overwrite(to);
    if (!before && errno != ENOENT) return std::unexpected(cannot("write", to, errno));
    if (::rename(from.c_str(), to.c_str()) != 0) return std::unexpected(cannot("write", to, errno));
    if (!sync_directory(to.parent_path())) return std::unexpected(cannot("write", to.parent_path(), errno));
    if (before && !overwrite_with_zeros(before)) return std::unexpected(cannot("overwrite what was", to, errno));
    return {};
}

std::expected<void, std::string> remove_secret_file(const fs::path& path) {
    const auto file = open_to_overwrite(path);
    if (!file && errno == ENOENT) return {};
    const bool is_overwritten = file && overwrite_with_zeros(file);
    const bool is_gone = is_overwritten && (::unlink(path.c_str()) == 0 || errno == ENOENT);
    if (!is_gone || !sync_directory(path.parent_path())) return std::unexpected(cannot("remove", path, errno));
    return {};
}

}  // namespace seatledger
