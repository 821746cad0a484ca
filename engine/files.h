// Small files that are written whole and durably, and reading and writing at a place in a file.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <expected>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

namespace seatledger {

constexpr mode_t secret_directory_mode = 0700;
constexpr mode_t secret_file_mode = 0600;
constexpr mode_t plain_file_mode = 0644;

// An open file, closed on destruction. False: there is none.
class Descriptor {
 public:
    explicit Descriptor(int number = -1) : number_(number) {}
    Descriptor(Descriptor&& other) noexcept : number_(std::exchange(other.number_, -1)) {}
    Descriptor& operator=(Descriptor&& other) noexcept {
        std::swap(number_, other.number_);
        return *this;
    }
    ~Descriptor();

    [[nodiscard]] int number() const { return number_; }
    explicit operator bool() const { return number_ >= 0; }

 private:
    int number_;
};

// "cannot read FILE: No such file or directory"; `error` is an errno.
[[nodiscard]] std::string cannot(std::string_view do_what, const std::filesystem::path& path, int error);

// The following give false where the system does, and leave its reason in errno.

// All of `bytes` at `offset`.
[[nodiscard]] bool write_at(const Descriptor& file, std::string_view bytes, std::uint64_t offset);
// At most `bytes` bytes from `offset`, fewer at the end of the file; nothing: failed.
[[nodiscard]] std::optional<std::string> read_at(const Descriptor& file, std::size_t bytes, std::uint64_t offset);
// Makes durable which names the directory has.
[[nodiscard]] bool sync_directory(const std::filesystem::path& directory);

// Whole or not at all, and durable. What a crash leaves behind is `path` with ".new" at its end.
[[nodiscard]] std::expected<void, std::string> write_file(const std::filesystem::path& path, std::string_view bytes,
                                                          mode_t mode);

// All of it; nothing where there is no such file.
[[nodiscard]] std::expected<std::optional<std::string>, std::string> read_file(const std::filesystem::path& path);

// Gives `from` the name `to`, durably. Both lie in the same directory. What `to` named before is overwritten with
// zeros afterwards, so that it cannot be found on the disk either; a crash may come before that.
[[nodiscard]] std::expected<void, std::string> replace_secret_file(const std::filesystem::path& from,
                                                                   const std::filesystem::path& to);
// Overwrites the file with zeros and removes it, both durably. No file: nothing to do.
[[nodiscard]] std::expected<void, std::string> remove_secret_file(const std::filesystem::path& path);

}  // namespace seatledger
