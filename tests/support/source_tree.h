// The project's own files, for the tests that look at them.
#pragma once

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "tests/support/catch.h"

namespace seatledger::testing {

[[nodiscard]] inline std::filesystem::path source_path(const std::filesystem::path& name) {
    return std::filesystem::path(SEATLEDGER_SOURCE_DIR) / name;
}

// All of a file. Fails the test if it cannot be read.
[[nodiscard]] inline std::string read_source(const std::filesystem::path& name) {
    std::ifstream file(source_path(name), std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
    if (!file) FAIL("cannot read " << source_path(name));
    return text;
}

// Without their ends.
[[nodiscard]] inline std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    for (std::size_t at = 0; at < text.size();) {
        const auto end = std::min(text.find('\n', at), text.size());
        lines.push_back(text.substr(at, end - at));
        at = end + 1;
    }
    return lines;
}

}  // namespace seatledger::testing
