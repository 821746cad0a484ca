// How histories are cut: by instants, by requests, backwards, and at what cost.
#include <rocksdb/perf_context.h>
#include <rocksdb/perf_level.h>

#include <algorithm>
#include <string>
#include <vector>

#include "events/text.h"
#include "projections/queries.h"
#include "tests/support/catch.h"
#include "tests/support/given.h"
#include "tests/support/world.h"

namespace seatledger {
namespace {

using namespace testing;

using HistoryBuilder = schema::History::Builder;
using Ask = std::function<void(HistoryBuilder)>;
using Numbers = std::vector<std::uint64_t>;

Told asked(LiveWorld& world, const Ask& what) {
    return ask_history(world.projections(), [&](HistoryBuilder history) {
        history.setAccount("acme");
        what(history);
    });
}

Told of_request(LiveWorld& world, const std::string& id) {
    return asked(world, [&](HistoryBuilder history) { history.setRequest(text(id)); });
}

std::string with_id(const std::string& id, const std::string& body) {
    return "{'account':'acme','requestId':'" + id + "'," + body + "}";
}

std::string bind_rows(const std::string& rows) { return "'bindLicenses':{'rows':[" + rows + "]}"; }

std::string row(int license, const std::string& name) {
    return "{'license':" + std::to_string(license) + ",'email':'" + name + "@acme.test'}";
}

// 1 connect; 2–4 the account, 5 ann, 6 bob; 7 to 10 i-1: the licenses 1 to 3.
Steps start() {
    return steps(product("connect"), open_acme(), registered("ann"), registered("bob"), bought("i-1", "connect", 3));
}

TEST_CASE("history of a request: all that its command appended") {
    LiveWorld world;
    world.must_happen(steps(start(), with_id("r", "'bindLicense':{'license':1,'email':'ann@acme.test'}"),
                            with_id("r-2", "'reassignLicense':{'license':1,'email':'bob@acme.test'}"), unbind(1)));
    CHECK(of_request(world, "r").sequences == Numbers{11});
    CHECK(of_request(world, "r-2").sequences == Numbers{12, 13});
    const auto part = asked(world, [](HistoryBuilder history) {
        history.setRequest("r-2");
        history.setFrom(13);
    });
    CHECK(part.sequences == Numbers{13});
    for (const std::string unknown : {"r-3", "", "R", "r-"}) {
        const auto told = of_request(world, unknown);
        REQUIRE(told.failure);
        CHECK(told.failure->find("acme has no events of request") == 0);
    }
}

TEST_CASE("history of a bulk request: its rows, in the order in which they happened; of a row that one") {
    LiveWorld world;
    const auto sku_row = [](const std::string& name) { return "{'sku':'connect','email':'" + name + "@acme.test'}"; };
    Steps people;
    std::string rows = row(1, "ann") + "," + row(1, "bob") + "," + row(2, "bob");
    for (int i = 0; i < 9; ++i) {
        people.push_back(registered("p" + std::to_string(i)));
        rows += "," + sku_row("p" + std::to_string(i));
    }
    world.must_happen(steps(start(), people, bought("i-2", "connect", 20)));
    const auto first = world.log().last().value + 1;
    world.judge(with_id("bulk", bind_rows(rows)));  // the second row is rejected
    world.judge(with_id("bulk/x", "'unbindLicense':{'license':1}"));
    world.judge(with_id("bulk/0", "'unbindLicense':{'license':2}"));
    world.judge(with_id("bulky/1", "'bindLicense':{'license':1,'email':'ann@acme.test'}"));
    world.project();
    Numbers all;
    for (std::uint64_t i = 0; i < 11; ++i) all.push_back(first + i);
    CHECK(of_request(world, "bulk").sequences == all);
    CHECK(of_request(world, "bulk/1").sequences == Numbers{first});
    CHECK(of_request(world, "bulk/2").failure);
    CHECK(of_request(world, "bulk/12").sequences == Numbers{first + 10});
    const auto last_two = asked(world, [](HistoryBuilder history) {
        history.setRequest("bulk");
        history.setBackwards(true);
        history.setLimit(2);
    });
    CHECK(last_two.sequences == Numbers{first + 10, first + 9});
    CHECK(last_two.next == Sequence(first + 8));
}

TEST_CASE("history of an atomic bulk request is its one commit") {
    LiveWorld world;
    world.must_happen(steps(start(), with_id("both", "'bindLicenses':{'atomic':true,'rows':[" + row(1, "ann") + "," +
                                                         row(2, "bob") + "]}")));
    CHECK(of_request(world, "both").sequences == Numbers{11, 12});
}

TEST_CASE("history between two instants: what took effect at or after the one, and at or before the other") {
    LiveWorld world;
    world.must_happen(steps(start(), "2020-01-02T00:00:00Z", bind(1, "ann"), "2020-01-03T00:00:00Z", unbind(1),
                            bind(1, "bob"), "2020-01-04T00:00:00Z", unbind(1)));
    const auto between = [&](const char* from, const char* to, bool backwards = false) {
        return asked(world,
                     [&](HistoryBuilder history) {
                         history.setLicense(1);
                         if (*from != '\0') history.setEffectiveFrom(instant(from).micros);
                         if (*to != '\0') history.setEffectiveTo(instant(to).micros);
                         history.setBackwards(backwards);
                     })
            .sequences;
    };
    CHECK(between("", "") == Numbers{9, 11, 12, 13, 14});
    CHECK(between("2020-01-02T00:00:00Z", "") == Numbers{11, 12, 13, 14});
    CHECK(between("2020-01-02T00:00:00.000001Z", "") == Numbers{12, 13, 14});
    CHECK(between("", "2020-01-03T00:00:00Z") == Numbers{9, 11, 12, 13});
    CHECK(between("", "2020-01-02T23:59:59.999999Z") == Numbers{9, 11});
    CHECK(between("2020-01-02T00:00:00Z", "2020-01-03T00:00:00Z", true) == Numbers{13, 12, 11});
    CHECK(between("2020-01-05T00:00:00Z", "").empty());
    CHECK(between("", "1999-01-01T00:00:00Z").empty());
    CHECK(between("0001-01-01T00:00:00Z", "9999-12-31T23:59:59Z").size() == 5);
}

TEST_CASE("going backwards an address is shown as it was at each event, and not at all once it was erased") {
    LiveWorld world;
    const auto moved = [](const std::string& from, const std::string& to) {
        return acme("'changeEmail':{'email':'" + from + "@acme.test','newEmail':'" + to + "@acme.test'}");
    };
    world.must_happen(steps(start(), bind(1, "ann"), moved("ann", "anna"), unbind(1), moved("anna", "Anna2"),
                            bind(1, "Anna2"), unbind(1)));
    const auto backwards = [](HistoryBuilder history) {
        history.setLicense(1);
        history.setBackwards(true);
    };
    auto told = asked(world, backwards);
    REQUIRE(told.sequences == Numbers{16, 15, 13, 11, 9});
    CHECK(is_event(told.events[0], "{'licenseUnbound':{'email':'Anna2@acme.test'}}"));
    CHECK(is_event(told.events[1], "{'licenseBound':{'email':'Anna2@acme.test'}}"));
    CHECK(is_event(told.events[2], "{'licenseUnbound':{'email':'anna@acme.test'}}"));
    CHECK(is_event(told.events[3], "{'licenseBound':{'email':'ann@acme.test'}}"));

    world.must_happen({acme("'erasePerson':{'email':'anna2@acme.test'}")});
    told = asked(world, backwards);
    for (std::size_t i = 0; i < 4; ++i) {
        INFO(told.events[i]);
        CHECK(told.events[i].find("\"email\":null") != std::string::npos);
    }
}

TEST_CASE("how far a history has looked is told, and whether more comes") {
    LiveWorld world;
    world.must_happen(steps(start(), bind(1, "ann"), registered("late")));
    const auto of_one = [](HistoryBuilder history) { history.setLicense(1); };
    CHECK(asked(world, of_one).seen == world.log().last());
    const auto to = asked(world, [](HistoryBuilder history) {
        history.setLicense(1);
        history.setTo(11);
    });
    CHECK(to.seen == Sequence(11));
    CHECK(to.next == Sequence());
}

TEST_CASE("what is followed has no end") {
    LiveWorld world;
    world.must_happen(start());
    const auto refused = [&](const Ask& what) {
        const auto told = asked(world, [&](HistoryBuilder history) {
            history.setLicense(1);
            history.setFollow(true);
            what(history);
        });
        return told.failure && told.failure->find("leave out follow") != std::string::npos;
    };
    CHECK_FALSE(refused([](HistoryBuilder) {}));
    CHECK(refused([](HistoryBuilder history) { history.setBackwards(true); }));
    CHECK(refused([](HistoryBuilder history) { history.setAsOfSequence(3); }));
    CHECK(refused([](HistoryBuilder history) { history.setEffectiveTo(0); }));
}

TEST_CASE("a history that is explained says of which payment licenses are") {
    LiveWorld world;
    world.must_happen(steps(start(), bind(2, "ann"), invoiced("i-2", "connect", 1)));
    const auto explained = asked(world, [](HistoryBuilder history) {
        history.setLicense(2);
        history.setExplain(true);
    });
    CHECK(explained.time_zone == "UTC");
    CHECK(explained.origins ==
          std::vector<std::string>{R"({"first":1,"quantity":3,"invoice":"i-1","reference":"bank-i-1","payment":8})",
                                   R"({"first":0,"quantity":0,"invoice":"i-1","reference":"bank-i-1","payment":8})"});
    const auto plain = asked(world, [](HistoryBuilder history) { history.setLicense(2); });
    CHECK(plain.origins.empty());
    CHECK(plain.time_zone.empty());
}

// ---- Cost

// Keys that were compared in the tables for one page.
std::uint64_t cost_of(LiveWorld& world, const Ask& what) {
    rocksdb::SetPerfLevel(rocksdb::PerfLevel::kEnableCount);
    rocksdb::get_perf_context()->Reset();
    const auto told = asked(world, what);
    const auto count = rocksdb::get_perf_context()->user_key_comparison_count;
    rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
    CHECK(told.sequences.size() == 10);
    CHECK(count > 0);
    return count;
}

// For each of what a history can be of: pages at the beginning, in the middle and at the end, forwards and backwards.
std::vector<std::uint64_t> costs_in(LiveWorld& world) {
    const auto last = world.log().last().value;
    const std::vector<Ask> subjects = {
        [](HistoryBuilder history) { history.setLicense(1); },
        [](HistoryBuilder history) { history.setEmail("ann@acme.test"); },
        [](HistoryBuilder history) { history.setQueue("support"); },
        [](HistoryBuilder history) { history.setActor("vendor"); },
        [](HistoryBuilder history) { history.setAll(); },
    };
    std::vector<std::uint64_t> costs;
    for (const auto& subject : subjects) {
        for (const bool backwards : {false, true}) {
            for (const std::uint64_t at : {std::uint64_t{12}, last / 2, last - 50}) {
                costs.push_back(cost_of(world, [&](HistoryBuilder history) {
                    subject(history);
                    history.setBackwards(backwards);
                    backwards ? history.setTo(at + 49) : history.setFrom(at);
                    history.setLimit(10);
                }));
            }
        }
    }
    return costs;
}

TEST_CASE("a page costs what is in it, however long the history and wherever in it the page begins") {
    LiveWorld world;
    world.must_happen(steps(start(), acme("'createQueue':{'queue':'support','kind':'call'}")));
    const auto grow = [&](int rounds) {
        const std::string member = "'queue':'support','email':'ann@acme.test'";
        for (int i = 0; i < rounds; ++i) {
            world.judge(bind(1, "ann"));
            world.judge(acme("'addQueueMember':{" + member + ",'role':'agent'}"));
            world.judge(unbind(1));
            world.judge(acme("'removeQueueMember':{" + member + "}"));
        }
        world.project();
    };
    grow(50);
    const auto small = costs_in(world);
    grow(750);
    const auto large = costs_in(world);
    REQUIRE(small.size() == large.size());
    for (std::size_t i = 0; i < small.size(); ++i) {
        INFO("page " << i);
        CHECK(large[i] < 4 * small[i]);  // it is sixteen times as long
    }
}

}  // namespace
}  // namespace seatledger
