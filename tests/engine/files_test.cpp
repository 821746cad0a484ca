#include "engine/files.h"

#include <fcntl.h>
#include <sys/stat.h>

#include <fstream>

#include "engine/hex.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace seatledger {
namespace {

using testing::TempDir;
namespace fs = std::filesystem;

mode_t mode_of(const fs::path& file) {
    struct stat status {};
    REQUIRE(::stat(file.c_str(), &status) == 0);
    return status.st_mode & 07777;
}

Descriptor open_to_read(const fs::path& file) { return Descriptor(::open(file.c_str(), O_RDONLY | O_CLOEXEC)); }

}  // namespace

TEST_CASE("a file is written whole, with its mode, and over what a start that was cut short had left", "[files]") {
    const TempDir directory;
    std::ofstream(directory / "token.new") << "half of a longer te";
    REQUIRE(write_file(directory / "token", "secret\n", secret_file_mode).has_value());
    CHECK(read_file(directory / "token").value() == "secret\n");
    CHECK(mode_of(directory / "token") == secret_file_mode);
    CHECK_FALSE(fs::exists(directory / "token.new"));
    REQUIRE(write_file(directory / "token", "", secret_file_mode).has_value());
    CHECK(read_file(directory / "token").value() == "");
}

TEST_CASE("a file that is not there is not the same as one that cannot be read or written", "[files]") {
    const TempDir directory;
    CHECK(read_file(directory / "missing").value() == std::nullopt);
    CHECK_FALSE(read_file(directory.path()).has_value());
    const auto written = write_file(directory / "missing" / "file", "text", plain_file_mode);
    REQUIRE_FALSE(written.has_value());
    CHECK(written.error() ==
          "cannot write " + (directory / "missing" / "file.new").string() + ": No such file or directory");
}

TEST_CASE("reading at a place gives what there is, up to the end of the file", "[files]") {
    const TempDir directory;
    REQUIRE(write_file(directory / "file", "0123456789", plain_file_mode).has_value());
    const auto file = open_to_read(directory / "file");
    CHECK(read_at(file, 4, 2) == "2345");
    CHECK(read_at(file, 4, 8) == "89");
    CHECK(read_at(file, 4, 10) == "");
    CHECK_FALSE(read_at(Descriptor(), 4, 0).has_value());
}

TEST_CASE("what a secret file had is overwritten when it is replaced or removed", "[files]") {
    const TempDir directory;
    const std::string secret(100'000, 's');
    REQUIRE(write_file(directory / "key", secret, secret_file_mode).has_value());
    REQUIRE(write_file(directory / "next", "another", secret_file_mode).has_value());
    const auto replaced = open_to_read(directory / "key");  // sees what has no name any more
    const auto removed = open_to_read(directory / "next");
    REQUIRE(replace_secret_file(directory / "next", directory / "key").has_value());
    CHECK(read_file(directory / "key").value() == "another");
    CHECK_FALSE(fs::exists(directory / "next"));
    CHECK(read_at(replaced, secret.size() + 1, 0) == std::string(secret.size(), '\0'));

    REQUIRE(remove_secret_file(directory / "key").has_value());
    CHECK_FALSE(fs::exists(directory / "key"));
    CHECK(read_at(removed, 100, 0) == std::string(7, '\0'));
    CHECK(remove_secret_file(directory / "key").has_value());
}

TEST_CASE("a secret file may replace none, and must be there itself", "[files]") {
    const TempDir directory;
    REQUIRE(write_file(directory / "next", "first", secret_file_mode).has_value());
    REQUIRE(replace_secret_file(directory / "next", directory / "key").has_value());
    CHECK(read_file(directory / "key").value() == "first");
    CHECK_FALSE(replace_secret_file(directory / "next", directory / "key").has_value());
    CHECK(read_file(directory / "key").value() == "first");
}

TEST_CASE("hexadecimal digits are read as they are written, and nothing else is", "[files]") {
    std::string bytes;
    for (int byte = 0; byte < 256; ++byte) bytes += static_cast<char>(byte);
    const auto digits = to_hex(bytes);
    CHECK(digits.starts_with("000102"));
    CHECK(digits.ends_with("fdfeff"));
    CHECK(from_hex(digits) == bytes);
    CHECK(from_hex("fF0A") == "\xff\x0a");
    CHECK(from_hex("") == "");
    for (const auto* const text : {"0", "0g", "g0", "0x10", " 0", "00\n"}) {
        CAPTURE(text);
        CHECK_FALSE(from_hex(text).has_value());
    }
}

}  // namespace seatledger
