#include "server/durable_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

namespace seatledger {
namespace {

std::unexpected<std::string> cannot_write(const std::filesystem::path& path, int error) {
    return std::unexpected("cannot write " + path.string() + ": " + std::strerror(error));
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

}  // namespace

std::expected<void, std::string> write_durably(const std::filesystem::path& path, std::string_view bytes, mode_t mode) {
    auto fresh = path;
    fresh += ".new";
    ::unlink(fresh.c_str());  // of an attempt that was cut short
    const Descriptor file(::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode));
    if (!file) return cannot_write(fresh, errno);
    if (!write_all(file.number(), bytes) || ::fsync(file.number()) != 0) {
        const int error = errno;
        ::unlink(fresh.c_str());
        return cannot_write(fresh, error);
    }
    if (::rename(fresh.c_str(), path.c_str()) != 0) {
        const int error = errno;
        ::unlink(fresh.c_str());
        return cannot_write(path, error);
    }
    return sync_directory(path.parent_path());
}

std::expected<void, std::string> sync_directory(const std::filesystem::path& directory) {
    const Descriptor descriptor(::open(directory.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    if (!descriptor || ::fsync(descriptor.number()) != 0) return cannot_write(directory, errno);
    return {};
}

}  // namespace seatledger
