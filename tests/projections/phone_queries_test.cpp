// What is shown of a phone configuration, as of any time.
#include <functional>
#include <string>
#include <vector>

#include "projections/queries.h"
#include "tests/support/catch.h"
#include "tests/support/given.h"
#include "tests/support/world.h"

namespace seatledger {
namespace {

using namespace testing;

// Licenses 1 of connect, which ends after 30 days, and 2 of mobile; both keep phones. Ann has 1, and a configuration
// since the 2nd, which was changed on the 3rd.
Steps january() {
    return steps(open_acme(), registered("ann"), phone_product("connect", "P30D"), phone_product("mobile"),
                 bought("i-1", "connect", 1), bought("i-2", "mobile", 1), bind(1, "ann"), "2020-01-02T00:00:00Z",
                 phone_saved("ann", "{'line':1}"), "2020-01-03T00:00:00Z", phone_saved("ann", "{'line':2}"));
}

std::string phone(LiveWorld& world, const std::function<void(schema::Query::Builder)>& as_of) {
    const auto row = only(world.rows([&](schema::Query::Builder query) {
        query.setAccount("acme");
        as_of(query);
        query.initUser().setEmail("ann@acme.test");
    }));
    const auto begin = row.find(R"("phone":)");
    REQUIRE(begin != row.npos);
    return row.substr(begin + 8, row.size() - begin - 9);
}

std::string phone(LiveWorld& world, const std::string& as_of = "") {
    return phone(world, [&](schema::Query::Builder query) {
        if (!as_of.empty()) query.setAsOf(instant(as_of).micros);
    });
}

std::string phone(LiveWorld& world, std::uint64_t as_of) {
    return phone(world, [&](schema::Query::Builder query) { query.setAsOfSequence(as_of); });
}

std::string shown(const std::string& status, const std::string& saved, const std::string& kept,
                  const std::string& config) {
    const auto instant_or_null = [](const std::string& day) {
        return day.empty() ? "null" : "\"" + day + "T00:00:00.000000Z\"";
    };
    return R"({"status":")" + status + R"(","savedAt":)" + instant_or_null(saved) + R"(,"keptUntil":)" +
           instant_or_null(kept) + R"(,"config":)" + (config.empty() ? "null" : "\"" + config + "\"") + "}";
}

const std::string none = shown("none", "", "", "");
const std::string first = R"({\"line\":1})";
const std::string second = R"({\"line\":2})";

}  // namespace

TEST_CASE("user: what the phone is configured with, as of any time") {
    LiveWorld world;
    world.must_happen(january());
    CHECK(phone(world) == shown("saved", "2020-01-03", "", second));
    CHECK(phone(world, "2020-01-02T23:59:59.999999Z") == shown("saved", "2020-01-02", "", first));
    CHECK(phone(world, "2020-01-01T23:59:59.999999Z") == none);

    world.must_happen({"2020-01-04T00:00:00Z", unbind(1)});
    CHECK(phone(world) == shown("kept", "2020-01-03", "2020-01-11", second));
    CHECK(phone(world, "2020-01-03T23:59:59.999999Z") == shown("saved", "2020-01-03", "", second));

    world.must_happen({"2020-01-06T00:00:00Z", bind(2, "ann")});
    CHECK(phone(world) == shown("saved", "2020-01-03", "", second));
    CHECK(phone(world, "2020-01-05T00:00:00Z") == shown("kept", "2020-01-03", "2020-01-11", second));

    // Once it is purged its text cannot be read, whatever the time that is asked for; what was known of it can.
    world.must_happen({unbind(2), "2020-01-13T00:00:00Z", registered("bob")});
    CHECK(phone(world) == none);
    CHECK(phone(world, "2020-01-12T23:59:59.999999Z") == shown("kept", "2020-01-03", "2020-01-13", ""));
    CHECK(phone(world, "2020-01-02T12:00:00Z") == shown("saved", "2020-01-02", "", ""));
    CHECK(phone(world, "2020-01-13T00:00:00Z") == none);
}

TEST_CASE("user: a phone is kept no longer than it is, whether or not that was recorded") {
    LiveWorld world;
    world.must_happen(steps(january(), "2020-01-04T00:00:00Z", unbind(1)));
    CHECK(phone(world, "2020-01-10T23:59:59.999999Z") == shown("kept", "2020-01-03", "2020-01-11", second));
    CHECK(phone(world, "2020-01-11T00:00:00Z") == none);
    world.clock().set(instant("2020-01-11T00:00:00Z"));
    CHECK(phone(world) == none);
}

TEST_CASE("user: a phone is kept from the end of the last license, whether or not that was recorded") {
    LiveWorld world;
    world.must_happen(january());
    CHECK(phone(world, "2020-01-30T23:59:59.999999Z") == shown("saved", "2020-01-03", "", second));
    CHECK(phone(world, "2020-01-31T00:00:00Z") == shown("kept", "2020-01-03", "2020-02-07", second));
    CHECK(phone(world, "2020-02-07T00:00:00Z") == none);
    world.must_happen({bind(2, "ann")});
    CHECK(phone(world, "2020-02-01T00:00:00Z") == shown("saved", "2020-01-03", "", second));
    world.must_happen({unbind(2), "2020-02-01T00:00:00Z", registered("bob")});
    CHECK(phone(world) == shown("kept", "2020-01-03", "2020-02-07", second));
}

TEST_CASE("user: as of an event a phone is kept from there on, though it is the commit's next one that says so") {
    const auto at_each = [](LiveWorld& world, std::uint64_t count) {
        std::vector<std::string> phones;
        const auto last = world.log().last().value;
        for (auto sequence = last + 1 - count; sequence <= last; ++sequence) phones.push_back(phone(world, sequence));
        return phones;
    };
    const auto taken = [](const std::string& command) { return steps(january(), "2020-01-04T00:00:00Z", command); };
    const auto kept = shown("kept", "2020-01-03", "2020-01-11", second);
    LiveWorld unbound;
    unbound.must_happen(taken(unbind(1)));
    CHECK(at_each(unbound, 2) == std::vector{kept, kept});
    LiveWorld reversed;
    reversed.must_happen(taken(acme("'reversePayment':{'invoice':'i-1','reason':'r'}")));
    CHECK(at_each(reversed, 2) == std::vector{kept, kept});
    LiveWorld expired;
    expired.must_happen(steps(january(), "2020-01-31T00:00:00Z", registered("bob")));
    const auto from_its_end = shown("kept", "2020-01-03", "2020-02-07", second);
    CHECK(at_each(expired, 3) == std::vector{from_its_end, from_its_end, from_its_end});
}

TEST_CASE("the answer to an unbind says the same of a phone when it is asked for again") {
    LiveWorld world;
    world.must_happen(steps(january(), "2020-01-04T00:00:00Z"));
    const auto& answer = world.judge(unbind(1));
    const auto last = answer.last;
    world.must_happen({bind(1, "ann")});
    CHECK(answer.phone_kept_until == instant("2020-01-11T00:00:00Z"));
    CHECK(answer_phone_kept_until(world.projections(), "acme", UserId(2), last) == answer.phone_kept_until);
    CHECK(answer_phone_kept_until(world.projections(), "acme", UserId(2), world.log().last()) == no_instant);
    CHECK(answer_phone_kept_until(world.projections(), "acme", UserId(1), last) == no_instant);
}

TEST_CASE("history of a person has what became of their phone") {
    LiveWorld world;
    world.must_happen(steps(january(), "2020-01-04T00:00:00Z", unbind(1), bind(1, "ann"), unbind(1),
                            "2020-01-11T00:00:00Z", registered("bob")));
    const auto told = ask_history(world.projections(), [](schema::History::Builder history) {
        history.setAccount("acme");
        history.setEmail("ann@acme.test");
    });
    const std::vector<std::string> expected = {"userRegistered", "licenseBound",  "phoneSaved",   "phoneSaved",
                                               "licenseUnbound", "phoneRetained", "licenseBound", "phoneRestored",
                                               "licenseUnbound", "phoneRetained", "phonePurged"};
    REQUIRE(told.events.size() == expected.size());
    for (std::size_t i = 0; i < expected.size(); ++i) CHECK(is_event(told.events[i], expected[i]));
    CHECK(is_event(told.events[2], "{'phoneSaved':{'email':'ann@acme.test','config':null}}"));
}

TEST_CASE("the ledger goes on with a kept phone from the tables") {
    LiveWorld world;
    world.must_happen(steps(january(), "2020-01-04T00:00:00Z", unbind(1)));
    world.reopen();
    CHECK(is_event(events_of(world.judge(bind(1, "ann"))).at(1), "phoneRestored"));
    world.project();
    world.reopen();
    const auto key = world.ledger().state().user(AccountNumber(1), UserId(2))->phone.key;
    REQUIRE(key);
    world.must_happen({unbind(1), "2020-01-11T00:00:00Z"});
    world.reopen();
    REQUIRE(world.ledger().record_due().has_value());
    REQUIRE(world.ledger().commit().has_value());
    CHECK(world.secrets().vault().is_destroyed(key));
    world.project();
    CHECK(phone(world) == none);
}

}  // namespace seatledger
