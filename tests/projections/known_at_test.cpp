// What the ledger would have answered at an earlier instant: by what had been recorded then.
#include <algorithm>
#include <string>
#include <vector>

#include "projections/replay.h"
#include "tests/support/catch.h"
#include "tests/support/given.h"
#include "tests/support/world.h"

namespace seatledger {
namespace {

using namespace testing;

using Numbers = std::vector<std::uint64_t>;
using QueryBuilder = schema::Query::Builder;
using HistoryBuilder = schema::History::Builder;

// Events, by their sequences: 1 connect, 2–4 the account, 5 ann, 6 bob, 7 i-1, 8–10 paid: licenses 1 and 2.
// 11 in February 1 to ann. 12 in March it is recorded that it was taken away on 10 February. 13–15 on that day another
// account is opened, of 3 February; 16 in April ann is anna.
Steps months() {
    return steps(product("connect", "P1Y"), open_acme(), registered("ann"), registered("bob"),
                 bought("i-1", "connect", 2), "2020-02-01T00:00:00Z", bind(1, "ann"), "2020-03-01T00:00:00Z",
                 acme("'at':'2020-02-10T00:00:00Z','unbindLicense':{'license':1}"),
                 "{'account':'other','at':'2020-02-03T00:00:00Z','openAccount':{'name':'Other','timeZone':'UTC','"
                 "currency':'USD',"
                 "'superAdmin':{'email':'boss@other.test','name':'Bo'}}}",
                 "2020-04-01T00:00:00Z", acme("'changeEmail':{'email':'ann@acme.test','newEmail':'anna@acme.test'}"));
}

const std::string before_correction = "2020-02-29T23:59:59.999999Z";
const std::string correction = "2020-03-01T00:00:00Z";

struct Limits {
    std::string as_of = {};
    std::uint64_t as_of_sequence = 0;
    std::string known_at = {};

    template <typename Request>
    void fill(Request request) const {
        if (!as_of.empty()) request.setAsOf(instant(as_of).micros);
        request.setAsOfSequence(as_of_sequence);
        if (!known_at.empty()) request.setKnownAt(instant(known_at).micros);
    }
    [[nodiscard]] AsOf get() const {
        return {as_of.empty() ? no_instant : instant(as_of), Sequence(as_of_sequence),
                known_at.empty() ? no_instant : instant(known_at)};
    }
};

Question license(std::uint32_t number, const Limits& limits) {
    return [=](QueryBuilder query) {
        query.setAccount("acme");
        limits.fill(query);
        query.initLicenses().setLicense(number);
    };
}

std::string status(LiveWorld& world, const Limits& limits) {
    const auto page = world.ask(license(1, limits));
    if (page.failure) return *page.failure;
    const std::string names[] = {"available", "bound", "expired", "revoked"};
    return names[static_cast<int>(page.get().getLicenses()[0].getStatus())];
}

Told history(LiveWorld& world, const Limits& limits, const std::function<void(HistoryBuilder)>& of) {
    return ask_history(world.projections(), [&](HistoryBuilder history) {
        history.setAccount("acme");
        limits.fill(history);
        of(history);
    });
}

Numbers history_of_1(LiveWorld& world, const Limits& limits) {
    return history(world, limits, [](HistoryBuilder history) { history.setLicense(1); }).sequences;
}

Numbers replayed(LiveWorld& world, const std::string& account, const Limits& limits, std::uint64_t to = 0,
                 std::size_t bytes = 1) {
    Replay replay(world.projections(), account, Sequence(1), Sequence(to), limits.get());
    Numbers sequences;
    for (bool done = false; !done && !replay.at_head();) {
        capnp::MallocMessageBuilder message;
        auto page = message.initRoot<schema::Events>();
        REQUIRE(replay.next(bytes, page).has_value());
        for (const auto& entry : entries_of(page.asReader().getEntries())) {
            sequences.push_back(read_event(entry).getSequence());
        }
        done = page.getDone();
    }
    return sequences;
}

Numbers range(std::uint64_t from, std::uint64_t to) {
    Numbers numbers;
    for (auto number = from; number <= to; ++number) numbers.push_back(number);
    return numbers;
}

}  // namespace

TEST_CASE("known at: what was recorded later does not count, whenever it took effect") {
    LiveWorld world;
    world.must_happen(months());
    REQUIRE(world.log().last() == Sequence(16));
    const std::string then = "2020-02-15T00:00:00Z";
    CHECK(status(world, {then}) == "available");
    CHECK(status(world, {then, 0, correction}) == "available");
    CHECK(status(world, {then, 0, before_correction}) == "bound");
    CHECK(status(world, {"2020-02-09T00:00:00Z", 0, correction}) == "bound");
    // Alone it is also the instant.
    CHECK(status(world, {"", 0, before_correction}) == "bound");
    CHECK(status(world, {"", 0, correction}) == "available");
    const auto page = world.ask(license(1, {"", 0, before_correction}));
    CHECK(page.sequence == Sequence(11));
    CHECK(page.time == instant(before_correction));
    CHECK(status(world, {"", 0, "2019-12-31T00:00:00Z"}) == "account acme did not exist then; ask for a later time");
    // What was recorded in the future is not known yet: everything so far is.
    CHECK(world.ask(license(1, {"", 0, "2020-12-01T00:00:00Z"})).sequence == Sequence(16));
}

TEST_CASE("known at and an event: the nearer of the two") {
    LiveWorld world;
    world.must_happen(months());
    const auto later = world.ask(license(1, {"", 12, before_correction}));
    CHECK(later.sequence == Sequence(11));
    CHECK(later.time == instant(before_correction));
    const auto earlier = world.ask(license(1, {"", 11, correction}));
    CHECK(earlier.sequence == Sequence(11));
    CHECK(earlier.time == instant("2020-02-01T00:00:00Z"));
}

TEST_CASE("known at: what fell due by then counts, whether or not it had been recorded") {
    LiveWorld world;
    world.must_happen(steps(months(), "2021-02-01T00:00:00Z", registered("carl")));
    const auto expired = history_of_1(world, {}).back();
    CHECK(status(world, {"", 0, "2020-12-31T23:59:59.999999Z"}) == "available");
    const auto page = world.ask(license(1, {"", 0, "2021-01-15T00:00:00Z"}));
    CHECK(page.sequence < Sequence(expired));
    CHECK(status(world, {"", 0, "2021-01-15T00:00:00Z"}) == "expired");
    // As of an instant that lies ahead of what was known: as it could be foreseen.
    CHECK(status(world, {"2021-01-01T00:00:00Z", 0, before_correction}) == "expired");
    CHECK(status(world, {"2020-12-31T00:00:00Z", 0, before_correction}) == "bound");
}

TEST_CASE("known at, while a past is brought in: the time is that of the newest event that was known") {
    LiveWorld world;
    world.must_happen(steps(product("connect", "P1Y"),
                            "{'account':'acme','at':'2015-01-01T00:00:00Z','openAccount':{'name':'Acme','timeZone':"
                            "'UTC','currency':'USD','importing':true,'superAdmin':{'email':'boss@acme.test'}}}",
                            "2020-01-02T00:00:00Z",
                            acme("'at':'2016-01-01T00:00:00Z','registerUser':{'email':"
                                 "'ann@acme.test'}")));
    const auto time = [&](const std::string& known_at) {
        return world
            .ask([&](QueryBuilder query) {
                query.setAccount("acme");
                query.setKnownAt(instant(known_at).micros);
                query.initUsers();
            })
            .time;
    };
    CHECK(time("2020-01-01T12:00:00Z") == instant("2015-01-01T00:00:00Z"));
    CHECK(time("2020-01-02T00:00:00Z") == instant("2016-01-01T00:00:00Z"));
}

TEST_CASE("known at: all pages are of one state, and a cursor belongs to what was known when") {
    LiveWorld world;
    world.must_happen(months());
    const auto licenses = [](const std::string& known_at) {
        return [=](QueryBuilder query) {
            query.setAccount("acme");
            query.setKnownAt(instant(known_at).micros);
            query.initLicenses();
        };
    };
    const auto before = world.rows(licenses(before_correction));
    const auto bind_more = [&] { world.must_happen({bind(2, "bob")}); };
    CHECK(ask_all(world, licenses(before_correction), world.now(), 1, bind_more) == before);
    const auto page = world.ask([&](QueryBuilder query) {
        licenses(before_correction)(query);
        query.setLimit(1);
    });
    const auto other = world.ask([&](QueryBuilder query) {
        licenses(correction)(query);
        query.setCursor(page.cursor.c_str());
    });
    CHECK(other.failure.value_or("").find("another question") != std::string::npos);
}

TEST_CASE("history as of a time has what had taken effect, been recorded, or both, by then") {
    LiveWorld world;
    world.must_happen(months());
    CHECK(history_of_1(world, {}) == Numbers{9, 11, 12});
    CHECK(history_of_1(world, {"2020-02-09T23:59:59.999999Z"}) == Numbers{9, 11});
    CHECK(history_of_1(world, {"2020-02-10T00:00:00Z"}) == Numbers{9, 11, 12});
    CHECK(history_of_1(world, {"2020-02-10T00:00:00Z", 0, before_correction}) == Numbers{9, 11});
    CHECK(history_of_1(world, {"", 0, before_correction}) == Numbers{9, 11});
    CHECK(history_of_1(world, {"", 11}) == Numbers{9, 11});
    CHECK(history_of_1(world, {"", 12, before_correction}) == Numbers{9, 11});
    CHECK(history_of_1(world, {"2020-01-15T00:00:00Z"}) == Numbers{9});
    const auto vendor = [](HistoryBuilder history) { history.setActor("vendor"); };
    CHECK(history(world, {"", 11}, vendor).sequences == range(2, 11));
    CHECK(history(world, {"2020-01-01T00:00:00Z"}, vendor).sequences == range(2, 10));
    const auto invoice = [](HistoryBuilder history) { history.setInvoice("i-1"); };
    CHECK(history(world, {"", 8}, invoice).sequences == Numbers{7, 8});

    CHECK(history(world, {"2020-02-10T00:00:00Z", 12}, vendor).failure.value_or("").find("together") !=
          std::string::npos);
    CHECK(history(world, {"", 17}, vendor).failure.value_or("").find("no event 17") != std::string::npos);
    CHECK(history(world, {"2019-01-01T00:00:00Z"}, vendor).failure.value_or("").find("did not exist then") !=
          std::string::npos);
}

TEST_CASE("history of an address as of a time: everyone who had ever borne it by then") {
    LiveWorld world;
    world.must_happen(months());
    const auto of = [&](const std::string& email, const Limits& limits) {
        return history(world, limits, [&](HistoryBuilder history) { history.setEmail(email.c_str()); });
    };
    CHECK(of("ann@acme.test", {}).sequences == of("anna@acme.test", {}).sequences);
    CHECK(of("ann@acme.test", {"", 15}).sequences == Numbers{5, 11, 12});
    CHECK(of("anna@acme.test", {"", 16}).sequences == Numbers{5, 11, 12, 16});
    CHECK(of("anna@acme.test", {"", 15}).sequences.empty());
    CHECK_FALSE(of("anna@acme.test", {"", 15}).failure);
    const auto told = of("anna@acme.test", {"", 16});
    CHECK(is_event(told.events[1], "{'licenseBound':{'email':'ann@acme.test'}}"));
}

TEST_CASE("a replay as of a time leaves out what had not taken effect, or not been recorded, by then") {
    LiveWorld world;
    world.must_happen(months());
    for (const std::size_t bytes : {std::size_t{1}, std::size_t{1} << 20}) {
        CHECK(replayed(world, "acme", {"2020-02-09T00:00:00Z"}, 0, bytes) == range(2, 11));
        CHECK(replayed(world, "acme", {"2020-02-10T00:00:00Z"}, 0, bytes) == range(2, 12));
        CHECK(replayed(world, "acme", {"2020-02-10T00:00:00Z", 0, before_correction}, 0, bytes) == range(2, 11));
        CHECK(replayed(world, "acme", {"", 0, before_correction}, 0, bytes) == range(2, 11));
        CHECK(replayed(world, "", {"", 0, before_correction}, 0, bytes) == range(1, 11));
        CHECK(replayed(world, "", {"", 0, correction}, 0, bytes) == range(1, 15));
        CHECK(replayed(world, "", {"", 9}, 0, bytes) == range(1, 9));
        CHECK(replayed(world, "", {"", 9}, 7, bytes) == range(1, 7));
        CHECK(replayed(world, "", {"", 0, "2019-01-01T00:00:00Z"}, 0, bytes).empty());
        // In the whole log each stream has an order of its own.
        auto both = range(1, 11);
        both.insert(both.end(), {13, 14, 15});
        CHECK(replayed(world, "", {"2020-02-09T00:00:00Z"}, 0, bytes) == both);
    }
}

}  // namespace seatledger
