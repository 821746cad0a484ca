#include "engine/pending.h"

#include <string>
#include <vector>

#include "events/text.h"
#include "tests/support/catch.h"
#include "tests/support/test_secrets.h"

namespace seatledger {
namespace {

using namespace testing;

// Appends an event of an account's, a commit of its own, and all that may come with one.
void happen(Pending& pending, Vault& vault, Answer& answer, const std::string& name) {
    const auto since = pending.mark();
    const auto key = vault.make_key();
    auto event = pending.block().begin_event();
    event.setAccount(text(name));
    event.initUserRemoved().setUser(1);
    REQUIRE(pending.block().end_event() > 0);
    pending.block().end_commit();
    pending.set_password({AccountNumber(1), UserId(1), pending.block().next(), name});
    pending.destroy(key);
    pending.erase({name, UserId(1)});
    pending.expect(answer, since);
}

std::vector<std::string> accounts_of(const Entries& entries) {
    std::vector<std::string> accounts;
    for (const auto& entry : entries) accounts.emplace_back(view(read_event(entry).getAccount()));
    return accounts;
}

}  // namespace

TEST_CASE("what is taken back sets no password, makes and destroys no key, erases nobody and answers nothing") {
    TestSecrets secrets;
    auto& vault = secrets.vault();
    Pending pending(vault, Sequence(5));
    Answer before;
    Answer tried;
    Answer after;
    happen(pending, vault, before, "before");
    const auto last_key = vault.last_key();
    const auto mark = pending.mark();
    happen(pending, vault, tried, "tried");
    happen(pending, vault, tried, "tried as well");
    CHECK(accounts_of(pending.entries_since(mark)) == std::vector<std::string>{"tried", "tried as well"});
    CHECK(pending.count_since(mark) == 2);
    pending.go_back(mark);
    CHECK(vault.last_key() == last_key);
    CHECK(pending.count_since(mark) == 0);
    happen(pending, vault, after, "after");

    const auto block = pending.finish();
    const auto opened = open_block(*block.words);
    REQUIRE(opened);
    CHECK(block.first == Sequence(5));
    CHECK(accounts_of(opened->entries()) == std::vector<std::string>{"before", "after"});
    REQUIRE(block.passwords.size() == 2);
    CHECK(block.passwords[0].hash == "before");
    CHECK(block.passwords[1].hash == "after");
    CHECK(block.destroyed == std::vector<KeyNumber>{last_key, last_key.next()});
    CHECK(block.erased == std::vector<PersonName>{{"before", UserId(1)}, {"after", UserId(1)}});
    CHECK(block.last_key == last_key.next());
    CHECK(tried.entries.empty());
    CHECK(tried.block == nullptr);
    CHECK(before.first == Sequence(5));
    CHECK(after.last == Sequence(6));
    CHECK(accounts_of(Entries(after.entries, after.first)) == std::vector<std::string>{"after"});
}

TEST_CASE("a block that is finished leaves nothing to the next one") {
    TestSecrets secrets;
    Pending pending(secrets.vault(), Sequence(1));
    Answer first;
    Answer second;
    happen(pending, secrets.vault(), first, "first");
    static_cast<void>(pending.finish());
    pending.settle(true);
    CHECK_FALSE(first.entries.empty());
    happen(pending, secrets.vault(), second, "second");
    const auto block = pending.finish();
    CHECK(block.first == Sequence(2));
    CHECK(block.passwords.size() == 1);
    CHECK(block.destroyed.size() == 1);
    CHECK(block.erased.size() == 1);
    CHECK_FALSE(second.entries.empty());
}

TEST_CASE("answers whose block could not be put have no events") {
    TestSecrets secrets;
    Pending pending(secrets.vault(), Sequence(1));
    Answer answer;
    happen(pending, secrets.vault(), answer, "lost");
    static_cast<void>(pending.finish());
    CHECK_FALSE(answer.entries.empty());
    pending.settle(false);
    CHECK(answer.entries.empty());
    CHECK(answer.block == nullptr);
}

}  // namespace seatledger
