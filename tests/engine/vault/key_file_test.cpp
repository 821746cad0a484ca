// What engine/vault/key_file.h promises of every file of keys, and beyond that of the one on a disk: what is there
// after a crash, and what damage does.
#include "engine/vault/key_file.h"

#include <kj/exception.h>
#include <signal.h>
#include <sys/resource.h>

#include <fstream>
#include <vector>

#include "engine/files.h"
#include "engine/hex.h"
#include "tests/support/catch.h"
#include "tests/support/files_with.h"
#include "tests/support/temp_dir.h"

namespace seatledger {
namespace {

using namespace testing;
namespace fs = std::filesystem;

constexpr MasterKeyId master_key_id = {1, 2, 3, 4, 5, 6, 7, 8};

struct MemoryKeys {
    std::unique_ptr<KeyFile> file = make_memory_key_file(master_key_id);
};

std::unique_ptr<KeyFile> open_file(const fs::path& path) {
    auto file = open_key_file(path);
    if (!file) FAIL(file.error().message);
    return std::move(*file);
}

std::unique_ptr<KeyFile> new_file(const fs::path& path) {
    const auto none = [](KeyNumber) -> Slot { return std::nullopt; };
    REQUIRE(write_key_file(path, master_key_id, 0, none).has_value());
    return open_file(path);
}

struct FileOfKeys {
    TempDir directory;
    fs::path path = directory / "keys";
    std::unique_ptr<KeyFile> file = new_file(path);

    void reopen() {
        file.reset();
        file = open_file(path);
    }
};

WrappedKey wrapped(std::uint8_t byte) {
    WrappedKey key;
    key.fill(byte);
    return key;
}

void append(KeyFile& file, const std::vector<Slot>& slots) { REQUIRE(file.append(slots).has_value()); }

void destroy(KeyFile& file, const std::vector<std::uint64_t>& numbers) {
    std::vector<KeyNumber> keys;
    for (const auto number : numbers) keys.emplace_back(number);
    REQUIRE(file.destroy(keys).has_value());
}

// What reading it throws; "": nothing.
std::string damage(const KeyFile& file, std::uint64_t number) {
    try {
        static_cast<void>(file.read(KeyNumber(number)));
    } catch (const kj::Exception& exception) {
        return exception.getDescription().cStr();
    }
    return "";
}

void flip_byte(const fs::path& path, std::streamoff at) {
    std::fstream file(path, std::ios::binary | std::ios::in | std::ios::out);
    file.seekg(at);
    const auto byte = static_cast<char>(file.get() ^ 0x10);
    file.seekp(at);
    file.put(byte);
    REQUIRE(file.good());
}

std::string open_failure(const fs::path& path) {
    const auto file = open_key_file(path);
    return file ? "" : file.error().message;
}

std::string text_of(const WrappedKey& key) { return {reinterpret_cast<const char*>(key.data()), key.size()}; }

}  // namespace

TEMPLATE_TEST_CASE("slots are read as they were appended, and numbered from 1", "[vault]", MemoryKeys, FileOfKeys) {
    TestType keys;
    CHECK(keys.file->last() == KeyNumber());
    CHECK(keys.file->master_key_id() == master_key_id);
    append(*keys.file, {});
    CHECK(keys.file->last() == KeyNumber());
    append(*keys.file, {wrapped(1)});
    append(*keys.file, {wrapped(2), std::nullopt, wrapped(4)});
    CHECK(keys.file->last() == KeyNumber(4));
    CHECK(keys.file->read(KeyNumber(1)) == wrapped(1));
    CHECK(keys.file->read(KeyNumber(2)) == wrapped(2));
    CHECK(keys.file->read(KeyNumber(3)) == std::nullopt);
    CHECK(keys.file->read(KeyNumber(4)) == wrapped(4));
}

TEMPLATE_TEST_CASE("destroyed slots stay destroyed, and their numbers are not used again", "[vault]", MemoryKeys,
                   FileOfKeys) {
    TestType keys;
    append(*keys.file, {wrapped(1), wrapped(2), wrapped(3), wrapped(4)});
    destroy(*keys.file, {});
    destroy(*keys.file, {4, 2, 2});
    CHECK(keys.file->read(KeyNumber(2)) == std::nullopt);
    destroy(*keys.file, {2});
    CHECK(keys.file->read(KeyNumber(1)) == wrapped(1));
    CHECK(keys.file->read(KeyNumber(2)) == std::nullopt);
    CHECK(keys.file->read(KeyNumber(3)) == wrapped(3));
    CHECK(keys.file->read(KeyNumber(4)) == std::nullopt);
    append(*keys.file, {wrapped(5)});
    CHECK(keys.file->last() == KeyNumber(5));
    CHECK(keys.file->read(KeyNumber(4)) == std::nullopt);
}

TEMPLATE_TEST_CASE("a slot that is not there can neither be read nor destroyed", "[vault]", MemoryKeys, FileOfKeys) {
    TestType keys;
    append(*keys.file, {wrapped(1)});
    for (const std::uint64_t number : {0U, 2U, 1000U}) {
        CAPTURE(number);
        CHECK(contains(damage(*keys.file, number), "there is no such key"));
        const std::vector numbers = {KeyNumber(1), KeyNumber(number)};
        CHECK_THROWS_AS(static_cast<void>(keys.file->destroy(numbers)), kj::Exception);
    }
    CHECK(keys.file->read(KeyNumber(1)) == wrapped(1));
}

TEST_CASE("a key is unwrapped by its master key in its slot only", "[vault]") {
    SecretKey master;
    master.bytes()[0] = 1;
    SecretKey key;
    key.bytes()[31] = 7;
    const auto box = wrap_key(master, Nonce{9}, KeyNumber(3), key);
    const auto opened = unwrap_key(master, KeyNumber(3), box);
    REQUIRE(opened.has_value());
    CHECK(opened->text() == key.text());
    CHECK_FALSE(unwrap_key(master, KeyNumber(4), box).has_value());
    CHECK_FALSE(unwrap_key(SecretKey(), KeyNumber(3), box).has_value());
    for (std::size_t at = 0; at < box.size(); ++at) {
        auto changed = box;
        changed[at] ^= 1;
        CHECK_FALSE(unwrap_key(master, KeyNumber(3), changed).has_value());
    }
}

TEST_CASE("a file of keys is byte by byte what its header says", "[vault]") {
    FileOfKeys keys;
    append(*keys.file, {wrapped(0xAB), std::nullopt});
    const std::string magic = "736561746c6564676572206b6579730a";  // seatledger keys\n
    const std::string header = magic + "01000000" + "00000000" + "0102030405060708" + std::string(56, '0');
    const auto bytes = to_hex(bytes_of_file(keys.path));
    CHECK(bytes.substr(0, 120) == header);
    CHECK(bytes.substr(128, 120) == to_hex(std::string(60, '\xAB')));
    CHECK(bytes.substr(256) == std::string(128, '0'));
    // The checksums, computed by another program.
    CHECK(bytes.substr(120, 8) == "b0ed0ad6");
    CHECK(bytes.substr(248, 8) == "76577c25");
}

TEST_CASE("keys are there again after the file was closed", "[vault]") {
    FileOfKeys keys;
    append(*keys.file, {wrapped(1), wrapped(2)});
    keys.reopen();
    destroy(*keys.file, {1});
    append(*keys.file, {wrapped(3)});
    keys.reopen();
    CHECK(keys.file->master_key_id() == master_key_id);
    CHECK(keys.file->last() == KeyNumber(3));
    CHECK(keys.file->read(KeyNumber(1)) == std::nullopt);
    CHECK(keys.file->read(KeyNumber(2)) == wrapped(2));
    CHECK(keys.file->read(KeyNumber(3)) == wrapped(3));
}

TEST_CASE("many slots are written at once, as a whole file and at its end", "[vault]") {
    const TempDir directory;
    constexpr std::uint64_t count = 10'000;
    const auto slot = [](KeyNumber number) -> Slot {
        if (number.value % 7 == 0) return std::nullopt;
        return wrapped(static_cast<std::uint8_t>(number.value % 251));
    };
    REQUIRE(write_key_file(directory / "keys", master_key_id, count, slot).has_value());
    const auto file = open_file(directory / "keys");
    REQUIRE(file->last() == KeyNumber(count));
    std::vector<Slot> more;
    for (KeyNumber number(count + 1); number.value <= 2 * count; number = number.next()) more.push_back(slot(number));
    append(*file, more);
    REQUIRE(file->last() == KeyNumber(2 * count));
    for (KeyNumber number(1); number <= file->last(); number = number.next()) {
        if (file->read(number) != slot(number)) FAIL("slot " << number.value);
    }
    CHECK_FALSE(write_key_file(directory / "keys", master_key_id, 1, slot).has_value());  // never over another
}

TEST_CASE("a file that a crash cut off within a slot goes on behind it", "[vault]") {
    const auto left = GENERATE(1U, 12U, 60U, 63U);
    FileOfKeys keys;
    append(*keys.file, {wrapped(1), wrapped(2), wrapped(3)});
    keys.file.reset();
    fs::resize_file(keys.path, 64 * 3 + left);  // slot 3 begins at 64 * 3
    keys.reopen();
    CHECK(keys.file->last() == KeyNumber(3));
    CHECK(keys.file->read(KeyNumber(2)) == wrapped(2));
    CHECK(keys.file->read(KeyNumber(3)) == std::nullopt);
    append(*keys.file, {wrapped(4)});
    CHECK(keys.file->last() == KeyNumber(4));
    keys.reopen();
    CHECK(keys.file->read(KeyNumber(3)) == std::nullopt);
    CHECK(keys.file->read(KeyNumber(4)) == wrapped(4));
}

TEST_CASE("a slot that a crash left as zeros, or as anything else, is not used again", "[vault]") {
    FileOfKeys keys;
    append(*keys.file, {wrapped(1)});
    std::ofstream(keys.path, std::ios::app | std::ios::binary) << std::string(64, '\0') << std::string(64, 'x');
    keys.reopen();
    append(*keys.file, {wrapped(4)});
    CHECK(keys.file->read(KeyNumber(2)) == std::nullopt);
    CHECK(contains(damage(*keys.file, 3), "damaged"));
    CHECK(keys.file->read(KeyNumber(4)) == wrapped(4));
}

TEST_CASE("a slot of which any byte was changed is reported with the file and its number", "[vault]") {
    FileOfKeys keys;
    append(*keys.file, {wrapped(1), wrapped(2), wrapped(3)});
    for (std::streamoff at = 128; at < 192; ++at) {
        flip_byte(keys.path, at);
        const auto found = damage(*keys.file, 2);
        CAPTURE(at, found);
        CHECK(contains(found, "a key is damaged"));
        CHECK(contains(found, keys.path.string()));
        CHECK(contains(found, "= 2"));
        flip_byte(keys.path, at);
    }
    CHECK(keys.file->read(KeyNumber(2)) == wrapped(2));
}

TEST_CASE("a file that has become shorter is reported", "[vault]") {
    FileOfKeys keys;
    append(*keys.file, {wrapped(1), wrapped(2)});
    fs::resize_file(keys.path, 128);
    CHECK(contains(damage(*keys.file, 2), "the file has become shorter"));
    CHECK(keys.file->read(KeyNumber(1)) == wrapped(1));
}

TEST_CASE("what is no file of keys, or one of a newer version, is not opened", "[vault]") {
    FileOfKeys keys;
    append(*keys.file, {wrapped(1)});
    keys.file.reset();
    for (std::streamoff at = 0; at < 64; ++at) {
        flip_byte(keys.path, at);
        CAPTURE(at);
        CHECK(contains(open_failure(keys.path), "is not a file of keys, or its beginning is damaged"));
        flip_byte(keys.path, at);
    }
    CHECK(open_failure(keys.path) == "");
    fs::resize_file(keys.path, 63);
    CHECK(contains(open_failure(keys.path), "is not a file of keys"));
    fs::resize_file(keys.path, 0);
    CHECK(contains(open_failure(keys.path), "is not a file of keys"));
    CHECK(contains(open_failure(keys.directory / "missing"), "No such file"));

    // Version 2, with the checksum that it would have.
    const auto newer = from_hex("736561746c6564676572206b6579730a02000000" + std::string(80, '0') + "cd28d4fa").value();
    std::ofstream(keys.directory / "newer", std::ios::binary) << newer;
    CHECK(contains(open_failure(keys.directory / "newer"), "was written by a newer version"));
}

TEST_CASE("the bytes of a destroyed slot are in the file no more", "[vault]") {
    FileOfKeys keys;
    append(*keys.file, {wrapped(1), wrapped(0xC3), wrapped(3)});
    const auto bytes = text_of(wrapped(0xC3));
    CHECK(files_with(bytes, keys.directory.path()) == std::vector<std::string>{"keys"});
    destroy(*keys.file, {2});
    CHECK(files_with(bytes, keys.directory.path()).empty());
    CHECK(files_with(bytes.substr(0, 8), keys.directory.path()).empty());
    CHECK(files_with(text_of(wrapped(3)), keys.directory.path()) == std::vector<std::string>{"keys"});
}

TEST_CASE("after a write that failed nothing is written any more, and the rest can be read", "[vault]") {
    FileOfKeys keys;
    append(*keys.file, {wrapped(1)});
    // No file may grow beyond a slot and a half: the disk is full.
    const auto on_full = ::signal(SIGXFSZ, SIG_IGN);
    rlimit before{};
    REQUIRE(::getrlimit(RLIMIT_FSIZE, &before) == 0);
    const rlimit full{.rlim_cur = 64 * 2 + 32, .rlim_max = before.rlim_max};
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &full) == 0);
    const std::vector<Slot> slots = {wrapped(2), wrapped(3)};
    const auto failed = keys.file->append(slots);
    REQUIRE(::setrlimit(RLIMIT_FSIZE, &before) == 0);
    ::signal(SIGXFSZ, on_full);
    REQUIRE_FALSE(failed.has_value());
    CHECK(failed.error().message == "cannot write " + keys.path.string() + ": File too large");

    const auto again = keys.file->append(slots);
    REQUIRE_FALSE(again.has_value());
    CHECK(again.error().message == "no key is written any more: " + failed.error().message);
    const std::vector numbers = {KeyNumber(1)};
    CHECK_FALSE(keys.file->destroy(numbers).has_value());
    CHECK(keys.file->last() == KeyNumber(1));
    CHECK(keys.file->read(KeyNumber(1)) == wrapped(1));

    keys.reopen();  // half of slot 2 is there
    CHECK(keys.file->last() == KeyNumber(2));
    CHECK(keys.file->read(KeyNumber(2)) == std::nullopt);
    append(*keys.file, {wrapped(3)});
    CHECK(keys.file->read(KeyNumber(3)) == wrapped(3));
}

}  // namespace seatledger
