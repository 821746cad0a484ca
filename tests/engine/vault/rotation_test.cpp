// Another master key, and what a crash may leave of getting it.
#include "engine/vault/rotation.h"

#include <fcntl.h>

#include <fstream>
#include <vector>

#include "engine/files.h"
#include "engine/vault/key_file.h"
#include "engine/vault/vault.h"
#include "tests/support/catch.h"
#include "tests/support/files_with.h"
#include "tests/support/temp_dir.h"

namespace seatledger {
namespace {

using namespace testing;
namespace fs = std::filesystem;

const std::string text = "ann@example.com";

enum class Place { own, file };

void copy_over(const fs::path& from, const fs::path& to) {
    fs::copy_file(from, to, fs::copy_options::overwrite_existing);
}

// A vault with a few keys, of which one has been destroyed, and its twin after a rotation.
class Rotation {
 public:
    Rotation(Place from, Place to) : from_(from), to_(to) {
        REQUIRE(write_file(first_, std::string(64, '1') + "\n", secret_file_mode).has_value());
        REQUIRE(write_file(second_, std::string(64, '2') + "\n", secret_file_mode).has_value());
        {
            const auto vault = Vault::open(before_, {.master_key = source_before()}).value();
            for (int i = 0; i < 5; ++i) boxes_.push_back(vault->seal(vault->make_key(), "email", text));
            const std::vector destroyed = {KeyNumber(4)};
            REQUIRE(vault->destroy(destroyed).has_value());
            mac_ = vault->address_mac(1, text);
        }
        fs::copy(before_, after_);
        rotated_ = rotate(after_, source_before(), source_after()).value();
    }

    [[nodiscard]] MasterKeySource source_before() const {
        return from_ == Place::own ? MasterKeySource::own() : MasterKeySource::file(first_);
    }
    [[nodiscard]] MasterKeySource source_after() const {
        return to_ == Place::own ? MasterKeySource::own() : MasterKeySource::file(second_);
    }
    [[nodiscard]] const fs::path& before() const { return before_; }
    [[nodiscard]] const fs::path& after() const { return after_; }
    [[nodiscard]] const Rotated& rotated() const { return rotated_; }
    [[nodiscard]] bool makes_key() const { return to_ == Place::own; }
    [[nodiscard]] bool had_key() const { return from_ == Place::own; }

    // That all is in it that ever was, under the master key from `source`, and none of what a rotation needs.
    void check(const fs::path& vault_path, const MasterKeySource& source) const {
        const auto vault = Vault::open(vault_path, {.master_key = source, .ledger_has_events = true});
        if (!vault) FAIL_CHECK(vault.error());
        if (!vault) return;
        for (std::size_t i = 0; i < boxes_.size(); ++i) {
            const auto opened = (*vault)->open(KeyNumber(i + 3), "email", boxes_[i]);
            CHECK(opened == (i == 1 ? std::nullopt : std::optional(text)));
        }
        CHECK((*vault)->address_mac(1, text) == mac_);
        CHECK((*vault)->make_key() == KeyNumber(boxes_.size() + 3));
        for (const auto& file : fs::directory_iterator(vault_path)) CHECK(file.path().extension() != ".new");
        CHECK(fs::exists(vault_path / "master.key") == source.is_own());
    }

    // A copy of the vault as it was before, in `directory`.
    [[nodiscard]] fs::path copy_of_before(const std::string& name) const {
        fs::copy(before_, directory_ / name);
        return directory_ / name;
    }
    // A rotation that was cut short when the vault's own master key had been written.
    void put_master_key(const fs::path& vault) const {
        if (makes_key()) copy_over(after_ / "master.key", vault / "master.key.new");
    }

 private:
    TempDir directory_;
    fs::path before_ = directory_ / "before";
    fs::path after_ = directory_ / "after";
    fs::path first_ = directory_ / "first.key";
    fs::path second_ = directory_ / "second.key";
    Place from_;
    Place to_;
    std::vector<std::string> boxes_;
    Mac mac_{};
    Rotated rotated_;
};

struct OwnToOwn : Rotation {
    OwnToOwn() : Rotation(Place::own, Place::own) {}
};
struct OwnToFile : Rotation {
    OwnToFile() : Rotation(Place::own, Place::file) {}
};
struct FileToOwn : Rotation {
    FileToOwn() : Rotation(Place::file, Place::own) {}
};
struct FileToFile : Rotation {
    FileToFile() : Rotation(Place::file, Place::file) {}
};

std::string failure_of(const std::expected<Rotated, std::string>& rotated) { return rotated ? "" : rotated.error(); }

std::string open_failure(const fs::path& path, const MasterKeySource& source) {
    const auto vault = Vault::open(path, {.master_key = source, .ledger_has_events = true});
    return vault ? "" : vault.error();
}

}  // namespace

#define EVERY_ROTATION OwnToOwn, OwnToFile, FileToOwn, FileToFile

TEMPLATE_TEST_CASE("after a rotation all is there as before, under the new master key alone", "[vault]",
                   EVERY_ROTATION) {
    const TestType rotation;
    rotation.check(rotation.before(), rotation.source_before());
    rotation.check(rotation.after(), rotation.source_after());
    CHECK(rotation.rotated().keys == 7);
    CHECK(rotation.rotated().destroyed == 1);
    CHECK(rotation.rotated().before == open_key_file(rotation.before() / "keys").value()->master_key_id());
    CHECK(rotation.rotated().after == open_key_file(rotation.after() / "keys").value()->master_key_id());
    CHECK(rotation.rotated().before != rotation.rotated().after);
    if (!(rotation.had_key() && rotation.makes_key())) {
        CHECK(open_failure(rotation.after(), rotation.source_before()) != "");
    }
}

TEMPLATE_TEST_CASE("after a rotation neither an old wrapped key nor the vault's old master key is in any file",
                   "[vault]", EVERY_ROTATION) {
    const TestType rotation;
    const auto keys = bytes_of_file(rotation.before() / "keys");
    REQUIRE(keys.size() == 8 * 64);
    for (std::size_t slot = 1; slot < 8; ++slot) {
        if (slot == 4) continue;  // destroyed
        for (std::size_t at = 0; at < 60; at += 20) {
            const auto part = keys.substr(slot * 64 + at, 20);
            CHECK(files_with(part, rotation.before()).size() == 1);
            CHECK(files_with(part, rotation.after()).empty());
        }
    }
    CHECK(bytes_of_file(rotation.after() / "keys").substr(4 * 64, 64) == std::string(64, '\0'));
    if (rotation.had_key()) {
        const auto digits = bytes_of_file(rotation.before() / "master.key").substr(0, 64);
        CHECK(files_with(digits, rotation.after()).empty());
    }
}

TEST_CASE("a rotation overwrites the old files on the disk, and not only their names", "[vault]") {
    const OwnToOwn rotation;
    const auto vault = rotation.copy_of_before("again");
    const Descriptor keys(::open((vault / "keys").c_str(), O_RDONLY | O_CLOEXEC));
    const Descriptor master_key(::open((vault / "master.key").c_str(), O_RDONLY | O_CLOEXEC));
    REQUIRE(rotate(vault, MasterKeySource::own(), MasterKeySource::own()).has_value());
    CHECK(read_at(keys, 1024, 0) == std::string(8 * 64, '\0'));
    CHECK(read_at(master_key, 1024, 0) == std::string(65, '\0'));
}

TEMPLATE_TEST_CASE("a rotation that was cut short before the keys were replaced has not been", "[vault]",
                   EVERY_ROTATION) {
    const TestType rotation;
    const auto vault = rotation.copy_of_before("cut");
    const auto new_keys = bytes_of_file(rotation.after() / "keys");
    SECTION("while the master key was being written") {
        std::ofstream(vault / "master.key.new.new") << std::string(20, 'a');
    }
    SECTION("when half of the master key lay there") { std::ofstream(vault / "master.key.new") << "abc"; }
    SECTION("when there was a master key") { rotation.put_master_key(vault); }
    SECTION("when there was nothing of the keys") {
        rotation.put_master_key(vault);
        std::ofstream(vault / "keys.new").flush();
    }
    SECTION("while the keys were being written") {
        rotation.put_master_key(vault);
        std::ofstream(vault / "keys.new", std::ios::binary) << new_keys.substr(0, 200);
    }
    SECTION("when all keys were written") {
        rotation.put_master_key(vault);
        std::ofstream(vault / "keys.new", std::ios::binary) << new_keys;
    }
    rotation.check(vault, rotation.source_before());
    // And it can be done again.
    REQUIRE(rotate(vault, rotation.source_before(), rotation.source_after()).has_value());
    rotation.check(vault, rotation.source_after());
}

TEMPLATE_TEST_CASE("a rotation that was cut short after the keys were replaced is finished", "[vault]",
                   EVERY_ROTATION) {
    const TestType rotation;
    const auto vault = rotation.copy_of_before("cut");
    rotation.put_master_key(vault);
    copy_over(rotation.after() / "keys", vault / "keys");
    SECTION("by the next start") {}
    SECTION("by the next rotation, which is another one") {
        const auto again = rotate(vault, rotation.source_after(), rotation.source_after());
        // The same file is the same master key.
        CHECK(again.has_value() == rotation.makes_key());
    }
    SECTION("also by a start with the old master key, which is refused") {
        if (rotation.had_key() && rotation.makes_key()) return;  // the old one is no more
        CHECK(open_failure(vault, rotation.source_before()) != "");
    }
    rotation.check(vault, rotation.source_after());
}

TEST_CASE("a vault that is open is not rotated", "[vault]") {
    const OwnToOwn rotation;
    const auto vault = Vault::open(rotation.before());
    REQUIRE(vault.has_value());
    CHECK(contains(failure_of(rotate(rotation.before(), MasterKeySource::own(), MasterKeySource::own())),
                   "is open in another process"));
}

TEST_CASE("where there is no vault none is rotated, and none is made", "[vault]") {
    const TempDir directory;
    CHECK(failure_of(rotate(directory / "vault", MasterKeySource::own(), MasterKeySource::own())) ==
          "there is no vault in " + (directory / "vault").string());
    CHECK_FALSE(fs::exists(directory / "vault"));
}

TEST_CASE("a rotation needs the right old master key, and a new one that is another", "[vault]") {
    const FileToFile rotation;
    const auto vault = rotation.copy_of_before("kept");
    const auto keys = bytes_of_file(vault / "keys");
    CHECK(contains(failure_of(rotate(vault, rotation.source_after(), MasterKeySource::own())),
                   "are wrapped by the master key with the id " + to_text(rotation.rotated().before)));
    CHECK(contains(failure_of(rotate(vault, rotation.source_before(), rotation.source_before())),
                   "the new master key is the one that the vault has already"));
    CHECK(contains(failure_of(rotate(vault, rotation.source_before(), MasterKeySource::file(vault / "missing"))),
                   "there is no master key in"));
    CHECK(bytes_of_file(vault / "keys") == keys);
    rotation.check(vault, rotation.source_before());
}

TEST_CASE("a vault with a damaged key is not rotated, and stays as it was", "[vault]") {
    const OwnToOwn rotation;
    const auto vault = rotation.copy_of_before("damaged");
    auto bytes = bytes_of_file(vault / "keys");
    const auto master_key = bytes_of_file(vault / "master.key");
    bytes[64 * 6 + 5] ^= 1;
    std::ofstream(vault / "keys", std::ios::binary) << bytes;
    const auto failure = failure_of(rotate(vault, MasterKeySource::own(), MasterKeySource::own()));
    CAPTURE(failure);
    CHECK(contains(failure, "a key is damaged"));
    CHECK(contains(failure, "= 6"));
    CHECK(bytes_of_file(vault / "keys") == bytes);
    CHECK(bytes_of_file(vault / "master.key") == master_key);
    CHECK_FALSE(fs::exists(vault / "keys.new"));
    CHECK_FALSE(fs::exists(vault / "master.key.new"));
}

}  // namespace seatledger
