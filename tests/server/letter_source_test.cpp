// Which letters are still to be sent, by the tables, and what they say.
#include "server/letter_source.h"

#include <iterator>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/world.h"

namespace seatledger {
namespace {

using namespace testing;

using Unsent = std::set<std::uint64_t>;

Unsent unsent_in(LiveWorld& world) {
    Unsent found;
    scan_unsent(world.projections(), [&](const QueuedLetter& queued) {
        CHECK(queued.account == "acme");
        CHECK(found.insert(queued.letter.notification.value).second);
        return true;
    });
    return found;
}

void record_sent(LiveWorld& world, UserId user, std::uint64_t notification) {
    world.ledger().record_sent({"acme", user, Sequence(notification)});
    REQUIRE(world.ledger().commit());
    world.project();
}

Steps bought_by(const std::string& name, int number) {
    const auto invoice = "i-" + std::to_string(number);
    return {acme("'issueInvoice':{'invoice':'" + invoice + "','raisedBy':'" + name +
                 "@acme.test','lines':[{'sku':'connect','quantity':1}]}"),
            paid(invoice, "10.00", "b-" + std::to_string(number))};
}

std::optional<Letter> letter_of(LiveWorld& world, UserId user, std::uint64_t notification) {
    return read_letter(world.projections(), {"acme", {AccountNumber(1), user, Sequence(notification)}}, "ledger");
}

}  // namespace

TEST_CASE(
    "letters that were queued are unsent until they are sent, or nobody can get them, whatever the tables went "
    "through") {
    constexpr auto seed = 20200303u;
    INFO("seed " << seed);
    std::mt19937 random(seed);
    const auto one_in = [&](unsigned n) { return random() % n == 0; };
    LiveWorld world;
    world.must_happen(steps(open_acme(), product("connect")));
    std::map<std::uint64_t, UserId> unsent;
    std::map<UserId, std::string> people;
    std::uint32_t registered_count = 1;
    int sent = 0;
    int erased = 0;
    for (int i = 0; i < 120; ++i) {
        if (people.empty() || one_in(4)) {
            const auto name = "p" + std::to_string(++registered_count);
            people.emplace(UserId(registered_count), name);
            world.must_happen({registered(name)});
        }
        auto person = people.begin();
        std::advance(person, random() % people.size());
        world.must_happen(bought_by(person->second, i));
        unsent.emplace(world.log().last().value, person->first);
        if (one_in(2)) {
            auto letter = unsent.begin();
            std::advance(letter, random() % unsent.size());
            record_sent(world, letter->second, letter->first);
            unsent.erase(letter);
            ++sent;
        }
        if (one_in(8)) {
            world.must_happen({acme("'erasePerson':{'email':'" + person->second + "@acme.test'}")});
            std::erase_if(unsent, [&](const auto& letter) { return letter.second == person->first; });
            people.erase(person);
            ++erased;
        }
        if (one_in(10)) world.reopen();
        if (one_in(20)) {
            const auto rebuilt = world.projections().rebuild({});
            REQUIRE(rebuilt);
            CHECK(rebuilt->differ.empty());
        }
        Unsent expected;
        for (const auto& [notification, user] : unsent) expected.insert(notification);
        REQUIRE(unsent_in(world) == expected);
    }
    CHECK(sent > 20);
    CHECK(erased > 5);
    CHECK_FALSE(unsent.empty());
}

TEST_CASE("that a letter was sent is recorded as of the account's newest event, and counts for that account only") {
    LiveWorld world;
    world.must_happen(steps(open_acme(), product("connect"), registered("ann"), bought_by("ann", 1)));
    const auto notification = world.log().last().value;
    world.must_happen({"2020-03-01T00:00:00Z"});
    record_sent(world, UserId(2), notification);
    const auto last = ask_history(world.projections(), [](schema::History::Builder history) {
        history.setAccount("acme");
        history.setEmail("ann@acme.test");
    });
    REQUIRE_FALSE(last.events.empty());
    CHECK(contains(last.events.back(), "notificationSent"));
    CHECK(contains(last.events.back(), R"("effectiveAt":"2020-01-01T00:00:00.000000Z")"));
    CHECK(contains(last.events.back(), R"("recordedAt":"2020-03-01T00:00:00.000000Z")"));
    CHECK(contains(last.events.back(), R"("email":"ann@acme.test","notification":)" + std::to_string(notification)));

    const auto before = world.log().last();
    world.ledger().record_sent({"nowhere", UserId(2), Sequence(notification)});
    CHECK_FALSE(world.ledger().has_pending());
    CHECK(world.log().last() == before);
}

TEST_CASE("a letter is read as of its event, and to whoever the person is now") {
    LiveWorld world;
    world.must_happen(
        steps(acme("'openAccount':{'name':'Acme & Co','timeZone':'Europe/Lisbon','language':'pt','superAdmin':{'email':"
                   "'boss@acme.test','name':'Bo'}}"),
              product("connect"), acme("'registerUser':{'email':'ann@acme.test','name':'Ann','language':'ru'}"),
              bought_by("ann", 1)));
    const auto notification = world.log().last().value;
    world.must_happen(steps(bought_by("boss", 2),
                            acme("'changeEmail':{'email':'ann@acme.test','newEmail':'ann@example.com'}"),
                            "{'changeProduct':{'sku':'connect','name':'Renamed'}}"));
    const auto letter = letter_of(world, UserId(2), notification);
    REQUIRE(letter);
    CHECK(letter->to.address == "ann@example.com");
    CHECK(letter->to.name == "Ann");
    CHECK(letter->language == Language::russian);
    CHECK(letter->account == "acme");
    CHECK(letter->account_name == "Acme & Co");
    CHECK(letter->id.event.value == notification);
    CHECK(letter->id.user == UserId(2));
    CHECK(letter->id.ledger == "ledger");
    const auto& content = std::get<PaymentRecorded>(letter->content);
    CHECK(content.invoice == "i-1");
    REQUIRE(content.lines.size() == 1);
    CHECK(content.lines[0].product == "Product");
    CHECK(content.lines[0].sku == "connect");
    CHECK(content.lines[0].licenses.first == LicenseNumber(1));
    CHECK(content.lines[0].licenses.last == LicenseNumber(1));

    world.must_happen({acme("'erasePerson':{'email':'ann@example.com'}")});
    CHECK_FALSE(letter_of(world, UserId(2), notification));
}

TEST_CASE("a reminder that is recorded late says how many days are left; after that day it is not sent") {
    LiveWorld world;
    world.must_happen(steps(open_acme(), product("connect"), bought_by("boss", 1)));
    record_sent(world, UserId(1), world.log().last().value);
    // The end is that of 2020; the reminders were due on 2 and 25 December.
    world.must_happen({"2020-12-05T06:00:00Z", registered("ann")});
    const auto unsent = unsent_in(world);
    REQUIRE(unsent.size() == 1);
    const auto letter = letter_of(world, UserId(1), *unsent.begin());
    REQUIRE(letter);
    CHECK(std::get<TermEnds>(letter->content).days_left == 27);
    record_sent(world, UserId(1), *unsent.begin());

    world.must_happen({"2021-01-02T00:00:00Z", registered("bob")});
    const auto told = ask_history(world.projections(), [](schema::History::Builder history) {
        history.setAccount("acme");
        history.setEmail("boss@acme.test");
    });
    CHECK(contains(told.events.back(), R"("daysLeft":7)"));
    CHECK(unsent_in(world).empty());
    world.reopen();
    CHECK(unsent_in(world).empty());
}

}  // namespace seatledger
