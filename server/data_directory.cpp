#include "server/data_directory.h"

#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <string_view>

#include "engine/files.h"
#include "engine/hex.h"
#include "engine/random.h"

namespace seatledger {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view format = "seatledger data directory, version 2\n";
constexpr std::size_t token_random_bytes = 32;

}  // namespace

std::expected<DataDirectory, std::string> DataDirectory::open(const fs::path& directory) {
    std::error_code error;
    if (const auto parent = fs::absolute(directory).parent_path(); !parent.empty())
        fs::create_directories(parent, error);
    if (::mkdir(directory.c_str(), secret_directory_mode) != 0 && errno != EEXIST)
        return std::unexpected(cannot("make", directory, errno));
    if (!fs::is_directory(directory, error)) return std::unexpected(directory.string() + " is not a directory");
    const auto file = directory / "format";
    const auto found = read_file(file);
    if (!found) return std::unexpected(found.error());
    if (!*found) {
        if (auto written = write_file(file, format, plain_file_mode); !written) return std::unexpected(written.error());
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
    if (auto written = write_file(token_file(), token + "\n", secret_file_mode); !written) {
        return std::unexpected(written.error());
    }
    return token;
}

}  // namespace seatledger
