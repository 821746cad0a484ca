// What a diff says: which rows, of what was, and by which events.
#include "projections/diff.h"

#include <string>
#include <vector>

#include "events/text.h"
#include "tests/support/catch.h"
#include "tests/support/given.h"
#include "tests/support/world.h"
#include "tools/difference.h"

namespace seatledger {
namespace {

using namespace testing;

using Lines = std::vector<std::string>;
using FilterBuilder = schema::DiffFilter::Builder;
using Set = std::function<void(schema::Query::Builder, FilterBuilder)>;

Page ask(const LiveWorld& world, const Set& set, const std::string& cursor = "") {
    return world.ask([&](schema::Query::Builder query) {
        query.setAccount("acme");
        if (!cursor.empty()) query.setCursor(cursor);
        set(query, query.initDiff());
    });
}

// Table, key, what became of it, the fields, and why.
Lines lines(const LiveWorld& world, const Set& set) {
    Lines all;
    std::string cursor;
    do {
        const auto page = ask(world, set, cursor);
        if (page.failure) FAIL(*page.failure);
        for (const auto row : page.get().getDiff()) {
            static const char* const tables[] = {"licenses ", "users ", "products ", "queues "};
            static const char* const changes[] = {" added ", " removed ", " changed "};
            auto line = tables[static_cast<int>(row.getTable())] + std::string(view(row.getKey()));
            if (row.hasMember()) line += ": " + std::string(view(row.getMember()));
            line +=
                changes[static_cast<int>(row.getChange())] + shown_difference(row) + " because " + shown_because(row);
            all.push_back(line);
        }
        cursor = page.cursor;
    } while (!cursor.empty());
    return all;
}

Lines between(const LiveWorld& world, std::uint64_t from, std::uint64_t to) {
    return lines(world, [&](auto, FilterBuilder filter) {
        filter.setFromSequence(from);
        filter.setToSequence(to);
    });
}

Lines between(const LiveWorld& world, const std::string& from, const std::string& to) {
    return lines(world, [&](auto, FilterBuilder filter) {
        filter.setFrom(instant(from).micros);
        filter.setTo(instant(to).micros);
    });
}

// Those of one table.
Lines of(const std::string& table, const Lines& all) {
    Lines some;
    for (const auto& line : all) {
        if (line.starts_with(table + ' ')) some.push_back(line);
    }
    return some;
}

std::string failure(const LiveWorld& world, const Set& set) {
    const auto page = ask(world, set);
    return page.failure.value_or("none");
}

// Events: 1 connect, for 30 days; 2–4 the account, 5 ann, 6 bob, 7 i-1, 8–10 paid: licenses 1 to 3, until 31 January.
Steps start() {
    return steps(product("connect", "P30D"), open_acme(), registered("ann"), registered("bob"),
                 bought("i-1", "connect", 3));
}

const std::string new_year = "2020-01-01T00:00:00Z";
const std::string end = "2020-01-31T00:00:00Z";
const std::string before_end = "2020-01-30T23:59:59.999999Z";

}  // namespace

TEST_CASE("diff: a bind shows in the license, in the person and in the counts") {
    LiveWorld world;
    world.must_happen(steps(start(), bind(1, "ann")));
    CHECK(between(world, 10, 11) ==
          Lines{"licenses 1 changed status: available → bound; email: – → ann@acme.test because 11",
                "users ann@acme.test changed licenses: – → 1 because 11",
                "products connect changed available: 3 → 2; bound: 0 → 1 because 11"});
}

TEST_CASE("diff: what was given and taken back in between is no difference; what went to somebody else is one row") {
    LiveWorld world;
    world.must_happen(steps(start(), bind(1, "ann"), unbind(1), bind(1, "bob"), bind(2, "ann"), unbind(2)));
    CHECK(of("licenses", between(world, 10, 15)) ==
          Lines{"licenses 1 changed status: available → bound; email: – → bob@acme.test because 11–13"});
    CHECK(between(world, 11, 13) == Lines{"licenses 1 changed email: ann@acme.test → bob@acme.test because 12, 13",
                                          "users ann@acme.test changed licenses: 1 → – because 12",
                                          "users bob@acme.test changed licenses: – → 1 because 13"});
    CHECK(between(world, 13, 15).empty());
}

TEST_CASE("diff: a payment of very many licenses is one row, and so is what becomes of all of them") {
    LiveWorld world;
    world.must_happen(steps(product("connect", "P30D"), open_acme(), registered("ann"),
                            bought("i-1", "connect", 500'000), bind(250'000, "ann")));
    const std::string what = " added sku=connect product=Product type=seat status=";
    const auto licenses = of("licenses", between(world, 7, 10));
    REQUIRE(licenses.size() == 3);
    CHECK(licenses[0].starts_with("licenses 1-249999" + what + "available"));
    CHECK(licenses[0].ends_with(" because 8"));
    CHECK(licenses[1].starts_with("licenses 250000" + what + "bound email=ann@acme.test"));
    CHECK(licenses[1].ends_with(" because 8, 10"));
    CHECK(licenses[2].starts_with("licenses 250001-500000" + what + "available"));
    world.must_happen({"{'changeProduct':{'sku':'connect','name':'Connect'}}"});
    CHECK(between(world, 10, 11) == Lines{"licenses 1-500000 changed product: Product → Connect because 11",
                                          "products connect changed name: Product → Connect because 11"});
}

TEST_CASE("diff: a term that ends is a change, by what recorded its end, or else by what says when it ends") {
    LiveWorld world;
    world.must_happen(steps(start(), bind(2, "ann")));
    const Lines unrecorded = {
        "licenses 1 changed status: available → expired because 9",
        "licenses 2 changed status: bound → expired; email: ann@acme.test → – because 9, 11",
        "licenses 3 changed status: available → expired because 9",
        "users ann@acme.test changed licenses: 2 → – because 9, 11",
        "products connect changed available: 2 → 0; bound: 1 → 0; expired: 0 → 3 because 9",
    };
    CHECK(between(world, before_end, end) == unrecorded);
    CHECK(between(world, new_year, before_end).empty());
    CHECK(between(world, end, "2020-02-29T00:00:00Z").empty());
    world.must_happen({"2020-02-01T00:00:00Z", registered("carl")});
    // 12 a reminder, 13 the end, 14 carl.
    auto recorded = unrecorded;
    for (auto& line : recorded) line.replace(line.find(" because "), line.npos, " because 13");
    CHECK(between(world, before_end, end) == recorded);
    CHECK(of("licenses", between(world, 11, 12)).size() == 3);
}

TEST_CASE("diff: an address that changes is no one who goes and no one who comes") {
    LiveWorld world;
    world.must_happen(steps(
        start(), bind(1, "ann"), acme("'createQueue':{'queue':'support','kind':'call'}"),
        acme("'addQueueMember':{'queue':'support','email':'ann@acme.test','role':'agent'}"), granted("ann", "admin"),
        acme("'changeEmail':{'email':'ann@acme.test','newEmail':'eve@acme.test'}"), granted("eve", "auditor")));
    const std::string change = " changed email: ann@acme.test → eve@acme.test because 15";
    CHECK(between(world, 14, 15) ==
          Lines{"licenses 1" + change, "users eve@acme.test" + change, "queues support: eve@acme.test" + change});
    CHECK(of("users", between(world, 12, 16)) ==
          Lines{"users eve@acme.test changed email: ann@acme.test → eve@acme.test; roles: – → admin, auditor because "
                "14–16"});
    CHECK(of("licenses", between(world, 12, 16)) == Lines{"licenses 1" + change});
}

TEST_CASE("diff: who is removed goes, and who comes under their address is somebody else") {
    LiveWorld world;
    world.must_happen(steps(start(), acme("'removeUser':{'email':'ann@acme.test'}"), registered("ann")));
    const auto users = between(world, 10, 12);
    REQUIRE(users.size() == 2);
    CHECK(users[0].starts_with("users ann@acme.test removed email=ann@acme.test"));
    CHECK(users[0].ends_with("because 11"));
    CHECK(users[1].starts_with("users ann@acme.test added email=ann@acme.test"));
    CHECK(users[1].ends_with("because 12"));
}

TEST_CASE("diff: a queue under a name that was used again is another one") {
    LiveWorld world;
    const auto create = acme("'createQueue':{'queue':'support','kind':'call'}");
    const auto enter = acme("'addQueueMember':{'queue':'support','email':'ann@acme.test','role':'agent'}");
    world.must_happen(steps(start(), create, enter, acme("'deleteQueue':{'queue':'support'}"),
                            acme("'createQueue':{'queue':'support','kind':'inbox'}"), enter,
                            acme("'addQueueMember':{'queue':'support','email':'bob@acme.test','role':'supervisor'}")));
    // 11 created, 12 ann; 13 ann leaves, 14 deleted; 15 created again, 16 ann, 17 bob.
    const auto rows = between(world, 12, 17);
    CAPTURE(rows);
    REQUIRE(rows.size() == 5);
    CHECK(rows[0].starts_with("queues support removed queue=support kind=call"));
    CHECK(rows[0].ends_with("because 14"));
    CHECK(rows[1].starts_with("queues support: ann@acme.test removed email=ann@acme.test role=agent"));
    CHECK(rows[1].ends_with("because 13"));
    CHECK(rows[2].starts_with("queues support added queue=support kind=inbox"));
    CHECK(rows[2].ends_with("because 15"));
    CHECK(rows[3].ends_with("because 16"));
    CHECK(rows[4].starts_with("queues support: bob@acme.test added email=bob@acme.test role=supervisor"));
    CHECK(rows[4].ends_with("because 17"));
    CHECK(of("queues", between(world, 10, 11)).size() == 1);
    CHECK(between(world, 14, 15).size() == 1);
}

TEST_CASE("diff: what is kept of a phone, and that it is no more, whether or not that has been recorded") {
    LiveWorld world;
    world.must_happen(steps(phone_product("connect", "P30D"), open_acme(), registered("ann"),
                            bought("i-1", "connect", 1), bind(1, "ann"), phone_saved("ann")));
    // 7–9 paid, 10 bound, 11 saved.
    CHECK(between(world, 10, 11) == Lines{"users ann@acme.test changed phone: none → saved; phoneSavedAt: – → "
                                          "2020-01-01 00:00:00Z because 11"});
    const std::string kept = "phone: saved → kept; phoneKeptUntil: – → 2020-02-07 00:00:00Z because ";
    const std::string gone =
        "phone: kept → none; phoneSavedAt: 2020-01-01 00:00:00Z → –; phoneKeptUntil: 2020-02-07 "
        "00:00:00Z → – because ";
    const auto users = [&](const std::string& from, const std::string& to) {
        return only(of("users", between(world, from, to)));
    };
    const std::string last_day = "2020-02-06T23:59:59.999999Z";
    const std::string purge = "2020-02-07T00:00:00Z";
    CHECK(users(before_end, end) == "users ann@acme.test changed licenses: 1 → –; " + kept + "8, 10");
    CHECK(users(last_day, purge) == "users ann@acme.test changed " + gone + "8, 10");
    world.must_happen({"2020-02-01T00:00:00Z", registered("bob")});
    // 12 a reminder, 13 the end, 14 retained, 15 bob.
    CHECK(users(before_end, end) == "users ann@acme.test changed licenses: 1 → –; " + kept + "13, 14");
    CHECK(users(last_day, purge) == "users ann@acme.test changed " + gone + "14");
    world.must_happen({"2020-02-08T00:00:00Z", registered("carl")});
    CHECK(users(last_day, purge) == "users ann@acme.test changed " + gone + "16");
}

TEST_CASE("diff: the events that did it are the newest thousand where they are more") {
    LiveWorld world;
    Steps binds;
    for (int i = 0; i < 501; ++i) binds.insert(binds.end(), {bind(1, "ann"), unbind(1)});
    world.must_happen(steps(start(), binds, bind(1, "bob")));
    const auto last = world.log().last().value;
    CHECK(last == 10 + 1'003);
    CHECK(of("licenses", between(world, 10, last)) ==
          Lines{"licenses 1 changed status: available → bound; email: – → bob@acme.test because …, 14–1013"});
    CHECK(of("licenses", between(world, 14, last)) ==
          Lines{"licenses 1 changed status: available → bound; email: – → bob@acme.test because 15–1013"});
}

TEST_CASE("diff: both times by what was known, and an account that was not there yet has nothing") {
    LiveWorld world;
    world.must_happen(steps(start(), "2020-01-10T00:00:00Z", bind(1, "ann"), "2020-01-20T00:00:00Z",
                            acme("'at':'2020-01-15T00:00:00Z','unbindLicense':{'license':1}")));
    const auto licenses = [&](const std::string& known_at) {
        return of("licenses", lines(world, [&](schema::Query::Builder query, FilterBuilder filter) {
                      if (!known_at.empty()) query.setKnownAt(instant(known_at).micros);
                      filter.setFrom(instant("2020-01-12T00:00:00Z").micros);
                      filter.setTo(instant("2020-01-16T00:00:00Z").micros);
                  }));
    };
    CHECK(licenses("2020-01-19T00:00:00Z").empty());
    CHECK(licenses("") == Lines{"licenses 1 changed status: bound → available; email: ann@acme.test → – because 12"});
    const auto all = between(world, "2019-12-31T00:00:00Z", new_year);
    REQUIRE(all.size() == 5);
    CHECK(all[0].starts_with("licenses 1-3 added"));
    CHECK(all[1].starts_with("users boss@acme.test added email=boss@acme.test name=Bo roles=[superAdmin]"));
    CHECK(all[1].ends_with("because 3, 4"));
    CHECK(all[4].starts_with("products connect added sku=connect"));
    CHECK(all[4].ends_with("because 9"));
}

TEST_CASE("diff: what cannot be asked is said") {
    LiveWorld world;
    world.must_happen(steps(start(), "2020-01-10T00:00:00Z", bind(1, "ann")));
    CHECK(failure(world, [](auto, auto) {}) == "a diff needs a time to begin at; give from or fromSequence");
    CHECK(
        failure(world, [](auto, FilterBuilder filter) {
            filter.setFromSequence(11);
            filter.setToSequence(10);
        }).starts_with("the first time (event 11, 2020-01-10T00:00:00.000000Z) lies after the second one (event 10, "));
    CHECK(failure(world, [](auto, FilterBuilder filter) {
              filter.setFromSequence(11);
              filter.setTo(instant(new_year).micros);
          }).find("lies after") != std::string::npos);
    CHECK(failure(world, [](auto, FilterBuilder filter) {
              filter.setFromSequence(11);
              filter.setFrom(instant(new_year).micros);
          }) == "of each time give an instant or a sequence, not both");
    CHECK(failure(world, [](auto query, FilterBuilder filter) {
              query.setAsOfSequence(10);
              filter.setFromSequence(5);
          }) == "a diff has two times of its own, from and to; leave out asOf and asOfSequence");
    CHECK(failure(world, [](auto, FilterBuilder filter) {
              filter.setFromSequence(5);
              filter.setToSequence(99);
          }) == "there is no event 99 yet; the last one is 11");
    CHECK(failure(world, [](auto query, FilterBuilder filter) {
              query.setAccount("other");
              filter.setFromSequence(5);
          }) == "there is no account other; check the id, or open it first (openAccount)");
    CHECK(failure(world, [](auto, FilterBuilder filter) {
              filter.setFrom(instant("2019-01-01T00:00:00Z").micros);
              filter.setTo(instant("2019-06-01T00:00:00Z").micros);
          }) == "account acme did not exist then; ask for a later time");
}

TEST_CASE("diff: pages are of the same two times, whatever happens in between") {
    LiveWorld world;
    world.must_happen(steps(start(), bind(1, "ann"), bind(3, "bob")));
    const Set since = [](schema::Query::Builder query, FilterBuilder filter) {
        filter.setFromSequence(10);
        query.setLimit(1);
    };
    const auto whole = lines(world, since);
    REQUIRE(whole.size() == 5);
    Lines paged;
    std::string cursor;
    do {
        const auto page = ask(world, since, cursor);
        REQUIRE_FALSE(page.failure);
        REQUIRE(page.rows.size() == 1);
        paged.push_back(page.rows.front());
        cursor = page.cursor;
        const auto name = "n" + std::to_string(paged.size());
        world.must_happen({unbind(1), bind(1, "ann"), registered(name), bind(2, name), unbind(2)});
    } while (!cursor.empty());
    Lines at_once = ask(world, [](auto, FilterBuilder filter) {
                        filter.setFromSequence(10);
                        filter.setToSequence(12);
                    }).rows;
    CHECK(paged == at_once);
}

}  // namespace seatledger
