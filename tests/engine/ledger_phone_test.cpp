// What the ledger answers and destroys where phone configurations are kept.
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/given.h"
#include "tests/support/ledger_box.h"

namespace seatledger {
namespace {

using namespace testing;

// Licenses 1 and 2 of connect, which keeps phones, and 3 of chat, which does not. Ann has 1 and 3, bob 2, and both a
// configuration. It is the 2nd.
Steps world() {
    return steps(open_acme(), registered("ann"), registered("bob"), phone_product("connect"), product("chat"),
                 bought("i-1", "connect", 2), bought("i-2", "chat", 1), "2020-01-02T00:00:00Z", bind(1, "ann"),
                 bind(3, "ann"), bind(2, "bob"), phone_saved("ann"), phone_saved("bob"));
}

std::string bulk(const std::string& name, const std::string& rows, const std::string& more) {
    return acme("'" + name + "':{'rows':[" + rows + "]," + more + "}");
}

KeyNumber key_of(LedgerBox& box, std::uint32_t user) {
    return box.ledger().state().user(AccountNumber(1), UserId(user))->phone.key;
}

std::size_t count_of(const Answer& answer) { return events_of(answer).size(); }

const Instant until = instant("2020-01-09T00:00:00Z");

}  // namespace

TEST_CASE("the answer to an unbind says until when the person's phone configuration is kept") {
    LedgerBox box;
    box.must_happen(world());
    CHECK(box.judge(unbind(3)).phone_kept_until == no_instant);  // it is in use
    CHECK(box.judge(unbind(1)).phone_kept_until == until);
    // Also when something else goes later: it is kept still, and until then.
    box.must_happen({bind(3, "ann"), "2020-01-04T00:00:00Z"});
    CHECK(box.judge(unbind(3)).phone_kept_until == until);
    box.must_happen({bind(3, "ann"), "2020-01-09T00:00:00Z"});
    CHECK(box.judge(unbind(3)).phone_kept_until == no_instant);  // purged
    const auto& reassigned = box.judge(acme("'reassignLicense':{'license':2,'email':'ann@acme.test'}"));
    CHECK(reassigned.phone_kept_until == instant("2020-01-16T00:00:00Z"));  // bob's
    const auto& to_herself = box.judge(acme("'reassignLicense':{'license':2,'email':'ann@acme.test'}"));
    CHECK(to_herself.unbound);
    CHECK(to_herself.phone_kept_until == no_instant);
}

TEST_CASE("each row of a bulk unbind says until when, in one commit, in many, and in a dry run") {
    for (const std::string how : {"'atomic':true", "'atomic':false", "'dryRun':true", "'atomic':true,'dryRun':true"}) {
        INFO(how);
        LedgerBox box;
        box.must_happen(world());
        const auto& answer = box.judge(bulk("unbindLicenses", "{'license':3},{'license':1},{'license':2}", how));
        REQUIRE(answer.rows.size() == 3);
        CHECK(answer.rows[0].phone_kept_until == no_instant);
        CHECK(count_of(answer.rows[0]) == 1);
        for (const std::size_t row : {1, 2}) {
            CHECK(answer.rows[row].phone_kept_until == until);
            const auto events = events_of(answer.rows[row]);
            REQUIRE(events.size() == 2);
            CHECK(is_event(events[1], "{'phoneRetained':{'until':'2020-01-09T00:00:00.000000Z'}}"));
        }
    }
}

TEST_CASE("a dry run counts what fell due, though nobody has recorded it, and records and destroys nothing") {
    LedgerBox box;
    box.must_happen(world());
    const auto bind_dry = [&](int license) {
        return count_of(
            box.judge(bulk("bindLicenses", "{'license':" + std::to_string(license) + ",'email':'ann@acme.test'}",
                           "'dryRun':true"))
                .rows.at(0));
    };
    box.must_happen({unbind(1)});
    box.clock().set(Instant{until.micros - 1});
    CHECK(bind_dry(1) == 2);  // it would be restored
    box.clock().set(until);
    const auto before = box.dump();
    const auto key = key_of(box, 2);
    CHECK(bind_dry(1) == 1);  // it is too late
    CHECK(box.dump() == before);
    box.commit();
    CHECK_FALSE(box.secrets().vault().is_destroyed(key));
    CHECK(count_of(box.judge(bind(1, "ann"))) == 1);
    CHECK(box.secrets().vault().is_destroyed(key));
}

TEST_CASE("a dry run knows of a license whose end nobody has recorded that its phone is kept since") {
    LedgerBox box;
    box.must_happen(steps(open_acme(), registered("ann"), phone_product("day", "P1D"), phone_product("connect"),
                          product("chat"), bought("i-1", "day", 1), bought("i-2", "connect", 1),
                          bought("i-3", "chat", 1), bind(1, "ann"), phone_saved("ann")));
    const auto rows = "{'license':3,'email':'ann@acme.test'},{'license':2,'email':'ann@acme.test'}";
    box.clock().set(instant("2020-01-08T23:59:59.999999Z"));
    const auto& in_time = box.judge(bulk("bindLicenses", rows, "'dryRun':true"));
    REQUIRE(in_time.rows.size() == 2);
    CHECK(count_of(in_time.rows[1]) == 2);
    box.clock().set(until);
    CHECK(count_of(box.judge(bulk("bindLicenses", rows, "'dryRun':true")).rows.at(1)) == 1);
    CHECK(count_of(box.judge(bulk("bindLicenses", rows, "'dryRun':true,'atomic':true")).rows.at(1)) == 1);
}

TEST_CASE("a purge destroys the key that all versions were sealed with, and no other") {
    LedgerBox box;
    box.must_happen(steps(world(), phone_saved("ann", "{'line':2}"), unbind(1)));
    const auto of_ann = key_of(box, 2);
    const auto of_bob = key_of(box, 3);
    REQUIRE(of_ann != of_bob);
    box.must_happen({"2020-01-09T00:00:00Z", registered("cid")});
    CHECK(box.secrets().vault().is_destroyed(of_ann));
    CHECK_FALSE(box.secrets().vault().is_destroyed(of_bob));
    std::string all;
    for (const auto& event : box.events()) all += event;
    CHECK(contains(all, R"("phoneSaved":{"email":"ann@acme.test","config":null})"));
    CHECK(contains(all, R"("phoneSaved":{"email":"bob@acme.test","config":"{\"line\":1}"})"));
    const auto live = box.dump();
    box.reopen();
    CHECK(box.dump() == live);
    box.must_happen({bind(1, "ann"), phone_saved("ann", "3")});
    CHECK(key_of(box, 2) != of_ann);
}

TEST_CASE("whoever is erased loses their configuration's key with their own") {
    LedgerBox box;
    box.must_happen(steps(world(), unbind(1), unbind(3)));
    const auto key = key_of(box, 2);
    box.must_happen({acme("'erasePerson':{'email':'ann@acme.test'}")});
    CHECK(box.secrets().vault().is_destroyed(key));
    CHECK_FALSE(key_of(box, 2));
    box.must_happen({"2020-01-10T00:00:00Z", registered("cid")});
    CHECK(contains(box.events().back(), "userRegistered"));
    CHECK(contains(box.events()[box.events().size() - 2], "personErased"));
}

TEST_CASE("a saved configuration is recognised when it is sent again, and one that differs is refused") {
    LedgerBox box;
    box.must_happen(world());
    const auto save = [](const std::string& config) {
        return acme("'requestId':'p-1','savePhone':{'email':'ann@acme.test','config':'" + config + "'}");
    };
    box.must_happen({save("[1]")});
    CHECK(box.judge(save("[1]")).replayed);
    CHECK(rejected(box.judge(save("[2]"))) == "request_id_reused");
}

}  // namespace seatledger
