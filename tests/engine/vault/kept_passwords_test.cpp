// What is kept of passwords: newest first, and never more than may count.
#include "engine/vault/kept_passwords.h"

#include "tests/support/catch.h"

namespace seatledger {
namespace {

constexpr AccountNumber acme{1};
constexpr UserId ann{7};

void keep(PrivateTable& table, std::uint64_t sequence, const std::string& hash, UserId user = ann) {
    const PrivateTable::Row row[] = {password_row(table, acme, user, {Sequence(sequence), hash})};
    REQUIRE(table.write(row));
}

std::vector<std::string> kept(const PrivateTable& table, UserId user = ann, AccountNumber account = acme) {
    std::vector<std::string> all;
    for (const auto& password : kept_passwords(table, account, user)) {
        all.push_back(std::to_string(password.sequence.value) + " " + password.hash);
    }
    return all;
}

using All = std::vector<std::string>;

TEST_CASE("passwords are kept newest first, since the newest may be of an event that never got into the log") {
    const auto table = make_memory_private_table();
    CHECK(kept(*table).empty());
    keep(*table, 10, "a");
    keep(*table, 20, "b");
    CHECK(kept(*table) == All{"20 b", "10 a"});
}

TEST_CASE("of one event only the last attempt is kept, and of later ones none") {
    const auto table = make_memory_private_table();
    keep(*table, 10, "a");
    keep(*table, 20, "of-no-event");
    keep(*table, 20, "b");
    CHECK(kept(*table) == All{"20 b", "10 a"});
    // The log did not get as far as the attempt had.
    keep(*table, 15, "c");
    CHECK(kept(*table) == All{"15 c", "10 a"});
}

TEST_CASE("of old passwords only three are kept") {
    const auto table = make_memory_private_table();
    for (std::uint64_t i = 1; i <= 9; ++i) keep(*table, i, "h" + std::to_string(i));
    CHECK(kept(*table) == All{"9 h9", "8 h8", "7 h7", "6 h6"});
}

TEST_CASE("everybody's passwords are their own") {
    const auto table = make_memory_private_table();
    keep(*table, 10, "a");
    keep(*table, 11, "b", UserId(71));
    CHECK(kept(*table) == All{"10 a"});
    CHECK(kept(*table, UserId(71)) == All{"11 b"});
    CHECK(kept(*table, ann, AccountNumber{17}).empty());
}

TEST_CASE("what is purged under its key is kept no more") {
    const auto table = make_memory_private_table();
    keep(*table, 10, "a");
    const std::string gone[] = {password_key(acme, ann)};
    REQUIRE(table->write({}, gone));
    CHECK(kept(*table).empty());
}

}  // namespace
}  // namespace seatledger
