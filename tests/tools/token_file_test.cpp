// Files with a token: written whole, for their owner only, and over nothing but another token.
#include "tools/token_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <iterator>
#include <set>

#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace seatledger {
namespace {

namespace fs = std::filesystem;
using testing::contains;
using testing::TempDir;

const std::string token(64, 'a');
const std::string other(64, '0');

std::string content(const fs::path& path) {
    std::ifstream file(path, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

void put(const fs::path& path, std::string_view text) { std::ofstream(path, std::ios::binary) << text; }

std::set<std::string> names_in(const TempDir& directory) {
    std::set<std::string> names;
    for (const auto& entry : fs::directory_iterator(directory.path())) names.insert(entry.path().filename());
    return names;
}

TEST_CASE("a token is written for its owner only, and read again") {
    const TempDir directory;
    const auto path = directory / "ann.token";
    const auto mask = ::umask(0);
    const auto written = write_token_file(path, token);
    ::umask(mask);
    REQUIRE(written);
    CHECK(content(path) == token + "\n");
    CHECK(fs::status(path).permissions() == (fs::perms::owner_read | fs::perms::owner_write));
    CHECK(read_token_file(path).value() == token);
    CHECK(names_in(directory) == std::set<std::string>{"ann.token"});
}

TEST_CASE("a token is written over another one, whatever its line ends with") {
    const TempDir directory;
    const auto path = directory / "ann.token";
    for (const auto* end : {"\n", "", "\r\n"}) {
        put(path, other + end);
        CHECK(write_token_file(path, token));
        CHECK(content(path) == token + "\n");
    }
}

TEST_CASE("nothing else is written over") {
    const TempDir directory;
    const auto path = directory / "notes";
    for (const auto& text :
         {std::string(), std::string("remember the milk\n"), token + "\n\n", token + "\nmore", token.substr(1) + "\n",
          token + "a\n", std::string(64, 'A') + "\n", std::string(64, '\n')}) {
        put(path, text);
        const auto refused = write_token_file(path, token);
        REQUIRE_FALSE(refused);
        CHECK(contains(refused.error(), "no token file"));
        CHECK(content(path) == text);
    }
    CHECK_FALSE(write_token_file(directory.path(), token));
    CHECK_FALSE(write_token_file(directory.path().string() + "/", token));
    CHECK_FALSE(write_token_file("/dev/null", token));
    CHECK(names_in(directory) == std::set<std::string>{"notes"});
}

TEST_CASE("a server's own token is not written over, under its name or by a link to it") {
    const TempDir directory;
    put(directory / "vendor.token", other + "\n");
    CHECK(contains(write_token_file(directory / "vendor.token", token).error(), "server's own token"));
    fs::create_symlink(directory / "vendor.token", directory / "link");
    CHECK_FALSE(write_token_file(directory / "link", token));
    CHECK(content(directory / "vendor.token") == other + "\n");
}

TEST_CASE("where nothing can be written is said beforehand") {
    const TempDir directory;
    const auto refused = check_token_file(directory / "none" / "ann.token");
    REQUIRE_FALSE(refused);
    CHECK(contains(refused.error(), "ann.token: No such file or directory"));
    CHECK(check_token_file(directory / "ann.token"));
    CHECK(names_in(directory).empty());
}

TEST_CASE("a file is removed if it holds the token and nothing else") {
    const TempDir directory;
    const auto path = directory / "ann.token";
    put(path, token + "\n");
    CHECK_FALSE(remove_token_file(path, other).value());
    CHECK(remove_token_file(path, token).value());
    CHECK(names_in(directory).empty());
    put(path, token + "\n# of Ann\n");
    CHECK_FALSE(remove_token_file(path, token).value());
    CHECK(names_in(directory) == std::set<std::string>{"ann.token"});
}

}  // namespace
}  // namespace seatledger
