// People are folded in with their addresses in their boxes, and seen as if each had been opened at once.
#include <string>

#include "tests/support/commands.h"
#include "tests/support/ledger_box.h"
#include "tests/support/people_twins.h"

namespace seatledger {
namespace {

using namespace testing;

TEST_CASE("folding registrations in opens none; who asks for one person opens that one") {
    PeopleTwins twins;
    for (std::uint32_t user = 1; user <= 50; ++user) {
        twins.happens(twins.registered(user, numbered(user)));
        twins.happens(PeopleTwins::granted(user));
    }
    CHECK(twins.opened() == 0);
    CHECK(twins.email_of(17) == numbered(17));
    CHECK(twins.email_of(17) == numbered(17));
    CHECK(twins.opened() == 1);
    CHECK(twins.bearer(numbered(17)) == UserId(17));
    CHECK(twins.opened() == 1);
    CHECK(twins.bearer("Person-31@ACME.test") == UserId(31));
    CHECK(twins.opened() == 50);
    CHECK_FALSE(twins.bearer("nobody@acme.test"));
    CHECK(twins.email_of(50) == numbered(50));
    CHECK(twins.opened() == 50);
}

TEST_CASE("a look-up after each registration opens each person once") {
    PeopleTwins twins;
    for (std::uint32_t user = 1; user <= 2'000; ++user) {
        twins.happens(twins.registered(user, numbered(user)));
        REQUIRE(twins.bearer(numbered(user)) == UserId(user));
        REQUIRE_FALSE(twins.bearer(numbered(user + 1)));
        REQUIRE(twins.opened() == user);
    }
}

TEST_CASE("what a command has sealed is not opened again") {
    TestSecrets secrets;
    CountingSeals seals(secrets.vault());
    CachedState state(nullptr, seals, Sequence(), {});
    Sequence next(1);
    const auto judge = [&](const std::string& json) {
        ReceivedCommand received(json);
        const rules::Head head(received.get());
        Envelope envelope;
        envelope.account = "acme";
        BlockBuilder block(next);
        const auto mark = block.mark();
        CommitWriter writer(block, envelope);
        REQUIRE(rules::decide(state, received.get(), state.account("acme"), writer).has_value());
        for (const auto& entry : block.entries_since(mark)) {
            state.set_sequence(entry.sequence);
            rules::evolve(state, rules::EventHead(entry));
        }
        next = block.next();
    };
    judge(
        "{'account':'acme','openAccount':{'name':'Acme','timeZone':'UTC','currency':'USD',"
        "'superAdmin':{'email':'Boss@acme.test','name':'Ida Boss'}}}");
    for (std::uint32_t user = 2; user <= 500; ++user) {
        judge("{'account':'acme','registerUser':{'email':'" + numbered(user) + "','name':'A Person'}}");
        REQUIRE(state.user_of(acme_number, numbered(user)) == UserId(user));
        REQUIRE(state.user(acme_number, UserId(user))->email == numbered(user));
    }
    judge("{'account':'acme','changeEmail':{'email':'" + numbered(7) + "','newEmail':'Ann@acme.test'}}");
    CHECK(state.user(acme_number, UserId(7))->email == "Ann@acme.test");
    CHECK(state.user_of(acme_number, "ann@acme.test") == UserId(7));
    CHECK_FALSE(state.user_of(acme_number, numbered(7)));
    judge("{'account':'acme','erasePerson':{'email':'ann@acme.test'}}");
    CHECK_FALSE(state.user_of(acme_number, "ann@acme.test"));
    CHECK(state.user_of(acme_number, "boss@acme.test") == UserId(1));
    CHECK(seals.opened() == 0);
}

TEST_CASE("what was sealed for a command that was rejected is nobody's address") {
    PeopleTwins twins;
    twins.state().expect_address("a box", "ann@acme.test");
    twins.happens(twins.registered(1, "bob@acme.test"));
    CHECK_FALSE(twins.bearer("ann@acme.test"));
    CHECK(twins.bearer("bob@acme.test") == UserId(1));
}

TEST_CASE("an address that is changed before it was opened is no longer anybody's") {
    PeopleTwins twins;
    twins.happens(twins.registered(1, "ann@acme.test"));
    twins.happens(twins.email_changed(1, "anna@acme.test"));
    CHECK_FALSE(twins.bearer("ann@acme.test"));
    CHECK(twins.bearer("anna@acme.test") == UserId(1));
    CHECK(twins.email_of(1) == "anna@acme.test");
}

TEST_CASE("an address goes from one person to another, and back, before it was opened") {
    PeopleTwins twins;
    twins.happens(twins.registered(1, "ann@acme.test"));
    twins.happens(twins.email_changed(1, "anna@acme.test"));
    twins.happens(twins.registered(2, "ann@acme.test"));
    const bool in_between = GENERATE(false, true);
    if (in_between) {
        CHECK(twins.bearer("ann@acme.test") == UserId(2));
        CHECK(twins.bearer("anna@acme.test") == UserId(1));
    }
    twins.happens(twins.email_changed(2, "bob@acme.test"));
    twins.happens(twins.email_changed(1, "ann@acme.test"));
    CHECK(twins.bearer("ann@acme.test") == UserId(1));
    CHECK(twins.bearer("bob@acme.test") == UserId(2));
    CHECK_FALSE(twins.bearer("anna@acme.test"));
}

TEST_CASE("who was removed or erased before they were opened is not found, and their address is free") {
    PeopleTwins twins;
    twins.happens(twins.registered(1, "ann@acme.test"));
    twins.happens(twins.registered(2, "bob@acme.test"));
    twins.happens(PeopleTwins::removed(1));
    twins.happens(PeopleTwins::removed(2));
    twins.happens(twins.erased(2));
    CHECK(twins.email_of(1) == "ann@acme.test");
    CHECK(twins.email_of(2).empty());
    CHECK_FALSE(twins.bearer("ann@acme.test"));
    CHECK_FALSE(twins.bearer("bob@acme.test"));
    twins.happens(twins.registered(3, "bob@acme.test"));
    CHECK(twins.bearer("bob@acme.test") == UserId(3));
}

TEST_CASE("a destroyed key reads as nobody's address") {
    PeopleTwins twins;
    twins.happens(twins.registered(1, "ann@acme.test"));
    twins.happens(twins.registered(2, "bob@acme.test"));
    twins.destroy_key(1);
    CHECK_FALSE(twins.bearer("ann@acme.test"));
    CHECK(twins.email_of(1).empty());
    CHECK(twins.bearer("bob@acme.test") == UserId(2));

    twins.happens(PeopleTwins::removed(1));
    twins.happens(twins.erased(1));
    twins.happens(twins.registered(3, "ann@acme.test"));
    twins.reopen();
    CHECK(twins.bearer("ann@acme.test") == UserId(3));
    CHECK(twins.email_of(1).empty());
}

TEST_CASE("a trial takes back what was opened in it as well") {
    PeopleTwins twins;
    twins.happens(twins.registered(1, "ann@acme.test"));
    twins.happens(twins.registered(2, "bob@acme.test"));
    const bool one_by_one = GENERATE(false, true);
    const bool keeps = GENERATE(false, true);

    twins.begin_trial();
    if (one_by_one) CHECK(twins.email_of(1) == "ann@acme.test");
    twins.happens(PeopleTwins::granted(2));
    twins.happens(twins.email_changed(1, "anna@acme.test"));
    twins.happens(twins.registered(3, "ann@acme.test"));
    CHECK(twins.bearer("ann@acme.test") == UserId(3));
    CHECK(twins.bearer("bob@acme.test") == UserId(2));
    twins.happens(PeopleTwins::removed(2));
    CHECK_FALSE(twins.bearer("bob@acme.test"));
    twins.end_trial(keeps);

    CHECK(twins.bearer("ann@acme.test") == UserId(keeps ? 3 : 1));
    CHECK(twins.bearer("anna@acme.test") == UserId(keeps ? 1 : 0));
    CHECK(twins.bearer("bob@acme.test") == UserId(keeps ? 0 : 2));
    CHECK(twins.email_of(1) == (keeps ? "anna@acme.test" : "ann@acme.test"));
    CHECK(twins.state().user(acme_number, UserId(2))->roles.has(schema::Role::ADMIN) == false);
    CHECK((twins.state().user(acme_number, UserId(3)) != nullptr) == keeps);
}

TEST_CASE("whoever is let go of sealed is found, by an address that was nobody's before, too") {
    StateLimits limits;
    limits.people_max = 8;
    PeopleTwins twins(true, limits);
    // Remembered as nobody's for as long as there is room for what was asked lately.
    CHECK_FALSE(twins.bearer(numbered(1)));
    for (std::uint32_t user = 1; user <= 40; ++user) twins.happens(twins.registered(user, numbered(user)));
    twins.catch_up();
    for (int i = 0; i < 4; ++i) {
        CHECK(twins.state().evict());
        CHECK(twins.bearer(numbered(1)) == UserId(1));
    }
    for (std::uint32_t user = 1; user <= 40; ++user) {
        CHECK(twins.bearer(numbered(user)) == UserId(user));
        CHECK(twins.email_of(user) == numbered(user));
    }
}

TEST_CASE("who loses an address that the tables know is not found by it, though never opened here") {
    PeopleTwins twins(true);
    twins.happens(twins.registered(1, "ann@acme.test"));
    twins.happens(twins.registered(2, "bob@acme.test"));
    twins.catch_up();
    twins.happens(twins.email_changed(1, "anna@acme.test"));
    twins.happens(PeopleTwins::removed(2));
    CHECK_FALSE(twins.bearer("ann@acme.test"));
    CHECK_FALSE(twins.bearer("bob@acme.test"));
    CHECK(twins.bearer("anna@acme.test") == UserId(1));
}

TEST_CASE("people who are opened before a trial are not opened again after it") {
    PeopleTwins twins;
    for (std::uint32_t user = 1; user <= 20; ++user) twins.happens(twins.registered(user, numbered(user)));
    for (int trial = 0; trial < 5; ++trial) {
        twins.begin_trial();
        CHECK_FALSE(twins.bearer("nobody@acme.test"));
        CHECK(twins.bearer(numbered(5)) == UserId(5));
        twins.end_trial(false);
    }
    CHECK(twins.opened() == 20);
}

TEST_CASE("a ledger whose people's keys are missing does not open") {
    LedgerBox box;
    box.must_happen({
        "{'account':'acme','openAccount':{'name':'Acme','timeZone':'UTC','currency':'USD',"
        "'superAdmin':{'email':'boss@acme.test'}}}",
        "{'account':'acme','registerUser':{'email':'ann@acme.test'}}",
    });
    CHECK(Ledger::open(box.log(), box.secrets(), nullptr, box.clock()).has_value());
    TestSecrets older;
    static_cast<void>(older.vault().make_key());
    const auto opened = Ledger::open(box.log(), older, nullptr, box.clock());
    REQUIRE_FALSE(opened.has_value());
    CHECK(opened.error().message.find("keys are missing; restore") != std::string::npos);
}

}  // namespace
}  // namespace seatledger
