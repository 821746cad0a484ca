// What a vault promises, in memory and on a disk.
#include "engine/vault/vault.h"

#include <kj/exception.h>

#include <atomic>
#include <functional>
#include <set>
#include <thread>
#include <vector>

#include "engine/hex.h"
#include "tests/support/catch.h"
#include "tests/support/files_with.h"
#include "tests/support/temp_dir.h"

namespace seatledger {
namespace {

using namespace testing;
namespace fs = std::filesystem;

std::unique_ptr<Vault> open_vault(const fs::path& directory, const VaultOptions& options = {}) {
    auto vault = Vault::open(directory, options);
    if (!vault) FAIL(vault.error());
    return std::move(*vault);
}

struct MemoryVault {
    std::unique_ptr<Vault> vault = make_memory_vault(1);
};

struct VaultOnDisk {
    TempDir directory;
    fs::path path = directory / "vault";
    std::unique_ptr<Vault> vault = open_vault(path);

    void reopen() {
        vault.reset();
        vault = open_vault(path, {.ledger_has_events = true});
    }
};

void make_durable(Vault& vault) { REQUIRE(vault.make_durable().has_value()); }

void destroy(Vault& vault, const std::vector<KeyNumber>& keys) { REQUIRE(vault.destroy(keys).has_value()); }

// What it throws; "": nothing.
std::string thrown_by(const std::function<void()>& work) {
    try {
        work();
    } catch (const kj::Exception& exception) {
        return exception.getDescription().cStr();
    }
    return "";
}

std::string slot_bytes(const fs::path& vault, KeyNumber number) {
    return bytes_of_file(vault / "keys").substr(64 * number.value, 64);
}

}  // namespace

TEMPLATE_TEST_CASE("what was sealed is opened with the same key and context", "[vault]", MemoryVault, VaultOnDisk) {
    TestType made;
    auto& vault = *made.vault;
    const auto ann = vault.make_key();
    const auto bob = vault.make_key();
    CHECK(ann == KeyNumber(3));  // behind the ledger's own
    CHECK(bob == KeyNumber(4));
    const std::string texts[] = {"", "ann@example.com", std::string("\0\xff", 2), std::string(32 * 1024, 'p')};
    for (const auto& text : texts) {
        const auto box = vault.seal(ann, "email", text);
        CHECK(box.size() == text.size() + 60);
        CHECK(vault.open(ann, "email", box) == text);
    }
    const auto early = vault.seal(bob, "name", "Bob");
    make_durable(vault);
    CHECK(vault.open(bob, "name", early) == "Bob");
    CHECK(vault.make_key() == KeyNumber(5));
    CHECK(vault.last_key() == KeyNumber(5));
}

TEMPLATE_TEST_CASE("equal texts have unequal boxes", "[vault]", MemoryVault, VaultOnDisk) {
    TestType made;
    const auto key = made.vault->make_key();
    std::set<std::string> boxes;
    for (int i = 0; i < 1000; ++i) boxes.insert(made.vault->seal(key, "email", "ann@example.com"));
    CHECK(boxes.size() == 1000);
}

TEMPLATE_TEST_CASE("a box that was changed in any byte, cut, or lengthened does not open", "[vault]", MemoryVault,
                   VaultOnDisk) {
    TestType made;
    auto& vault = *made.vault;
    const auto key = vault.make_key();
    const auto box = vault.seal(key, "email", "ann@example.com");
    const auto refuses = [&](const std::string& changed) {
        return contains(thrown_by([&] { static_cast<void>(vault.open(key, "email", changed)); }), "was changed");
    };
    for (std::size_t at = 0; at < box.size(); ++at) {
        auto changed = box;
        changed[at] ^= 1;
        CHECK(refuses(changed));
        CHECK(refuses(box.substr(0, at)));
    }
    CHECK(refuses(box + '\0'));
    CHECK(vault.open(key, "email", box) == "ann@example.com");
}

TEMPLATE_TEST_CASE("a box does not open in another place: with another context or another key", "[vault]", MemoryVault,
                   VaultOnDisk) {
    TestType made;
    auto& vault = *made.vault;
    const auto ann = vault.make_key();
    const auto bob = vault.make_key();
    const auto box = vault.seal(ann, "email", "ann@example.com");
    for (const auto* const context : {"name", "", "email ", "emai"}) {
        CHECK_THROWS_AS(static_cast<void>(vault.open(ann, context, box)), kj::Exception);
    }
    CHECK_THROWS_AS(static_cast<void>(vault.open(bob, "email", box)), kj::Exception);
}

TEMPLATE_TEST_CASE("with a destroyed key nothing is opened or sealed, and destroying it again changes nothing",
                   "[vault]", MemoryVault, VaultOnDisk) {
    TestType made;
    auto& vault = *made.vault;
    const bool durable = GENERATE(false, true);
    const auto ann = vault.make_key();
    const auto bob = vault.make_key();
    const auto box = vault.seal(ann, "email", "ann@example.com");
    const auto other = vault.seal(bob, "email", "bob@example.com");
    if (durable) make_durable(vault);
    CHECK_FALSE(vault.is_destroyed(ann));
    for (int again = 0; again < 2; ++again) {
        destroy(vault, {ann, ann});
        CHECK(vault.is_destroyed(ann));
        CHECK(vault.open(ann, "email", box) == std::nullopt);
        CHECK(vault.open(ann, "another", "no box at all") == std::nullopt);
        CHECK(contains(thrown_by([&] { static_cast<void>(vault.seal(ann, "email", "")); }), "has been destroyed"));
        CHECK(vault.open(bob, "email", other) == "bob@example.com");
        make_durable(vault);
    }
    CHECK(vault.make_key() == KeyNumber(5));
}

TEMPLATE_TEST_CASE("a key that was never made is reported, and destroys none beside it", "[vault]", MemoryVault,
                   VaultOnDisk) {
    TestType made;
    auto& vault = *made.vault;
    const auto key = vault.make_key();
    for (const std::uint64_t number : {0U, 4U, 1000U}) {
        CAPTURE(number);
        const KeyNumber missing(number);
        CHECK_THROWS_AS(static_cast<void>(vault.open(missing, "", "")), kj::Exception);
        CHECK_THROWS_AS(static_cast<void>(vault.seal(missing, "", "")), kj::Exception);
        CHECK_THROWS_AS(static_cast<void>(vault.is_destroyed(missing)), kj::Exception);
        const std::vector keys = {key, missing};
        const auto destroyed = vault.destroy(keys);
        REQUIRE_FALSE(destroyed.has_value());
        CHECK(contains(destroyed.error().message, "key " + std::to_string(number) + " to destroy is not in"));
        CHECK_FALSE(vault.is_destroyed(key));
    }
}

TEMPLATE_TEST_CASE("the ledger's own keys neither seal nor go", "[vault]", MemoryVault, VaultOnDisk) {
    TestType made;
    for (const std::uint64_t number : {1U, 2U}) {
        const std::vector keys = {KeyNumber(number)};
        CHECK_THROWS_AS(static_cast<void>(made.vault->seal(keys[0], "", "")), kj::Exception);
        CHECK_THROWS_AS(static_cast<void>(made.vault->open(keys[0], "", std::string(28, '\0'))), kj::Exception);
        CHECK_THROWS_AS(static_cast<void>(made.vault->destroy(keys)), kj::Exception);
    }
}

TEMPLATE_TEST_CASE("an address has one look-up value in an account, and others in others", "[vault]", MemoryVault,
                   VaultOnDisk) {
    TestType made;
    const auto& vault = *made.vault;
    CHECK(vault.address_mac(1, "ann@example.com") == vault.address_mac(1, "ann@example.com"));
    std::set<Mac> macs;
    for (const std::uint32_t account : {1U, 2U, 256U, 1U << 24}) {
        for (const auto* const address : {"ann@example.com", "ann@example.org", ""}) {
            macs.insert(vault.address_mac(account, address));
        }
    }
    CHECK(macs.size() == 12);
    CHECK_FALSE(macs.contains(open_vault(TempDir() / "another")->address_mac(1, "ann@example.com")));
}

TEST_CASE("the look-up value of an address is HMAC-SHA-256 over the account's number and the address", "[vault]") {
    // With the key of seed 7, computed by another program.
    const auto vault = make_memory_vault(7);
    const auto mac = vault->address_mac(258, "ann@example.com");
    CHECK(to_hex({reinterpret_cast<const char*>(mac.data()), mac.size()}) == "ef16933ee54543bb177dac46dd6752dd");
}

TEST_CASE("the same seed gives the same keys and boxes, another one others", "[vault]") {
    const auto run = [](std::uint64_t seed) {
        const auto vault = make_memory_vault(seed);
        const auto key = vault->make_key();
        const auto box = vault->seal(key, "email", "ann@example.com");
        static_cast<void>(vault->make_durable());
        return box + vault->seal(vault->make_key(), "name", "Ann");
    };
    CHECK(run(1) == run(1));
    CHECK(run(1) != run(2));
}

TEST_CASE("what was made durable is there again after the vault was closed, what was not is not", "[vault]") {
    VaultOnDisk disk;
    const auto ann = disk.vault->make_key();
    const auto bob = disk.vault->make_key();
    const auto eve = disk.vault->make_key();
    const auto box = disk.vault->seal(ann, "email", "ann@example.com");
    const auto other = disk.vault->seal(bob, "email", "bob@example.com");
    make_durable(*disk.vault);
    make_durable(*disk.vault);
    destroy(*disk.vault, {bob});
    const auto lost = disk.vault->make_key();
    const auto mac = disk.vault->address_mac(1, "ann@example.com");
    const auto digest_key = disk.vault->digest_key();
    disk.reopen();
    CHECK(disk.vault->last_key() == eve);
    CHECK(disk.vault->open(ann, "email", box) == "ann@example.com");
    CHECK(disk.vault->open(bob, "email", other) == std::nullopt);
    CHECK_FALSE(disk.vault->is_destroyed(eve));
    CHECK_THROWS_AS(static_cast<void>(disk.vault->is_destroyed(lost)), kj::Exception);
    CHECK(disk.vault->address_mac(1, "ann@example.com") == mac);
    CHECK(disk.vault->digest_key() == digest_key);
    CHECK(digest_key != open_vault(disk.directory / "another")->digest_key());
}

TEST_CASE("a key that is destroyed before it is durable never comes into any file, and its number is taken",
          "[vault]") {
    VaultOnDisk disk;
    const auto ann = disk.vault->make_key();
    const auto bob = disk.vault->make_key();
    const auto box = disk.vault->seal(ann, "email", "ann@example.com");
    const auto other = disk.vault->seal(bob, "email", "bob@example.com");
    destroy(*disk.vault, {ann});
    CHECK(slot_bytes(disk.path, ann) == std::string(64, '\0'));
    disk.reopen();
    CHECK(disk.vault->open(ann, "email", box) == std::nullopt);
    CHECK(disk.vault->open(bob, "email", other) == "bob@example.com");
    CHECK(disk.vault->make_key() == KeyNumber(5));
}

TEMPLATE_TEST_CASE("a key that is given back was never made, and its number is given again", "[vault]", MemoryVault,
                   VaultOnDisk) {
    TestType made;
    auto& vault = *made.vault;
    const auto kept = vault.make_key();
    const auto first = vault.make_key();
    const auto box = vault.seal(first, "email", "ann@example.com");  // so it is in the cache, too
    (void)vault.make_key();
    vault.give_back(kept);
    CHECK(vault.last_key() == kept);
    CHECK(contains(thrown_by([&] { (void)vault.open(first, "email", box); }), "there is no such key"));
    CHECK(vault.make_key() == first);
    CHECK_FALSE(thrown_by([&] { (void)vault.open(first, "email", box); }).empty());
    CHECK(vault.open(first, "email", vault.seal(first, "email", "bob@example.com")) == "bob@example.com");
    vault.give_back(first);
    CHECK(vault.last_key() == first);
    // What is durable may have been used.
    make_durable(vault);
    CHECK_FALSE(thrown_by([&] { vault.give_back(kept); }).empty());
    CHECK(vault.last_key() == first);
}

TEST_CASE("only the keys that are asked for are made durable", "[vault]") {
    VaultOnDisk made;
    const auto size = [&] { return bytes_of_file(made.path / "keys").size(); };
    const auto before = size();
    const auto first = made.vault->make_key();
    const auto second = made.vault->make_key();
    REQUIRE(made.vault->make_durable(first).has_value());
    CHECK(size() == before + 64);
    made.vault->give_back(first);
    make_durable(*made.vault);
    CHECK(size() == before + 64);
    CHECK(made.vault->make_key() == second);
    made.reopen();
    CHECK(made.vault->last_key() == first);
}

TEST_CASE("a destroyed key's bytes are in no file of the directory", "[vault]") {
    VaultOnDisk disk;
    const auto ann = disk.vault->make_key();
    const auto bob = disk.vault->make_key();
    make_durable(*disk.vault);
    const auto wrapped = slot_bytes(disk.path, ann);
    const auto other = slot_bytes(disk.path, bob);
    REQUIRE(files_with(wrapped.substr(0, 60), disk.directory.path()) == std::vector<std::string>{"vault/keys"});
    destroy(*disk.vault, {ann});
    for (std::size_t at = 0; at < 60; at += 12) {
        CHECK(files_with(wrapped.substr(at, 12), disk.directory.path()).empty());
    }
    CHECK(files_with(other, disk.directory.path()) == std::vector<std::string>{"vault/keys"});
}

TEST_CASE("neither clear text nor an unwrapped key nor a readable file is in the directory", "[vault]") {
    VaultOnDisk disk;
    const auto key = disk.vault->make_key();
    static_cast<void>(disk.vault->seal(key, "email", "ann@example.com"));
    make_durable(*disk.vault);
    const auto digest_key = disk.vault->digest_key();
    const std::string key_bytes(reinterpret_cast<const char*>(digest_key.data()), digest_key.size());
    CHECK(files_with("ann@example.com", disk.path).empty());
    CHECK(files_with(key_bytes, disk.path).empty());
    CHECK((fs::status(disk.path).permissions() & fs::perms::all) == fs::perms::owner_all);
    for (const auto& file : fs::directory_iterator(disk.path)) {
        CAPTURE(file.path());
        CHECK((file.status().permissions() & (fs::perms::group_all | fs::perms::others_all)) == fs::perms::none);
    }
}

TEST_CASE("a slot that was changed, or swapped with another, is reported", "[vault]") {
    VaultOnDisk disk;
    const auto ann = disk.vault->make_key();
    const auto bob = disk.vault->make_key();
    const auto box = disk.vault->seal(ann, "email", "ann@example.com");
    make_durable(*disk.vault);
    disk.vault.reset();
    auto bytes = bytes_of_file(disk.path / "keys");
    SECTION("changed") {
        bytes[64 * ann.value + 20] ^= 1;
        std::ofstream(disk.path / "keys", std::ios::binary) << bytes;
        disk.reopen();
        const auto thrown = thrown_by([&] { static_cast<void>(disk.vault->open(ann, "email", box)); });
        CAPTURE(thrown);
        CHECK(contains(thrown, "damaged"));
        CHECK(contains(thrown, (disk.path / "keys").string()));
    }
    SECTION("swapped") {
        const auto other = bytes.substr(64 * bob.value, 64);
        bytes.replace(64 * ann.value, 64, other);
        std::ofstream(disk.path / "keys", std::ios::binary) << bytes;
        disk.reopen();
        CHECK(contains(thrown_by([&] { static_cast<void>(disk.vault->open(ann, "email", box)); }),
                       "does not open by its master key"));
    }
    CHECK_FALSE(disk.vault->is_destroyed(bob));
}

TEST_CASE("after destroying has returned nobody opens, however many were opening meanwhile", "[vault]") {
    const TempDir directory;
    constexpr std::uint64_t keys = 300;
    // Smaller than what is asked for, so that keys are read from the file all the time.
    const auto vault = open_vault(directory / "vault", {.cached_keys_max = 64});
    std::vector<KeyNumber> numbers;
    std::vector<std::string> boxes;
    for (std::uint64_t i = 0; i < keys; ++i) {
        numbers.push_back(vault->make_key());
        boxes.push_back(vault->seal(numbers.back(), "email", "ann@example.com"));
        if (i % 2 == 0) make_durable(*vault);
    }
    std::atomic<std::uint64_t> destroyed = 0;  // so many of the first ones are
    std::atomic<std::uint64_t> wrong = 0;
    std::atomic<std::uint64_t> opened = 0;
    std::atomic<bool> done = false;
    const auto reader = [&](std::uint64_t step) {
        for (std::uint64_t at = 0; !done; at = (at + step) % keys) {
            const auto before = destroyed.load();
            const auto clear = vault->open(numbers[at], "email", boxes[at]);
            const bool must_be_gone = at < before;
            if (clear) ++opened;
            if (clear && (must_be_gone || *clear != "ann@example.com")) ++wrong;
        }
    };
    {
        std::vector<std::jthread> readers;
        for (const std::uint64_t step : {1U, 7U, 11U}) readers.emplace_back(reader, step);
        // Makes keys and seals with them meanwhile.
        readers.emplace_back([&] {
            while (!done) {
                const auto key = vault->make_key();
                const auto box = vault->seal(key, "name", "Bob");
                if (vault->open(key, "name", box) != "Bob") ++wrong;
                std::this_thread::yield();
            }
        });
        while (opened < 10 * keys) std::this_thread::yield();
        for (std::uint64_t at = 0; at < keys; ++at) {
            if (!vault->destroy(std::span(numbers).subspan(at, 1))) ++wrong;
            destroyed = at + 1;
        }
        done = true;
    }
    CHECK(wrong == 0);
    for (const auto number : numbers) CHECK(vault->is_destroyed(number));
}

TEST_CASE("keys become durable while others are made, none lost and none twice", "[vault]") {
    const TempDir directory;
    constexpr std::uint64_t keys = 3000;
    std::vector<std::string> boxes;
    {
        const auto vault = open_vault(directory / "vault");
        std::atomic<bool> done = false;
        std::jthread writer([&] {
            while (!done) {
                if (!vault->make_durable()) std::abort();
            }
        });
        for (std::uint64_t i = 0; i < keys; ++i) {
            boxes.push_back(vault->seal(vault->make_key(), "n", std::to_string(i)));
        }
        done = true;
        writer.join();
        make_durable(*vault);
    }
    const auto vault = open_vault(directory / "vault");
    REQUIRE(vault->last_key() == KeyNumber(keys + 2));
    for (std::uint64_t i = 0; i < keys; ++i) {
        if (vault->open(KeyNumber(i + 3), "n", boxes[i]) != std::to_string(i)) FAIL("key " << i + 3);
    }
}

}  // namespace seatledger
