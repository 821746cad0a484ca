// Where the master key comes from, and what a vault says if it is not the right one.
#include "engine/vault/master_key.h"
#include "engine/vault/secret_key_file.h"

#include <stdlib.h>

#include <fstream>

#include "engine/files.h"
#include "engine/vault/vault.h"
#include "tests/support/catch.h"
#include "tests/support/files_with.h"
#include "tests/support/temp_dir.h"

namespace seatledger {
namespace {

using namespace testing;
namespace fs = std::filesystem;

const std::string digits = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1F";
constexpr const char* variable = "SEATLEDGER_TEST_MASTER_KEY";

// Set as long as this exists.
class Variable {
 public:
    Variable(const char* name, const std::string& value) : name_(name) { ::setenv(name, value.c_str(), 1); }
    Variable(const Variable&) = delete;
    Variable& operator=(const Variable&) = delete;
    ~Variable() { ::unsetenv(name_); }

 private:
    const char* name_;
};

void write_text(const fs::path& path, const std::string& text, mode_t mode = secret_file_mode) {
    REQUIRE(write_file(path, text, mode).has_value());
}

std::string failure_of(const fs::path& directory, const VaultOptions& options) {
    const auto vault = Vault::open(directory, options);
    return vault ? "" : vault.error();
}

std::string read_failure(const MasterKeySource& source) {
    const auto key = source.read("own");
    return key ? "" : key.error();
}

}  // namespace

TEST_CASE("a master key is 64 hexadecimal digits, and its id the beginning of their SHA-256", "[vault]") {
    const TempDir directory;
    const auto path = directory / "key";
    write_text(path, digits + GENERATE("\n", ""));
    const auto key = MasterKeySource::file(path).read("own");
    REQUIRE(key.has_value());
    CHECK(key->bytes()[0] == 0);
    CHECK(key->bytes()[31] == 31);
    CHECK(to_text(id_of(*key)) == "630dcd2966c43366");  // of 0, 1, 2 … 31
    const Variable set(variable, digits);
    CHECK(MasterKeySource::environment(variable).read("own").value().text() == key->text());
}

TEST_CASE("a master key is written so that its owner alone can read it", "[vault]") {
    const TempDir directory;
    SecretKey key;
    key.bytes()[0] = 0xAB;
    REQUIRE(write_secret_key(directory / "key", key).has_value());
    CHECK(bytes_of_file(directory / "key") == "ab" + std::string(62, '0') + "\n");
    CHECK((fs::status(directory / "key").permissions() & fs::perms::all) ==
          (fs::perms::owner_read | fs::perms::owner_write));
    CHECK(read_master_key(directory / "key").value().value().text() == key.text());
    CHECK(read_master_key(directory / "missing").value() == std::nullopt);
}

TEST_CASE("a master key that others may read is refused", "[vault]") {
    const TempDir directory;
    const auto path = directory / "key";
    const mode_t mode = GENERATE(0644, 0640, 0604, 0602, 0620);
    write_text(path, digits + "\n");
    fs::permissions(path, static_cast<fs::perms>(mode));
    const auto failure = read_failure(MasterKeySource::file(path));
    CAPTURE(failure);
    CHECK(failure ==
          "others than its owner may read " + path.string() + "; if nobody has, say: chmod 600 " + path.string());
    fs::permissions(path, fs::perms::owner_read);
    CHECK(read_failure(MasterKeySource::file(path)) == "");
}

TEST_CASE("a malformed master key is refused with the name of its place, and never shown", "[vault]") {
    const TempDir directory;
    const auto path = directory / "key";
    const std::string text = GENERATE_COPY(std::string(), std::string("\n"), digits.substr(1), digits + "0",
                                           digits + "\n\n", " " + digits, digits.substr(1) + "g", digits + "\r\n");
    write_text(path, text);
    const auto failure = read_failure(MasterKeySource::file(path));
    CHECK(failure == path.string() + " does not hold a master key: 64 hexadecimal digits; restore it from a copy");
    const Variable set(variable, text + "\n\n");
    CHECK(read_failure(MasterKeySource::environment(variable)) ==
          "the environment variable SEATLEDGER_TEST_MASTER_KEY does not hold a master key: 64 hexadecimal digits; "
          "restore it from a copy");
}

TEST_CASE("a master key that is not there is named", "[vault]") {
    const TempDir directory;
    CHECK(read_failure(MasterKeySource::environment(variable)) ==
          "the environment variable SEATLEDGER_TEST_MASTER_KEY is not set");
    CHECK(contains(read_failure(MasterKeySource::file(directory / "missing")),
                   "there is no master key in " + (directory / "missing").string()));
}

TEST_CASE("a file that is given counts before the environment, and that before the vault's own", "[vault]") {
    const auto describe = [](const std::optional<fs::path>& file) {
        return MasterKeySource::usual(file).describe("master.key");
    };
    ::unsetenv(master_key_variable);
    CHECK(describe(std::nullopt) == "the file master.key");
    CHECK(MasterKeySource::usual(std::nullopt).is_own());
    const Variable set(master_key_variable, digits);
    CHECK(describe(std::nullopt) == "the environment variable SEATLEDGER_MASTER_KEY");
    CHECK(describe("given.key") == "the file given.key");
}

TEST_CASE("the first start makes a master key of its own, unless one is given", "[vault]") {
    const TempDir directory;
    CHECK(failure_of(directory / "vault", {}) == "");
    CHECK(fs::exists(directory / "vault" / "master.key"));
    CHECK(failure_of(directory / "vault", {.ledger_has_events = true}) == "");

    const auto given = directory / "given.key";
    write_text(given, digits);
    const VaultOptions options{.master_key = MasterKeySource::file(given)};
    CHECK(failure_of(directory / "another", options) == "");
    CHECK_FALSE(fs::exists(directory / "another" / "master.key"));
    CHECK(failure_of(directory / "another", options) == "");
}

TEST_CASE("a first start without the master key that it was told of makes nothing", "[vault]") {
    const TempDir directory;
    const VaultOptions options{.master_key = MasterKeySource::file(directory / "missing")};
    CHECK(contains(failure_of(directory / "vault", options), "there is no master key in"));
    CHECK_FALSE(fs::exists(directory / "vault" / "keys"));
    CHECK(contains(failure_of(directory / "no" / "directory", {}), "No such file or directory"));
}

TEST_CASE("a first start that was cut short is done again, with the master key that was made", "[vault]") {
    const TempDir directory;
    const auto vault = directory / "vault";
    fs::create_directory(vault);
    SECTION("before there was a master key") { std::ofstream(vault / "master.key.new") << digits.substr(0, 20); }
    SECTION("before there were keys") {
        write_text(vault / "master.key", digits);
        std::ofstream(vault / "keys.new") << "half";
    }
    CHECK(failure_of(vault, {}) == "");
    CHECK_FALSE(fs::exists(vault / "master.key.new"));
    CHECK_FALSE(fs::exists(vault / "keys.new"));
    CHECK(failure_of(vault, {.ledger_has_events = true}) == "");
}

TEST_CASE("another master key than that of the keys is refused, and both are named", "[vault]") {
    const TempDir directory;
    const auto vault = directory / "vault";
    const auto first = directory / "first.key";
    const auto second = directory / "second.key";
    write_text(first, digits);
    write_text(second, std::string(64, '7'));
    REQUIRE(failure_of(vault, {.master_key = MasterKeySource::file(first)}) == "");
    const auto failure = failure_of(vault, {.master_key = MasterKeySource::file(second)});
    CHECK(failure == "the keys in " + (vault / "keys").string() +
                         " are wrapped by the master key with the id 630dcd2966c43366, but the file " +
                         second.string() + " has the one with the id " +
                         to_text(id_of(read_master_key(second).value().value())) +
                         "; restore the former from a copy, or say where it is");
    CHECK(contains(failure_of(vault, {}), "there is no master key in " + (vault / "master.key").string()));
    CHECK(failure_of(vault, {.master_key = MasterKeySource::file(first)}) == "");
}

TEST_CASE("keys or a master key that are missing while the ledger has events are not made anew", "[vault]") {
    const TempDir directory;
    const auto vault = directory / "vault";
    REQUIRE(failure_of(vault, {}) == "");
    SECTION("the keys") {
        fs::remove(vault / "keys");
        CHECK(failure_of(vault, {.ledger_has_events = true}) ==
              (vault / "keys").string() +
                  " is missing, but the ledger has events that were sealed with its keys; restore it, and the master "
                  "key that belongs to it, from a copy of the data directory");
        CHECK_FALSE(fs::exists(vault / "keys"));
    }
    SECTION("the master key") {
        fs::remove(vault / "master.key");
        CHECK(failure_of(vault, {.ledger_has_events = true}) == "there is no master key in " +
                                                                    (vault / "master.key").string() +
                                                                    "; restore it from a copy, or say where it is");
        CHECK_FALSE(fs::exists(vault / "master.key"));
    }
    SECTION("all of it") {
        fs::remove_all(vault);
        CHECK(contains(failure_of(vault, {.ledger_has_events = true}), "is missing, but the ledger has events"));
        CHECK_FALSE(fs::exists(vault / "keys"));
    }
}

TEST_CASE("one of the ledger's own keys that is gone is a vault that does not open", "[vault]") {
    const TempDir directory;
    const auto vault = directory / "vault";
    REQUIRE(failure_of(vault, {}) == "");
    auto bytes = bytes_of_file(vault / "keys");
    const auto slot = GENERATE(1U, 2U);
    bytes.replace(64 * slot, 64, 64, '\0');
    std::ofstream(vault / "keys", std::ios::binary) << bytes;
    CHECK(contains(failure_of(vault, {}), "one of the ledger's own keys is gone"));
}

TEST_CASE("a vault that is open is not opened by another", "[vault]") {
    const TempDir directory;
    auto vault = Vault::open(directory / "vault");
    REQUIRE(vault.has_value());
    CHECK(failure_of(directory / "vault", {}) ==
          "the vault in " + (directory / "vault").string() +
              " is open in another process, most likely a server; stop that first");
    vault->reset();
    CHECK(failure_of(directory / "vault", {}) == "");
}

}  // namespace seatledger
