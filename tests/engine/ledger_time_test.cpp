// Time: what fell due, accounts that import, a clock that stands, and one that goes back.
#include <boost/json.hpp>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/given.h"
#include "tests/support/ledger_box.h"

namespace seatledger {
namespace {

using namespace testing;

// What may happen again and again.
const std::string change = "'setPassword':{'email':'boss@acme.test','password':'a good password'}";

std::string at(const std::string& instant, const std::string& body) { return acme("'at':'" + instant + "'," + body); }

// License 1 of short ends on 2020-01-02T00:00:00Z, licenses 2 and 3 of longer a day later; 1 and 2 are ann's.
Steps world() {
    return steps(open_acme(), registered("ann"), product("short", "P1D"), product("longer", "P2D"),
                 bought("i-1", "short", 1), bought("i-2", "longer", 2), bind(1, "ann"), bind(2, "ann"));
}

const std::string short_expired =
    "{'actor':'ledger','via':null,'effectiveAt':'2020-01-02T00:00:00.000000Z',"
    "'licensesExpired':{'sku':'short','first':1,'quantity':1}}";
const std::string longer_expired =
    "{'actor':'ledger','effectiveAt':'2020-01-03T00:00:00.000000Z',"
    "'licensesExpired':{'sku':'longer','first':2,'quantity':2}}";

// The newest events of the log.
std::vector<std::string> newest(const LedgerBox& box, std::size_t count) {
    auto events = box.events();
    REQUIRE(events.size() >= count);
    events.erase(events.begin(), events.end() - static_cast<std::ptrdiff_t>(count));
    return events;
}

// The account of every event, with a field of it.
std::vector<std::pair<std::string, std::string>> column(const LedgerBox& box, const std::string& field) {
    std::vector<std::pair<std::string, std::string>> values;
    for (const auto& event : box.events()) {
        const auto parsed = boost::json::parse(event).as_object();
        values.emplace_back(boost::json::serialize(parsed.at("account")), boost::json::serialize(parsed.at(field)));
    }
    return values;
}

// Instants as RFC 3339 with as many digits each sort as text does.
void check_never_back(const LedgerBox& box) {
    std::string last;
    for (const auto& [account, recorded] : column(box, "recordedAt")) {
        CHECK(recorded >= last);
        last = recorded;
    }
    std::map<std::string, std::string> last_of;
    for (const auto& [account, effective] : column(box, "effectiveAt")) {
        CHECK(effective >= last_of[account]);
        last_of[account] = effective;
    }
}

}  // namespace

// ---- What falls due

TEST_CASE("what fell due is appended before the command, each as a commit of its own, and is not in its answer") {
    LedgerBox box;
    box.must_happen(world());
    box.must_happen({"2020-02-01T00:00:00Z"});
    const auto before = box.log().last().value;
    const auto& answer = box.judge(acme(change));
    CHECK(answer.first.value == before + 3);
    CHECK(events_of(answer).size() == 1);
    const auto events = newest(box, 3);
    CHECK(is_event(events[0], short_expired));
    CHECK(is_event(events[1], longer_expired));
    CHECK(is_event(events[0], "{'recordedAt':'2020-02-01T00:00:00.000000Z'}"));
    CHECK(is_event(events[2], "{'effectiveAt':'2020-02-01T00:00:00.000000Z','passwordChanged':{}}"));
    const auto blocks = box.blocks();
    const auto block = open_block(blocks.back());
    REQUIRE(block.has_value());
    for (const auto& entry : block->entries()) CHECK(entry.ends_commit);
    check_never_back(box);
}

TEST_CASE("what fell due stays when the command is rejected") {
    LedgerBox box;
    box.must_happen(world());
    box.must_happen({"2020-01-02T00:00:00Z"});
    const auto& answer = box.judge(unbind(1));
    CHECK(rejected(answer) == "license_must_be_bound");
    CHECK(answer.last.value == 0);
    CHECK(is_event(newest(box, 1)[0], short_expired));
    const auto live = box.dump();
    box.reopen();
    CHECK(box.dump() == live);
    const auto blocks = box.blocks();
    CHECK(rejected(box.judge(unbind(1))) == "license_must_be_bound");
    CHECK(box.blocks() == blocks);
}

TEST_CASE("a command that is rejected for its values, account, principal or time meets nothing that fell due") {
    LedgerBox box;
    box.must_happen(world());
    box.must_happen({"2020-02-01T00:00:00Z"});
    const auto blocks = box.blocks();
    CHECK(rejected(box.judge(acme("'grantRole':{'email':'boss@acme.test','role':'king'}"))) == "value_not_allowed");
    CHECK(rejected(box.judge("{'account':'nowhere'," + change + "}")) == "account_must_exist");
    CHECK(rejected(box.judge(acme("'actor':'ann@acme.test'," + change))) == "role_required");
    CHECK(rejected(box.judge(at("2020-02-01T00:00:00.000001Z", change))) == "effective_time_in_order");
    CHECK(box.blocks() == blocks);
}

TEST_CASE("after what fell due, nothing takes effect before it") {
    LedgerBox box;
    box.must_happen(world());
    box.must_happen({"2020-02-01T00:00:00Z", at("2020-01-02T12:00:00Z", change)});
    CHECK(rejected(box.judge(at("2020-01-02T11:59:59.999999Z", change))) == "effective_time_in_order");
    CHECK(rejected(box.judge(at("2020-01-03T00:00:00Z", "'unbindLicense':{'license':2}"))) == "license_must_be_bound");
    CHECK(rejected(box.judge(at("2020-01-02T23:59:59.999999Z", change))) == "effective_time_in_order");
    check_never_back(box);
}

TEST_CASE("recordedAt never goes back while the clock goes on between due events and the command") {
    LedgerBox box;
    box.must_happen(world());
    box.must_happen({"2020-02-01T00:00:00Z"});
    box.clock().set_step(1'000);
    CHECK(rejected(box.judge(acme(change))) == "");
    CHECK(is_event(newest(box, 3)[0], short_expired));
    box.must_happen({acme(change)});
    check_never_back(box);
}

TEST_CASE("recordedAt and effectiveAt never go back with a clock that does") {
    LedgerBox box;
    box.must_happen(world());
    for (const std::string now : {"2020-01-02T00:00:00Z", "2020-01-01T12:00:00Z", "2019-01-01T00:00:00Z",
                                  "2020-01-10T00:00:00Z", "1970-01-01T00:00:00Z"}) {
        box.must_happen({now, acme(change), "{'changeProduct':{'sku':'short'}}"});
    }
    CHECK(is_event(newest(box, 1)[0],
                   "{'recordedAt':'2020-01-10T00:00:00.000000Z','effectiveAt':'2020-01-10T00:00:00.000000Z'}"));
    check_never_back(box);
    // The log remembers, not the process.
    box.must_happen({"2020-01-05T00:00:00Z"});
    box.reopen();
    box.must_happen({acme(change)});
    CHECK(is_event(newest(box, 1)[0], "{'recordedAt':'2020-01-10T00:00:00.000000Z'}"));
    CHECK(rejected(box.judge(at("2020-01-10T00:00:00.000001Z", change))) == "effective_time_in_order");
    check_never_back(box);
}

// ---- Accounts that import

TEST_CASE("an account that imports lives at its latest at, while the ledger records now") {
    LedgerBox box;
    box.must_happen({"2020-06-01T00:00:00Z",
                     "{'account':'acme','at':'2010-01-01T00:00:00Z','openAccount':{'name':'Acme','importing':true,"
                     "'superAdmin':{'email':'boss@acme.test'}}}",
                     product("connect"), at("2010-02-01T00:00:00Z", "'registerUser':{'email':'ann@acme.test'}"),
                     invoiced("i-1", "connect", 1), paid("i-1", "10.00", "b-1"), bind(1, "ann")});
    const auto events = newest(box, 4);
    for (const auto& event : events) {
        CHECK(is_event(event,
                       "{'effectiveAt':'2010-02-01T00:00:00.000000Z','recordedAt':'2020-06-01T00:00:00.000000Z'}"));
        CHECK_FALSE(is_event(event, "notificationQueued"));
    }
    // Its license ended nine years ago, but nobody has come so far yet.
    CHECK(rejected(box.judge(acme("'unbindLicense':{'license':1}"))) == "");
    box.must_happen({bind(1, "ann")});
    const auto recorded = box.ledger().record_due();
    REQUIRE(recorded.has_value());
    CHECK(is_event(newest(box, 1)[0], "licenseBound"));

    CHECK(rejected(box.judge(at("2011-02-01T00:00:00Z", "'unbindLicense':{'license':1}"))) == "license_must_be_bound");
    CHECK(is_event(newest(box, 1)[0], "{'effectiveAt':'2011-02-01T00:00:00.000000Z','licensesExpired':{}}"));
    check_never_back(box);
}

TEST_CASE("at endImport an account catches up with now") {
    const auto begin = steps(
        "2020-06-01T00:00:00Z",
        "{'account':'acme','at':'2010-01-01T00:00:00Z','openAccount':{'name':'Acme','importing':true,"
        "'superAdmin':{'email':'boss@acme.test'}}}",
        product("connect"), at("2010-02-01T00:00:00Z", "'registerUser':{'email':'ann@acme.test'}"),
        bought("i-1", "connect", 1), at("2015-01-01T00:00:00Z", "'grantRole':{'email':'ann@acme.test','role':'admin'}"),
        bought("i-2", "connect", 1));
    SECTION("without at it ends now, after everything that fell due") {
        LedgerBox box;
        box.must_happen(steps(begin, acme("'endImport':{}")));
        const auto events = newest(box, 2);
        CHECK(is_event(events[0], "{'effectiveAt':'2016-01-01T00:00:00.000000Z','licensesExpired':{'first':2}}"));
        CHECK(is_event(events[1], "{'effectiveAt':'2020-06-01T00:00:00.000000Z','importEnded':{}}"));
        check_never_back(box);
    }
    SECTION("with at it ends then, and what fell due since comes behind it") {
        LedgerBox box;
        box.must_happen(steps(begin, at("2015-06-01T00:00:00Z", "'endImport':{}")));
        // Nobody is reminded of what is long over.
        const auto events = newest(box, 2);
        CHECK(is_event(events[0], "{'effectiveAt':'2015-06-01T00:00:00.000000Z','importEnded':{}}"));
        CHECK(is_event(events[1], "{'effectiveAt':'2016-01-01T00:00:00.000000Z','licensesExpired':{'first':2}}"));
        box.must_happen({acme("'grantRole':{'email':'ann@acme.test','role':'billing'}")});
        CHECK(is_event(newest(box, 1)[0], "{'effectiveAt':'2020-06-01T00:00:00.000000Z'}"));
        const auto live = box.dump();
        box.reopen();
        CHECK(box.dump() == live);
        check_never_back(box);
    }
}

TEST_CASE("at endImport an account catches up with now where the clock stands, too") {
    LedgerBox box(false);
    box.must_happen(steps(
        "{'account':'globex','at':'2020-06-01T00:00:00Z','openAccount':{'name':'G','superAdmin':{'email':"
        "'gil@example.com'}}}",
        "{'account':'acme','at':'2010-01-01T00:00:00Z','openAccount':{'name':'Acme','importing':true,'superAdmin':{"
        "'email':'boss@acme.test'}}}",
        product("connect"), bought("i-1", "connect", 1), at("2010-06-01T00:00:00Z", "'endImport':{}")));
    const auto events = newest(box, 2);
    CHECK(is_event(events[0], "{'effectiveAt':'2010-06-01T00:00:00.000000Z','importEnded':{}}"));
    CHECK(is_event(events[1], "{'effectiveAt':'2011-01-01T00:00:00.000000Z','licensesExpired':{'first':1}}"));
}

// ---- A clock that stands

TEST_CASE("where the clock stands, now is the latest at that was accepted") {
    LedgerBox box(false);
    box.must_happen({open_acme()});
    CHECK(is_event(newest(box, 1)[0],
                   "{'recordedAt':'1970-01-01T00:00:00.000000Z','effectiveAt':'1970-01-01T00:00:00.000000Z'}"));
    box.must_happen({at("2020-01-01T00:00:00Z", change), acme(change)});
    CHECK(is_event(newest(box, 1)[0],
                   "{'recordedAt':'2020-01-01T00:00:00.000000Z','effectiveAt':'2020-01-01T00:00:00.000000Z'}"));
    box.must_happen(
        {"{'account':'globex','at':'2010-01-01T00:00:00Z','openAccount':{'name':'G','superAdmin':{'email':"
         "'gil@example.com'}}}"});
    CHECK(is_event(newest(box, 1)[0],
                   "{'recordedAt':'2020-01-01T00:00:00.000000Z','effectiveAt':'2010-01-01T00:00:00.000000Z'}"));
    box.reopen();
    box.must_happen({"{'account':'globex','registerUser':{'email':'ann@example.com'}}"});
    CHECK(is_event(newest(box, 1)[0],
                   "{'recordedAt':'2020-01-01T00:00:00.000000Z','effectiveAt':'2020-01-01T00:00:00.000000Z'}"));
    check_never_back(box);
}

TEST_CASE("where the clock stands, a rejected command moves nothing but what fell due by its time") {
    LedgerBox box(false);
    box.must_happen(steps(open_acme("UTC", "'at':'2020-01-01T00:00:00Z',"), registered("ann"),
                          product("connect", "P1D"), bought("i-1", "connect", 1)));
    const auto blocks = box.blocks();
    CHECK(rejected(box.judge(at("2020-01-01T12:00:00Z", "'unbindLicense':{'license':1}"))) == "license_must_be_bound");
    CHECK(box.blocks() == blocks);
    box.must_happen({acme(change)});
    CHECK(is_event(newest(box, 1)[0], "{'recordedAt':'2020-01-01T00:00:00.000000Z'}"));

    CHECK(rejected(box.judge(at("2020-03-01T00:00:00Z", "'unbindLicense':{'license':1}"))) == "license_must_be_bound");
    CHECK(is_event(newest(box, 1)[0],
                   "{'effectiveAt':'2020-01-02T00:00:00.000000Z','recordedAt':'2020-01-02T00:00:00.000000Z',"
                   "'licensesExpired':{}}"));
    box.must_happen({acme(change)});
    CHECK(is_event(newest(box, 1)[0], "{'recordedAt':'2020-01-02T00:00:00.000000Z'}"));
    check_never_back(box);
}

TEST_CASE("the last instant that there is can be reached") {
    LedgerBox box(false);
    box.must_happen(world());
    box.must_happen({at("9999-12-31T23:59:59.999999Z", change)});
    box.must_happen({acme(change)});
    CHECK(is_event(newest(box, 1)[0], "{'effectiveAt':'9999-12-31T23:59:59.999999Z'}"));
    check_never_back(box);
}

TEST_CASE("a term may end at the last instant that there is") {
    LedgerBox box(false);
    box.must_happen(
        steps(open_acme(), product("connect"),
              acme("'issueInvoice':{'invoice':'i-1','raisedBy':'boss@acme.test','lines':[{'sku':'connect','quantity':1,"
                   "'validUntil':'9999-12-31T23:59:59.999999Z'}]}"),
              paid("i-1", "10.00", "b-1"), bind(1, "boss")));
    CHECK(rejected(box.judge(at("9999-12-31T23:59:59.999998Z", change))) == "");
    CHECK(is_event(newest(box, 1)[0], "passwordChanged"));
    CHECK(rejected(box.judge(at("9999-12-31T23:59:59.999999Z", "'unbindLicense':{'license':1}"))) ==
          "license_must_be_bound");
    CHECK(is_event(newest(box, 1)[0], "{'effectiveAt':'9999-12-31T23:59:59.999999Z','licensesExpired':{'first':1}}"));
    box.must_happen({acme(change)});
}

}  // namespace seatledger
