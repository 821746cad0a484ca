// A question that names what there is not fails, and says so; it is not answered by nothing.
#include "projections/names.h"

#include <string>
#include <vector>

#include "events/text.h"
#include "tests/support/catch.h"
#include "tests/support/given.h"
#include "tests/support/world.h"

namespace seatledger {
namespace {

using namespace testing;

using QueryBuilder = schema::Query::Builder;
using HistoryBuilder = schema::History::Builder;

// 1 connect, 2 spare, of which nobody has licenses; 3–5 the account, 6 ann, 7 bob; 8 the queue, 9 ann is in it; 10–13
// licenses 1 and 2 of i-1; 14 a card, 15 order 1; 16 bob is removed, 17 the queue lost ann, 18 and was deleted.
Steps company() {
    return steps(product("connect"), product("spare"), open_acme(), registered("ann"), registered("bob"),
                 acme("'createQueue':{'queue':'support','kind':'call'}"),
                 acme("'addQueueMember':{'queue':'support','email':'ann@acme.test','role':'agent'}"),
                 bought("i-1", "connect", 2), acme("'addCard':{'token':'tok-1','last4':'4242','expires':'2027-05'}"),
                 acme("'actor':'boss@acme.test','requestLicenses':{'sku':'connect','quantity':2}"),
                 acme("'removeUser':{'email':'bob@acme.test'}"), acme("'deleteQueue':{'queue':'support'}"));
}

struct Named {
    std::string kind;     // of the thing: user, license, …
    std::string unknown;  // a name that nothing bears
    std::string known;    // one that something bears
    std::uint64_t since;  // from this event on
    std::function<void(QueryBuilder, const std::string&)> ask;
    bool is_all = false;  // what the question is about
};

std::uint32_t number(const std::string& text) { return static_cast<std::uint32_t>(std::stoul(text)); }

std::vector<Named> filters() {
    const std::string nobody = "nobody@acme.test";
    const std::string ann = "ann@acme.test";
    return {
        {"license", "999", "2", 12, [](auto query, auto& name) { query.initLicenses().setLicense(number(name)); }},
        {"user", nobody, ann, 6, [](auto query, auto& name) { query.initLicenses().setEmail(text(name)); }},
        {"invoice", "i-9", "i-1", 10, [](auto query, auto& name) { query.initLicenses().setInvoice(text(name)); }},
        {"user", nobody, ann, 6, [](auto query, auto& name) { query.initUsers().setEmail(text(name)); }},
        {"user", nobody, ann, 6, [](auto query, auto& name) { query.initUser().setEmail(text(name)); }, true},
        {"invoice", "i-9", "i-1", 10, [](auto query, auto& name) { query.initInvoices().setInvoice(text(name)); }},
        {"user", nobody, ann, 6, [](auto query, auto& name) { query.initMemberships().setEmail(text(name)); }},
        {"order", "9", "1", 15, [](auto query, auto& name) { query.initOrders().setOrder(number(name)); }},
        {"user", nobody, ann, 6, [](auto query, auto& name) { query.initOrders().setEmail(text(name)); }},
        {"user", nobody, ann, 6, [](auto query, auto& name) { query.initQueues().setEmail(text(name)); }},
        {"user", nobody, ann, 6,
         [](auto query, auto& name) {
             auto access = query.initAccess();
             access.setEmail(text(name));
             access.setSku("connect");
         }},
    };
}

std::vector<std::function<void(QueryBuilder, const std::string&)>> filters_by_product() {
    return {
        [](auto query, auto& sku) { query.initProducts().setSku(text(sku)); },
        [](auto query, auto& sku) { query.initLicenses().setSku(text(sku)); },
        [](auto query, auto& sku) { query.initOrders().setSku(text(sku)); },
        [](auto query, auto& sku) {
            auto access = query.initAccess();
            access.setEmail("ann@acme.test");
            access.setSku(text(sku));
        },
    };
}

class Company {
 public:
    Company() { world_.must_happen(company()); }
    LiveWorld& world() { return world_; }

    // Why there is no answer; empty: there is one.
    std::string failure(const Question& question, std::uint64_t as_of = 0) {
        return world_
            .ask([&](QueryBuilder query) {
                query.setAccount("acme");
                query.setAsOfSequence(as_of);
                question(query);
            })
            .failure.value_or("");
    }
    std::string history_failure(const std::function<void(HistoryBuilder)>& of, std::uint64_t as_of = 0) {
        return ask_history(world_.projections(),
                           [&](HistoryBuilder history) {
                               history.setAccount("acme");
                               history.setAsOfSequence(as_of);
                               of(history);
                           })
            .failure.value_or("");
    }
    std::string failure_for(const std::string& person, const Question& question) {
        auto& state = world_.ledger().state();
        const auto user = state.user_of(state.account("acme")->number, FoldedAddress(person));
        REQUIRE(user);
        capnp::MallocMessageBuilder asked;
        capnp::MallocMessageBuilder answer;
        auto query = asked.initRoot<schema::Query>();
        query.setAccount("acme");
        question(query);
        const auto answered = answer_query(world_.projections(), {"acme", user, {}}, query.asReader(), world_.now(),
                                           answer.initRoot<schema::Rows>());
        return answered ? "" : answered.error().message;
    }

 private:
    LiveWorld world_;
};

}  // namespace

TEST_CASE("a filter that names what the account has not is a failure that says so") {
    Company company;
    REQUIRE(company.world().log().last() == Sequence(18));
    for (const auto& named : filters()) {
        CAPTURE(named.kind, named.known);
        const auto ask = [&](const std::string& name, std::uint64_t as_of = 0) {
            return company.failure([&](QueryBuilder query) { named.ask(query, name); }, as_of);
        };
        const auto hint = "; see query " + named.kind + "s";
        CHECK(ask(named.unknown) == "acme has no " + named.kind + " " + named.unknown + hint);
        CHECK(ask(named.known).empty());
        CHECK(ask(named.known, named.since).empty());
        // What was not there yet is answered by nothing, but for a question that is all about it.
        const bool is_all = named.is_all;
        CHECK(ask(named.known, named.since - 1) ==
              (is_all ? "acme has no " + named.kind + " " + named.known + " at that time" + hint : ""));
    }
}

TEST_CASE("nobody has access before they are registered, or after they are removed, and the answer says so") {
    Company company;
    const auto access = [&](std::uint64_t as_of) {
        return only(company.world().rows([&](QueryBuilder query) {
            query.setAccount("acme");
            query.setAsOfSequence(as_of);
            auto question = query.initAccess();
            question.setEmail("bob@acme.test");
            question.setSku("connect");
        }));
    };
    const auto none = R"({"access":false,"license":null,"since":null,"until":null,"because":[]})";
    for (const std::uint64_t as_of : {5, 7}) CHECK(access(as_of) == none);
    // Since the 16th event nobody of that address is there.
    const auto gone = R"({"access":false,"license":null,"since":null,"until":null,"because":[16]})";
    for (const std::uint64_t as_of : {16, 18}) CHECK(access(as_of) == gone);
}

TEST_CASE("a name that became known later is none to who asks what was known before") {
    Company company;
    company.world().must_happen(steps("2020-01-02T00:00:00Z", registered("late")));
    const auto late = [&](const std::string& known_at) {
        return company.failure([&](QueryBuilder query) {
            if (!known_at.empty()) query.setKnownAt(instant(known_at).micros);
            query.initLicenses().setEmail("late@acme.test");
        });
    };
    CHECK(late("").empty());
    CHECK(late("2020-01-02T00:00:00Z").empty());
    CHECK(late("2020-01-01T23:59:59.999999Z") == "acme has no user late@acme.test; see query users");
}

TEST_CASE("a filter by a product needs one of the catalogue, not licenses of it") {
    Company company;
    for (const auto& filter : filters_by_product()) {
        const auto ask = [&](const std::string& sku, std::uint64_t as_of = 0) {
            return company.failure([&](QueryBuilder query) { filter(query, sku); }, as_of);
        };
        CHECK(ask("conect") == "the catalogue has no product conect; check the sku, see query catalog");
        CHECK(ask("connect").empty());
        CHECK(ask("spare").empty());
    }
}

TEST_CASE("who was removed and what was deleted is known as of a time at which it was there") {
    Company company;
    const auto bob = [](QueryBuilder query) { query.initUser().setEmail("bob@acme.test"); };
    CHECK(company.failure(bob, 15).empty());
    CHECK(company.failure(bob, 16) == "acme has no user bob@acme.test at that time; see query users");
    CHECK(company.failure(bob) == "acme has no user bob@acme.test any more; see query users");
    const auto queue = [](QueryBuilder query) { query.initQueues().setQueue("support"); };
    CHECK(company.failure(queue, 7).empty());
    CHECK(company.failure(queue, 16).empty());
    CHECK(company.failure(queue).empty());
}

TEST_CASE("a name that no text of the ledger can be is shown as none") {
    Company company;
    const std::string hostile("i-1\0", 4);
    CHECK(company.failure([&](QueryBuilder query) { query.initInvoices().setInvoice(text(hostile)); }) ==
          "acme has no invoice of this name; see query invoices");
    CHECK(company.failure([&](QueryBuilder query) { query.initUser().setEmail("\x1b[2J"); }) ==
          "acme has no user of this name; see query users");
    CHECK(company.failure([&](QueryBuilder query) { query.initUser(); }) ==
          "acme has no user of this name; see query users");
}

TEST_CASE("history of what there is not is a failure that says so") {
    Company company;
    using Of = std::function<void(HistoryBuilder)>;
    struct Case {
        std::string what;
        Of unknown;
        Of known;
        std::uint64_t since;
    };
    const std::vector<Case> cases = {
        {"license 999", [](auto history) { history.setLicense(999); }, [](auto history) { history.setLicense(1); }, 12},
        {"user nobody@acme.test", [](auto history) { history.setEmail("nobody@acme.test"); },
         [](auto history) { history.setEmail("ann@acme.test"); }, 6},
        {"user nobody@acme.test", [](auto history) { history.setActor("nobody@acme.test"); },
         [](auto history) { history.setActor("ann@acme.test"); }, 6},
        {"invoice i-9", [](auto history) { history.setInvoice("i-9"); },
         [](auto history) { history.setInvoice("i-1"); }, 10},
        {"queue sales", [](auto history) { history.setQueue("sales"); },
         [](auto history) { history.setQueue("support"); }, 8},
        {"order 9", [](auto history) { history.setOrder(9); }, [](auto history) { history.setOrder(1); }, 15},
    };
    for (const auto& [what, unknown, known, since] : cases) {
        CAPTURE(what);
        const auto kind = what.substr(0, what.find(' '));
        CHECK(company.history_failure(unknown) == "acme has no " + what + "; see query " + kind + "s");
        CHECK(company.history_failure(known).empty());
        CHECK(company.history_failure(known, since).empty());
        CHECK(company.history_failure(known, since - 1).empty());
    }
    // Who did nothing is known all the same, and so is who is gone.
    CHECK(company.history_failure([](auto history) { history.setActor("ledger"); }).empty());
    CHECK(company.history_failure([](auto history) { history.setEmail("bob@acme.test"); }).empty());
}

TEST_CASE("a member is told of nothing but products what there is") {
    Company company;
    const auto ask = [&](const std::function<void(schema::LicenseFilter::Builder)>& filter) {
        return company.failure_for("ann@acme.test", [&](QueryBuilder query) {
            auto licenses = query.initLicenses();
            licenses.setEmail("ann@acme.test");
            filter(licenses);
        });
    };
    for (const std::uint32_t license : {1u, 999u}) CHECK(ask([&](auto filter) { filter.setLicense(license); }).empty());
    for (const auto* invoice : {"i-1", "i-9"}) CHECK(ask([&](auto filter) { filter.setInvoice(invoice); }).empty());
    CHECK(ask([](auto filter) { filter.setSku("spare"); }).empty());
    CHECK(contains(ask([](auto filter) { filter.setSku("conect"); }), "the catalogue has no product conect"));
    const auto user = [&](const std::string& email) {
        return company.failure_for("ann@acme.test",
                                   [&](QueryBuilder query) { query.initUser().setEmail(text(email)); });
    };
    CHECK(user("boss@acme.test") == user("nobody@acme.test"));
    CHECK(contains(user("nobody@acme.test"), "only what is about yourself"));
}

}  // namespace seatledger
