// Looks for bytes in all files of a directory: what was erased must be in none.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/catch.h"

namespace seatledger::testing {

[[nodiscard]] inline std::string bytes_of_file(const std::filesystem::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

// The names of the files below `directory` that have these bytes somewhere.
[[nodiscard]] inline std::vector<std::string> files_with(std::string_view bytes,
                                                         const std::filesystem::path& directory) {
    std::vector<std::string> found;
    for (const auto& file : std::filesystem::recursive_directory_iterator(directory)) {
        if (file.is_regular_file() && contains(bytes_of_file(file.path()), bytes)) {
            found.push_back(std::filesystem::relative(file.path(), directory).generic_string());
        }
    }
    return found;
}

}  // namespace seatledger::testing
