// Exactly once: request ids.
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/given.h"
#include "tests/support/ledger_box.h"
#include "tests/support/samples.h"

namespace seatledger {
namespace {

using namespace testing;

std::string with_id(const std::string& id, const std::string& body) { return acme("'requestId':'" + id + "'," + body); }

// Licenses 1 to 5 of connect, free; ann, bob and cid.
Steps world() {
    return steps(open_acme(), registered("ann"), registered("bob"), registered("cid"), product("connect"),
                 bought("i-1", "connect", 5));
}

std::string rows_of(const std::vector<std::string>& names) {
    std::string rows;
    for (const auto& name : names) {
        rows += (rows.empty() ? "" : ",") + ("{'sku':'connect','email':'" + name + "@acme.test'}");
    }
    return "[" + rows + "]";
}

std::string bind_all(const std::string& id, const std::vector<std::string>& names, const std::string& more = "") {
    return with_id(id, "'bindLicenses':{'rows':" + rows_of(names) + more + "}");
}

void check_replayed(const Answer& answer, std::uint64_t first, std::uint64_t last) {
    CHECK(rejected(answer) == "");
    CHECK(answer.replayed);
    CHECK(answer.first.value == first);
    CHECK(answer.last.value == last);
}

}  // namespace

TEST_CASE("the same request id with the same command gets the first answer again and appends nothing") {
    LedgerBox box;
    box.must_happen(world());
    box.must_happen({invoiced("i-2", "connect", 1)});
    const auto command = with_id("r-1",
                                 "'recordPayment':{'invoice':'i-2','reference':'b-2','amount':{'amount':'10.00',"
                                 "'currency':'USD'}}");
    const auto& first = box.judge(command);
    CHECK(rejected(first) == "");
    CHECK_FALSE(first.replayed);
    REQUIRE(first.last.value == first.first.value + 2);
    const auto blocks = box.blocks();
    const auto before = box.dump();

    check_replayed(box.judge(command), first.first.value, first.last.value);
    box.clock().set(instant("2021-06-01T00:00:00Z"));  // a repeated command does not even meet what fell due
    check_replayed(box.judge(command), first.first.value, first.last.value);
    CHECK(box.blocks() == blocks);
    CHECK(box.dump() == before);

    box.reopen();
    check_replayed(box.judge(command), first.first.value, first.last.value);
    CHECK(box.blocks() == blocks);
}

TEST_CASE("a command is recognised while its events are still on their way to the log") {
    LedgerBox box;
    box.must_happen(world());
    const auto command = with_id("r-1", "'bindLicense':{'license':1,'email':'ann@acme.test'}");
    const auto& first = box.judge_only(command);
    const auto& second = box.judge_only(command);
    const auto& other = box.judge_only(with_id("r-1", "'bindLicense':{'license':2,'email':'bob@acme.test'}"));
    box.commit();
    check_replayed(second, first.first.value, first.last.value);
    CHECK(rejected(other) == "request_id_reused");
    CHECK(box.log().last() == first.last);
}

TEST_CASE("request_id_reused: with another command, and the message names the id and where it was used") {
    LedgerBox box;
    box.must_happen(world());
    const auto& first = box.judge(with_id("r-1", "'bindLicense':{'license':1,'email':'ann@acme.test'}"));
    const auto blocks = box.blocks();
    for (const bool reopened : {false, true}) {
        if (reopened) box.reopen();
        for (const std::string body :
             {"'bindLicense':{'license':1,'email':'bob@acme.test'}", "'unbindLicense':{'license':1}",
              "'actor':'boss@acme.test','bindLicense':{'license':1,'email':'ann@acme.test'}",
              "'at':'2020-01-01T00:00:00Z','bindLicense':{'license':1,'email':'ann@acme.test'}",
              "'corrects':1,'bindLicense':{'license':1,'email':'ann@acme.test'}",
              "'bindLicense':{'license':1,'email':'Ann@acme.test'}"}) {
            const auto& answer = box.judge(with_id("r-1", body));
            CHECK(rejected(answer) == "request_id_reused");
            CHECK(answer.rejection->message.find("r-1") != std::string::npos);
            CHECK(answer.rejection->message.find(std::to_string(first.first.value)) != std::string::npos);
        }
    }
    CHECK(box.blocks() == blocks);
}

TEST_CASE("request_id_reused stands before everything else that is wrong with a command") {
    LedgerBox box;
    box.must_happen(sample_world());
    const std::string id = "'requestId':'used',";
    box.must_happen({acme(id + "'grantRole':{'email':'boss@acme.test','role':'admin'}"),
                     "{'account':'past'," + id + "'grantRole':{'email':'boss@acme.test','role':'admin'}}",
                     "{" + id + "'changeProduct':{'sku':'connect'}}"});
    for (const auto& sample : samples()) {
        if (sample.name == "openAccount" || sample.name.starts_with("bindLicenses") || sample.name == "unbindLicenses")
            continue;
        // No value, no right, and a time in the future.
        const auto stream = sample.account.empty() ? "" : "'account':'" + sample.account + "',";
        const auto command =
            "{" + stream + id + "'actor':'nobody@acme.test','at':'2030-01-01T00:00:00Z','" + sample.name + "':{}}";
        INFO(command);
        CHECK(rejected(box.judge(command)) == "request_id_reused");
    }
    // Where an account is opened, the id can only have been used if the account is there.
    CHECK(rejected(box.judge(acme(id + "'actor':'nobody@acme.test','openAccount':{}"))) == "request_id_reused");
    // Atomic bulk commands have an id of their own, the others one a row.
    const std::string bad = "'actor':'nobody@acme.test','at':'2030-01-01T00:00:00Z',";
    for (const std::string name : {"bindLicenses", "unbindLicenses"}) {
        CHECK(rejected(box.judge(acme(id + bad + "'" + name + "':{'atomic':true}"))) == "request_id_reused");
    }
}

TEST_CASE("openAccount is repeatable like everything else") {
    LedgerBox box;
    const auto open = open_acme("UTC", "'requestId':'r-1',");
    const auto& first = box.judge(open);
    CHECK(first.last.value == 3);
    check_replayed(box.judge(open), 1, 3);
    box.reopen();
    check_replayed(box.judge(open), 1, 3);
    CHECK(rejected(box.judge(open_acme("Europe/Berlin", "'requestId':'r-1',"))) == "request_id_reused");
    CHECK(rejected(box.judge(open_acme("UTC", "'requestId':'r-2',"))) == "account_must_be_new");
}

TEST_CASE("request ids are each account's own, and the catalogue's") {
    LedgerBox box;
    const std::string id = "'requestId':'r-1',";
    box.must_happen(
        {open_acme("UTC", id),
         "{'account':'globex'," + id + "'openAccount':{'name':'G','superAdmin':{'email':'gil@example.com'}}}",
         "{" + id + product("connect").substr(1)});
    CHECK(box.log().last().value == 7);
    for (const bool reopened : {false, true}) {
        if (reopened) box.reopen();
        check_replayed(box.judge("{" + id + product("connect").substr(1)), 7, 7);
        CHECK(rejected(box.judge("{" + id + product("other").substr(1))) == "request_id_reused");
    }
}

TEST_CASE("a rejected command does not use up its request id") {
    LedgerBox box;
    box.must_happen(world());
    CHECK(rejected(box.judge(with_id("r-1", "'bindLicense':{'license':9,'email':'ann@acme.test'}"))) ==
          "license_must_exist");
    CHECK(rejected(box.judge(with_id("r-1", "'bindLicense':{'license':1,'email':'ann@acme.test'}"))) == "");
}

TEST_CASE("a command is repeated whatever would be said against it today") {
    LedgerBox box;
    box.must_happen(world());
    box.must_happen({granted("ann", "admin")});
    const auto command = with_id("r-1",
                                 "'at':'2020-01-01T00:00:00Z','actor':'ann@acme.test','bindLicense':{'license':1,"
                                 "'email':'bob@acme.test'}");
    const auto& first = box.judge(command);
    box.must_happen({"2020-02-01T00:00:00Z", acme("'removeUser':{'email':'ann@acme.test'}")});
    check_replayed(box.judge(command), first.first.value, first.last.value);
}

TEST_CASE("the events carry the request id, those of a bulk command <id>/<row> counted from 1") {
    LedgerBox box;
    box.must_happen(world());
    const auto& single = box.judge(with_id("r-1", "'bindLicense':{'license':5,'email':'boss@acme.test'}"));
    CHECK(is_event(events_of(single)[0], "{'requestId':'r-1'}"));
    const auto& bulk = box.judge(bind_all("r-2", {"ann", "bob"}));
    REQUIRE(bulk.rows.size() == 2);
    CHECK(is_event(events_of(bulk.rows[0])[0], "{'requestId':'r-2/1'}"));
    CHECK(is_event(events_of(bulk.rows[1])[0], "{'requestId':'r-2/2'}"));
    const auto& atomic =
        box.judge(with_id("r-3", "'unbindLicenses':{'atomic':true,'rows':" + rows_of({"ann", "bob"}) + "}"));
    REQUIRE(atomic.rows.size() == 2);
    for (const auto& row : atomic.rows) CHECK(is_event(events_of(row)[0], "{'requestId':'r-3'}"));
}

TEST_CASE("the rows of a bulk command are repeated one by one") {
    LedgerBox box;
    box.must_happen(world());
    const auto command = bind_all("r-1", {"ann", "nobody", "bob"});
    const auto& first = box.judge(command);
    REQUIRE(first.rows.size() == 3);
    CHECK(rejected(first.rows[1]) == "user_must_be_registered");
    const auto blocks = box.blocks();
    const auto check_again = [&](const Answer& again) {
        REQUIRE(again.rows.size() == 3);
        check_replayed(again.rows[0], first.rows[0].first.value, first.rows[0].last.value);
        CHECK(rejected(again.rows[1]) == "user_must_be_registered");
        check_replayed(again.rows[2], first.rows[2].first.value, first.rows[2].last.value);
        CHECK(box.blocks() == blocks);
    };
    check_again(box.judge(command));
    box.reopen();
    check_again(box.judge(command));

    // The row that had been rejected is judged anew; so is one that is added.
    box.must_happen({registered("nobody")});
    const auto& longer = box.judge(bind_all("r-1", {"ann", "nobody", "bob", "cid"}));
    CHECK(longer.rows[0].replayed);
    CHECK(rejected(longer.rows[1]) == "");
    CHECK_FALSE(longer.rows[1].replayed);
    CHECK(longer.rows[2].replayed);
    CHECK_FALSE(longer.rows[3].replayed);
    // Another command in place of a row, or a single one under a row's id.
    const auto& swapped = box.judge(bind_all("r-1", {"bob", "ann"}));
    CHECK(rejected(swapped.rows[0]) == "request_id_reused");
    CHECK(rejected(swapped.rows[1]) == "request_id_reused");
    CHECK(rejected(box.judge(with_id("r-1/1", "'unbindLicense':{'license':1}"))) == "request_id_reused");
    check_replayed(box.judge(with_id("r-1/1", "'bindLicense':{'sku':'connect','email':'ann@acme.test'}")),
                   first.rows[0].first.value, first.rows[0].last.value);
}

TEST_CASE("the rows of a bulk command are repeated whatever would be said against it today") {
    LedgerBox box;
    box.must_happen(world());
    box.must_happen({granted("cid", "admin")});
    const auto command =
        acme("'requestId':'r-1','at':'2020-01-01T00:00:00Z','actor':'cid@acme.test','bindLicenses':{'rows':" +
             rows_of({"ann", "bob"}) + "}");
    const auto& first = box.judge(command);
    REQUIRE(first.rows.size() == 2);
    box.must_happen({"2020-02-01T00:00:00Z", acme("'removeUser':{'email':'cid@acme.test'}")});
    const auto blocks = box.blocks();
    const auto& again = box.judge(command);
    CHECK(rejected(again) == "");
    REQUIRE(again.rows.size() == 2);
    for (int i : {0, 1}) check_replayed(again.rows[i], first.rows[i].first.value, first.rows[i].last.value);

    // With a row more, that one meets what is said against the command; the others were done.
    const auto& longer =
        box.judge(acme("'requestId':'r-1','at':'2020-01-01T00:00:00Z','actor':'cid@acme.test',"
                       "'bindLicenses':{'rows':" +
                       rows_of({"ann", "bob", "boss"}) + "}"));
    REQUIRE(longer.rows.size() == 3);
    for (int i : {0, 1}) CHECK(longer.rows[i].replayed);
    CHECK(rejected(longer.rows[2]) == "role_required");
    CHECK(box.blocks() == blocks);
}

TEST_CASE("an atomic bulk command is repeated as the one commit that it was") {
    LedgerBox box;
    box.must_happen(world());
    const auto command = bind_all("r-1", {"ann", "bob"}, ",'atomic':true");
    const auto& first = box.judge(command);
    REQUIRE(first.rows.size() == 2);
    const auto blocks = box.blocks();
    check_replayed(box.judge(command), first.rows[0].first.value, first.rows[1].last.value);
    box.reopen();
    check_replayed(box.judge(command), first.rows[0].first.value, first.rows[1].last.value);
    CHECK(rejected(box.judge(bind_all("r-1", {"bob", "ann"}, ",'atomic':true"))) == "request_id_reused");
    CHECK(box.blocks() == blocks);
}

TEST_CASE("a dry run uses up no request id") {
    LedgerBox box;
    box.must_happen(world());
    box.judge(bind_all("r-1", {"ann"}, ",'dryRun':true"));
    const auto& real = box.judge(bind_all("r-1", {"ann"}));
    REQUIRE(real.rows.size() == 1);
    CHECK_FALSE(real.rows[0].replayed);
    CHECK(box.log().last() == real.rows[0].last);
}

TEST_CASE("the digest in the log is keyed: another key makes another one") {
    const auto command = acme("'requestId':'r-1','endImport':{}");
    const DigestKey one = {1, 2, 3};
    DigestKey other = one;
    other[31] ^= 1;
    ReceivedCommand received(command);
    CHECK(CommandDigester(one).digest(received.get(), "r-1", vendor_caller) ==
          CommandDigester(one).digest(received.get(), "r-1", vendor_caller));
    CHECK(CommandDigester(one).digest(received.get(), "r-1", vendor_caller) !=
          CommandDigester(other).digest(received.get(), "r-1", vendor_caller));
}

TEST_CASE("equal commands under different request ids have different digests: who they name is not seen to be one") {
    CommandDigester digester(DigestKey{1, 2, 3});
    ReceivedCommand first(acme("'requestId':'r-1','registerUser':{'email':'ann@acme.test'}"));
    ReceivedCommand second(acme("'requestId':'r-2','registerUser':{'email':'ann@acme.test'}"));
    CHECK(digester.digest(first.get(), "r-1", vendor_caller) != digester.digest(second.get(), "r-2", vendor_caller));
    CHECK(digester.digest(first.get(), "r-1/1", vendor_caller) != digester.digest(first.get(), "r-2/1", vendor_caller));
    CHECK(digester.digest(first.get(), "r-1", vendor_caller) == digester.digest(second.get(), "r-1", vendor_caller));
}

}  // namespace seatledger
