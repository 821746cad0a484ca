// Small files that are there whole or not at all, and stay. Failures are one line: what, which file, why. Any thread.
#pragma once

#include <sys/types.h>

#include <expected>
#include <filesystem>
#include <string>
#include <string_view>

namespace seatledger {

// Writes the file, or replaces it; durable on success. After a crash the old one or the new one is there, and perhaps
// a part of the new one beside it under the same name with ".new" behind it. `mode` as chmod has it. Two at a time
// must not write the same file.
[[nodiscard]] std::expected<void, std::string> write_durably(const std::filesystem::path& path, std::string_view bytes,
                                                             mode_t mode);

// Makes durable which files there are in a directory.
[[nodiscard]] std::expected<void, std::string> sync_directory(const std::filesystem::path& directory);

}  // namespace seatledger
