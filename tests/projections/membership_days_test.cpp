// For which days places in queues are billed.
#include "projections/membership_days.h"

#include <map>
#include <set>
#include <string>
#include <vector>

#include "events/text.h"
#include "tests/support/catch.h"
#include "tests/support/given.h"
#include "tests/support/random_commands.h"
#include "tests/support/world.h"

namespace seatledger {
namespace {

using namespace testing;

std::string enter(const std::string& queue, const std::string& name) {
    return acme("'addQueueMember':{'queue':'" + queue + "','email':'" + name + "@acme.test','role':'agent'}");
}

std::string leave(const std::string& queue, const std::string& name) {
    return acme("'removeQueueMember':{'queue':'" + queue + "','email':'" + name + "@acme.test'}");
}

std::string membership_product(const std::string& sku) {
    return "{'defineProduct':{'sku':'" + sku +
           "','name':'Center','type':'queues','term':'P1M','billing':'membership','unitPrice':{'amount':'80.00',"
           "'currency':'USD'}}}";
}

Steps two_queues(const std::string& zone) {
    return steps(membership_product("center"), open_acme(zone), registered("ann"), registered("bob"),
                 acme("'createQueue':{'queue':'mail','kind':'inbox'}"),
                 acme("'createQueue':{'queue':'support','kind':'call'}"));
}

// 2026-03-01..2026-03-04=4
std::string periods(const Page& page) {
    REQUIRE_FALSE(page.failure);
    std::string out;
    for (const auto row : page.get().getMemberships()) {
        out += std::string(view(row.getEmail())) + ":";
        std::uint32_t days = 0;
        for (const auto period : row.getPeriods()) {
            const auto sku = std::string(view(period.getSku()));
            out += " " + (sku == "center" ? "" : sku + " ") + std::string(view(period.getFirstDay())) + ".." +
                   std::string(view(period.getLastDay())) + "=" + std::to_string(period.getDays());
            days += period.getDays();
        }
        CHECK(days == row.getDays());
        out += "; ";
    }
    return out;
}

std::string periods_as_of(LiveWorld& world, const std::string& when, const std::string& email = "") {
    return periods(world.ask([&](schema::Query::Builder query) {
        query.setAccount("acme");
        query.setAsOf(instant(when).micros);
        auto filter = query.initMemberships();
        if (!email.empty()) filter.setEmail(email);
    }));
}

// A change of whether somebody is in any queue.
struct Change {
    std::int64_t at = 0;
    bool is_in = false;
};

// Every event from the first on, for each person of the account.
std::map<std::uint32_t, std::vector<Change>> changes_in(const Log& log, const std::string& account) {
    std::map<std::uint32_t, std::map<std::string, bool>> places;
    std::map<std::uint32_t, std::vector<Change>> changes;
    const auto cursor = log.read(Sequence(1));
    for (auto block = cursor->next(); block && *block; block = cursor->next()) {
        for (const auto& entry : (*block)->entries()) {
            const auto event = read_event(entry);
            if (view(event.getAccount()) != account) continue;
            const auto note = [&](schema::QueueMember::Reader body, bool is_in) {
                auto& of_person = places[body.getUser()];
                of_person[std::string(view(body.getQueue()))] = is_in;
                bool any = false;
                for (const auto& [queue, in] : of_person) any = any || in;
                changes[body.getUser()].push_back({event.getEffectiveAt(), any});
            };
            if (event.isQueueMemberAdded()) note(event.getQueueMemberAdded(), true);
            if (event.isQueueMemberRemoved()) note(event.getQueueMemberRemoved(), false);
        }
    }
    return changes;
}

// From … to, the end left out.
struct Offer {
    std::string sku;
    std::int64_t from = 0;
    std::int64_t to = last_instant.micros;
};

// When products that are billed by membership were on offer.
std::vector<Offer> offers_in(const Log& log) {
    std::vector<Offer> offers;
    const auto cursor = log.read(Sequence(1));
    for (auto block = cursor->next(); block && *block; block = cursor->next()) {
        for (const auto& entry : (*block)->entries()) {
            const auto event = read_event(entry);
            if (event.isProductDefined() && event.getProductDefined().getBilling() == schema::Billing::MEMBERSHIP) {
                const auto from = offers.empty() ? first_instant.micros : event.getEffectiveAt();
                offers.push_back({std::string(view(event.getProductDefined().getSku())), from});
            }
            if (!event.isProductRetired()) continue;
            for (auto& offer : offers) {
                if (offer.sku == view(event.getProductRetired().getSku())) offer.to = event.getEffectiveAt();
            }
        }
    }
    return offers;
}

// Whether they were in a queue at some instant of [start, end), of those up to `now`.
bool is_member_within(const std::vector<Change>& changes, std::int64_t start, std::int64_t end, std::int64_t now) {
    for (std::size_t i = 0; i < changes.size(); ++i) {
        if (!changes[i].is_in) continue;
        const bool is_last = i + 1 == changes.size();
        const auto from = std::max(start, changes[i].at);
        if (from < std::min(end, is_last ? now + 1 : changes[i + 1].at)) return true;
    }
    return false;
}

constexpr std::int64_t day_micros = std::int64_t{86'400} * 1'000'000;

}  // namespace

TEST_CASE("a day is billed on any part of which somebody is in a queue, once, however many queues") {
    LiveWorld world;
    world.must_happen(steps(two_queues("UTC"), "2020-03-01T23:59:59.999999Z", enter("support", "ann"),
                            "2020-03-03T00:00:00Z", enter("mail", "ann"), leave("support", "ann"),
                            "2020-03-05T00:00:00Z", leave("mail", "ann"), "2020-03-07T12:00:00Z", enter("mail", "ann"),
                            enter("mail", "bob")));
    // What ends at midnight takes no part in the day that begins then.
    CHECK(periods_as_of(world, "2020-03-06T00:00:00Z") == "ann@acme.test: 2020-03-01..2020-03-04=4; ");
    CHECK(periods_as_of(world, "2020-03-01T23:59:59.999998Z").empty());
    CHECK(periods_as_of(world, "2020-03-01T23:59:59.999999Z") == "ann@acme.test: 2020-03-01..2020-03-01=1; ");
    CHECK(periods_as_of(world, "2020-03-02T00:00:00Z") == "ann@acme.test: 2020-03-01..2020-03-02=2; ");
    CHECK(
        periods_as_of(world, "2020-03-08T00:00:00Z") ==
        "ann@acme.test: 2020-03-01..2020-03-04=4 2020-03-07..2020-03-08=2; bob@acme.test: 2020-03-07..2020-03-08=2; ");
    CHECK(periods_as_of(world, "2020-03-08T00:00:00Z", "Bob@acme.test") == "bob@acme.test: 2020-03-07..2020-03-08=2; ");
    CHECK(periods_as_of(world, "2020-03-08T00:00:00Z", "boss@acme.test").empty());
}

TEST_CASE("who leaves the last queue and comes into another on the same day is billed for that day once") {
    LiveWorld world;
    world.must_happen(steps(two_queues("UTC"), "2020-03-01T01:00:00Z", enter("support", "ann"), "2020-03-01T02:00:00Z",
                            leave("support", "ann"), "2020-03-01T03:00:00Z", enter("mail", "ann"),
                            "2020-03-02T04:00:00Z", leave("mail", "ann")));
    CHECK(periods_as_of(world, "2020-03-09T00:00:00Z") == "ann@acme.test: 2020-03-01..2020-03-02=2; ");
}

TEST_CASE("who comes and goes at one instant is billed for nothing") {
    LiveWorld world;
    world.must_happen(
        steps(two_queues("UTC"), "2020-03-01T01:00:00Z", enter("support", "ann"), leave("support", "ann")));
    CHECK(periods_as_of(world, "2020-03-09T00:00:00Z").empty());
}

TEST_CASE("days are billed until the product is retired, and again as another that is offered later") {
    LiveWorld world;
    world.must_happen(steps(two_queues("UTC"), "2020-03-01T12:00:00Z", enter("support", "ann"), enter("mail", "bob"),
                            "2020-03-02T12:00:00Z", leave("mail", "bob"), "2020-03-03T00:00:00Z",
                            "{'retireProduct':{'sku':'center'}}"));
    CHECK(periods_as_of(world, "2020-03-09T00:00:00Z") ==
          "ann@acme.test: 2020-03-01..2020-03-02=2; bob@acme.test: 2020-03-01..2020-03-02=2; ");
    world.must_happen(
        steps("2020-03-05T23:00:00Z", membership_product("center-2"), "2020-03-06T00:00:00Z", leave("support", "ann")));
    CHECK(periods_as_of(world, "2020-03-09T00:00:00Z", "ann@acme.test") ==
          "ann@acme.test: 2020-03-01..2020-03-02=2 center-2 2020-03-05..2020-03-05=1; ");
    // What is read of an instant does not change.
    CHECK(periods_as_of(world, "2020-03-04T00:00:00Z", "ann@acme.test") == "ann@acme.test: 2020-03-01..2020-03-02=2; ");
}

TEST_CASE("a day on which the product is replaced by another is billed once, as the first") {
    LiveWorld world;
    world.must_happen(steps(two_queues("UTC"), "2020-03-01T00:00:00Z", enter("support", "ann"), "2020-03-02T12:00:00Z",
                            "{'retireProduct':{'sku':'center'}}", membership_product("center-2"),
                            "2020-03-02T23:00:00Z", leave("support", "ann"), enter("mail", "bob"),
                            "2020-03-04T00:00:00Z", leave("mail", "bob")));
    CHECK(periods_as_of(world, "2020-03-09T00:00:00Z") ==
          "ann@acme.test: 2020-03-01..2020-03-02=2; bob@acme.test: center-2 2020-03-02..2020-03-03=2; ");
}

TEST_CASE("days are listed by every address that somebody bore, though they are gone") {
    LiveWorld world;
    world.must_happen(steps(two_queues("UTC"), "2020-03-01T00:00:00Z", enter("support", "ann"), "2020-03-02T00:00:00Z",
                            leave("support", "ann"), acme("'removeUser':{'email':'ann@acme.test'}"), registered("ann"),
                            "2020-03-05T00:00:00Z", enter("mail", "ann"), "2020-03-06T00:00:00Z",
                            leave("mail", "ann")));
    CHECK(periods_as_of(world, "2020-03-09T00:00:00Z", "ann@acme.test") ==
          "ann@acme.test: 2020-03-01..2020-03-01=1; ann@acme.test: 2020-03-05..2020-03-05=1; ");
}

TEST_CASE("the first product that is billed by membership stands for the time before it") {
    LiveWorld world;
    auto start = two_queues("UTC");
    start.erase(start.begin());
    world.must_happen(steps(start, "2020-03-01T12:00:00Z", enter("support", "ann")));
    CHECK(periods_as_of(world, "2020-03-02T00:00:00Z").empty());
    world.must_happen(steps("2020-03-05T12:00:00Z", membership_product("center")));
    CHECK(periods_as_of(world, "2020-03-06T00:00:00Z") == "ann@acme.test: 2020-03-01..2020-03-06=6; ");
    CHECK(periods_as_of(world, "2020-03-02T00:00:00Z") == "ann@acme.test: 2020-03-01..2020-03-02=2; ");
}

TEST_CASE("days are those of the account's zone, whatever their length") {
    LiveWorld world;
    // Clocks go forward on the 29th at 01:00 UTC: midnight in Berlin is at 23:00 UTC before and at 22:00 after.
    world.must_happen(steps(two_queues("Europe/Berlin"), "2020-03-28T22:59:59.999999Z", enter("support", "ann"),
                            "2020-03-28T23:00:00Z", leave("support", "ann"), "2020-03-29T21:59:59.999999Z",
                            enter("support", "bob"), "2020-03-29T22:00:00.000001Z", leave("support", "bob")));
    CHECK(periods_as_of(world, "2020-04-09T00:00:00Z") ==
          "ann@acme.test: 2020-03-28..2020-03-28=1; bob@acme.test: 2020-03-29..2020-03-30=2; ");
}

TEST_CASE("billable days by the tables are those of a naive scan of all events") {
    constexpr std::uint64_t seed = 20201122;
    INFO("seed " << seed);
    RandomCommands random(seed);
    LiveWorld world;
    for (const auto& command : random.start()) world.judge(command);
    for (int i = 0; i < 1'500; ++i) {
        world.clock().set(Instant{world.now().micros + random.leap_micros()});
        world.judge(random.next());
    }
    world.project();
    const auto offers = offers_in(world.log());
    CHECK(offers.size() > 1);
    std::size_t billed = 0;
    for (const auto& account : RandomCommands::accounts()) {
        const auto view = View::open(world.projections(), account, {}, world.now());
        REQUIRE(view.has_value());
        const auto& zone = (*view)->zone();
        const auto now = (*view)->time().micros;
        for (const auto& [user, changes] : changes_in(world.log(), account)) {
            std::vector<std::string> expected;
            std::set<std::int32_t> billed_days;  // once, whatever for
            for (const auto& offer : offers) {
                const auto first = civil_day(Instant{changes.front().at}, zone).number - 2;
                for (auto day = first; std::int64_t{day} * day_micros < now + 2 * day_micros; ++day) {
                    const auto name = to_text(CivilDay{day});
                    const auto next = to_text(CivilDay{day + 1});
                    const auto start_of = [&](const std::string& text) {
                        return start_of_day(std::stoi(text.substr(0, 4)),
                                            static_cast<unsigned>(std::stoi(text.substr(5, 2))),
                                            static_cast<unsigned>(std::stoi(text.substr(8))), zone)
                            ->micros;
                    };
                    const auto start = std::max(start_of(name), offer.from);
                    const auto end = std::min(start_of(next), offer.to);
                    if (!is_member_within(changes, start, end, now)) continue;
                    if (billed_days.insert(day).second) expected.push_back(offer.sku + " " + name);
                }
            }
            std::vector<std::string> found;
            for (const auto& range : membership_days(**view, UserId(user))) {
                for (auto day = range.first.number; day <= range.last.number; ++day) {
                    found.push_back((*view)->product(range.product).sku + " " + to_text(CivilDay{day}));
                }
            }
            INFO(account << ", person " << user);
            CHECK(found == expected);
            billed += found.size();
        }
    }
    CHECK(billed > 100);
}

}  // namespace seatledger
