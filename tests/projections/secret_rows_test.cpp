// By which addresses people are found, as the tables put it down.
#include "projections/secret_rows.h"

#include <string>
#include <vector>

#include "engine/vault/addresses.h"
#include "engine/vault/kept_passwords.h"
#include "events/text.h"
#include "tests/support/catch.h"
#include "tests/support/ledger_box.h"

namespace seatledger {
namespace {

using namespace testing;

const AccountNumber acme_number(1);

// Puts down what all events of the log mean.
void follow(LedgerBox& box, const Secrets& secrets) {
    SecretRows rows(secrets, box.log().last());
    for (const auto& block : box.blocks()) {
        const auto opened = open_block(block);
        REQUIRE(opened.has_value());
        for (const auto& entry : opened->entries()) rows.apply(read_event(entry), acme_number);
    }
    REQUIRE(rows.put_down().has_value());
}

std::vector<std::uint32_t> bearers(const Secrets& secrets, const std::string& email) {
    std::vector<std::uint32_t> numbers;
    for (const auto user : bearers_of(secrets, acme_number, fold_case(email))) numbers.push_back(user.value);
    return numbers;
}

}  // namespace

TEST_CASE("everyone who ever bore an address is found by it, and who was erased is not") {
    LedgerBox box;
    box.must_happen(steps(open_acme(), registered("ann"),
                          acme("'changeEmail':{'email':'ann@acme.test','newEmail':'anna@acme.test'}"),
                          acme("'removeUser':{'email':'anna@acme.test'}"), registered("anna"), registered("bob")));
    const Secrets secrets = box.secrets();
    follow(box, secrets);
    CHECK(bearers(secrets, "ANN@acme.test") == std::vector<std::uint32_t>{2});
    CHECK(bearers(secrets, "anna@acme.test") == std::vector<std::uint32_t>{2, 3});
    CHECK(bearers(secrets, "nobody@acme.test").empty());
    CHECK(bearers_of(secrets, AccountNumber(2), "ann@acme.test").empty());

    box.must_happen({acme("'erasePerson':{'email':'anna@acme.test'}")});
    follow(box, secrets);
    CHECK(bearers(secrets, "anna@acme.test") == std::vector<std::uint32_t>{2});
    CHECK(bearers(secrets, "bob@acme.test") == std::vector<std::uint32_t>{4});
}

TEST_CASE("after the log was restored from an older copy, what comes is found, and what is erased meanwhile is not") {
    LedgerBox box;
    box.must_happen(steps(open_acme(), registered("ann"), registered("bob")));
    const Secrets secrets = box.secrets();
    const PrivateTable::Row ahead[] = {{"addresses until", "350"}};
    REQUIRE(secrets.rows.write(ahead).has_value());
    SecretRows rows(secrets, box.log().last());
    for (const auto& block : box.blocks()) {
        const auto opened = open_block(block);
        for (const auto& entry : opened->entries()) rows.apply(read_event(entry), acme_number);
    }
    // Between the opening of the address and its being put down.
    const KeyNumber anns[] = {box.ledger().state().user(acme_number, UserId(2))->key};
    REQUIRE(secrets.vault.destroy(anns).has_value());
    REQUIRE(rows.put_down().has_value());
    CHECK(bearers(secrets, "ann@acme.test").empty());
    CHECK(bearers(secrets, "bob@acme.test") == std::vector<std::uint32_t>{3});
}

TEST_CASE("a vault that is older than the tables is brought up to them, and a newer one is left alone") {
    LedgerBox box;
    box.must_happen(steps(open_acme(), registered("ann"), registered("bob")));
    const Secrets secrets = box.secrets();
    const auto number_of = [](std::string_view id) { return id == "acme" ? std::optional(acme_number) : std::nullopt; };
    const auto bring_up = [&](Sequence until) {
        const auto done = SecretRows::bring_up(box.log(), secrets, until, number_of);
        INFO((done ? "" : done.error().message));
        REQUIRE(done.has_value());
    };
    const auto said = [&] { return secrets.rows.get("done until").value_or(""); };
    // Nothing says yet how far it is.
    bring_up(Sequence(4));
    CHECK(bearers(secrets, "ann@acme.test") == std::vector<std::uint32_t>{2});
    CHECK(bearers(secrets, "bob@acme.test").empty());  // the tables have not seen bob
    CHECK(said() == "4");

    box.must_happen({acme("'erasePerson':{'email':'ann@acme.test'}")});
    const auto last = box.log().last();
    bring_up(last);
    CHECK(bearers(secrets, "ann@acme.test").empty());
    CHECK(bearers(secrets, "bob@acme.test") == std::vector<std::uint32_t>{3});
    CHECK(said() == std::to_string(last.value));

    // Had it been looked at again, ann would be gone again.
    const auto keys = address_rows(secrets.vault, acme_number, "ann@acme.test", UserId(2));
    REQUIRE(secrets.rows.write(keys).has_value());
    bring_up(last);
    CHECK(bearers(secrets, "ann@acme.test") == std::vector<std::uint32_t>{2});

    const PrivateTable::Row ahead[] = {{"done until", "350"}};
    REQUIRE(secrets.rows.write(ahead).has_value());
    bring_up(last);
    CHECK(said() == std::to_string(last.value));
}

TEST_CASE("after the log was restored from an older copy, what is said of it holds after a crash, too") {
    LedgerBox box;
    box.must_happen(steps(open_acme(), registered("ann")));
    const Secrets secrets = box.secrets();
    const PrivateTable::Row ahead[] = {{"addresses until", "350"}, {"done until", "350"}};
    REQUIRE(secrets.rows.write(ahead).has_value());
    const auto number_of = [](std::string_view) { return std::optional(acme_number); };
    REQUIRE(SecretRows::bring_up(box.log(), secrets, box.log().last(), number_of).has_value());
    const auto last = std::to_string(box.log().last().value);
    CHECK(secrets.rows.get("done until") == last);
    CHECK(secrets.rows.get("addresses until") == last);
}

TEST_CASE("a password that was changed since an older copy of the vault lets nobody in") {
    LedgerBox box;
    box.must_happen(steps(open_acme(), registered("ann")));
    const Secrets secrets = box.secrets();
    const auto number_of = [](std::string_view) { return std::optional(acme_number); };
    const auto bring_up = [&] {
        REQUIRE(SecretRows::bring_up(box.log(), secrets, box.log().last(), number_of).has_value());
    };
    const auto keep = [&](Sequence sequence) {
        const PrivateTable::Row row[] = {password_row(secrets.rows, acme_number, UserId(2), {sequence, "hash"})};
        REQUIRE(secrets.rows.write(row).has_value());
    };
    const auto change = acme("'setPassword':{'email':'ann@acme.test','password':'twelve characters'}");
    box.must_happen({change});
    keep(box.log().last());
    bring_up();
    CHECK(kept_passwords(secrets.rows, acme_number, UserId(2)).size() == 1);
    box.must_happen({change});  // of which this vault knows nothing
    bring_up();
    CHECK(kept_passwords(secrets.rows, acme_number, UserId(2)).empty());
}

TEST_CASE("addresses that are kept are not looked for again, and those that are new are found") {
    LedgerBox box;
    box.must_happen(steps(open_acme(), registered("ann")));
    const Secrets secrets = box.secrets();
    follow(box, secrets);
    // Were they looked for again, they would be there again.
    const auto keys = address_keys_of(secrets.rows, acme_number, UserId(2));
    REQUIRE(keys.size() == 2);
    REQUIRE(secrets.rows.write({}, keys).has_value());
    box.must_happen({registered("bob")});
    follow(box, secrets);
    CHECK(bearers(secrets, "ann@acme.test").empty());
    CHECK(bearers(secrets, "bob@acme.test") == std::vector<std::uint32_t>{3});
}

}  // namespace seatledger
