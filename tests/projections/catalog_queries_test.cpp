// What the catalogue says of products, as of any time: by itself, and beside an account's licenses.
#include "projections/catalog_queries.h"

#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/given.h"
#include "tests/support/world.h"

namespace seatledger {
namespace {

using namespace testing;

using QueryBuilder = schema::Query::Builder;
using Rows = std::vector<std::string>;

// 1 connect in January, for 10, and 2 center for 20. 3–5 the account, 6–9 licenses of connect. 10 in March connect
// costs 12; 11 on 10 March it is recorded that center was retired on the 5th; 12 in April another is defined.
Steps prices() {
    return steps(
        "{'defineProduct':{'sku':'connect','name':'Connect','type':'phone','features':['calls'],'term':'P1Y',"
        "'keepsPhone':true,'unitPrice':{'amount':'10.00','currency':'USD'}}}",
        "{'defineProduct':{'sku':'center','name':'Center','type':'queues','term':'P1M','billing':'membership',"
        "'unitPrice':{'amount':'20.00','currency':'USD'}}}",
        open_acme(), bought("i-1", "connect", 1), "2020-03-01T00:00:00Z",
        "{'changeProduct':{'sku':'connect','unitPrice':{'amount':'12.00','currency':'USD'}}}", "2020-03-10T00:00:00Z",
        "{'at':'2020-03-05T00:00:00Z','retireProduct':{'sku':'center'}}", "2020-04-01T00:00:00Z", product("another"));
}

Question catalog(const std::function<void(QueryBuilder)>& set = {}) {
    return [=](QueryBuilder query) {
        query.initCatalog();
        if (set) set(query);
    };
}

Question catalog_as_of(const std::string& as_of, const std::string& known_at = "") {
    return catalog([=](QueryBuilder query) {
        query.setAsOf(instant(as_of).micros);
        if (!known_at.empty()) query.setKnownAt(instant(known_at).micros);
    });
}

// Sku, price and whether it is offered, of each row.
std::string told(LiveWorld& world, const Question& question) {
    const auto page = world.ask(question);
    if (page.failure) return *page.failure;
    std::string rows;
    for (const auto row : page.get().getCatalog()) {
        rows += std::string(view(row.getSku())) + " " + std::to_string(row.getUnitPrice().getAmount() / 1'000'000) +
                (row.getOffered() ? " offered; " : "; ");
    }
    return rows;
}

}  // namespace

TEST_CASE("catalog: every product that was ever defined, as it is") {
    LiveWorld world;
    world.must_happen(prices());
    REQUIRE(world.log().last() == Sequence(12));
    const auto rows = world.rows(catalog());
    REQUIRE(rows.size() == 3);
    CHECK(rows[0] ==
          R"({"sku":"connect","name":"Connect","type":"phone","features":["calls"],)"
          R"("unitPrice":{"amount":"12.00","currency":"USD"},"term":"P1Y","billing":"purchased","keepsPhone":true,)"
          R"("offered":true,"since":"2020-03-01T00:00:00.000000Z"})");
    CHECK(is_event(rows[1],
                   "{'sku':'center','billing':'membership','term':'P1M','keepsPhone':false,'offered':false,"
                   "'since':'2020-03-05T00:00:00.000000Z'}"));
    CHECK(ask_all(world, catalog(), world.now(), 1, [] {}) == rows);
}

TEST_CASE("catalog: as of an instant, an event, and what was known when") {
    LiveWorld world;
    world.must_happen(prices());
    CHECK(told(world, catalog_as_of("2019-12-31T00:00:00Z")).empty());
    CHECK(told(world, catalog_as_of("2020-02-29T23:59:59.999999Z")) == "connect 10 offered; center 20 offered; ");
    CHECK(told(world, catalog_as_of("2020-03-01T00:00:00Z")) == "connect 12 offered; center 20 offered; ");
    CHECK(told(world, catalog_as_of("2020-03-05T00:00:00Z")) == "connect 12 offered; center 20; ");
    CHECK(told(world, catalog_as_of("2020-03-05T00:00:00Z", "2020-03-09T00:00:00Z")) ==
          "connect 12 offered; center 20 offered; ");
    const auto at = [](std::uint64_t sequence, const std::string& known_at) {
        return catalog([=](QueryBuilder query) {
            query.setAsOfSequence(sequence);
            if (!known_at.empty()) query.setKnownAt(instant(known_at).micros);
        });
    };
    CHECK(told(world, at(1, "")) == "connect 10 offered; ");
    CHECK(told(world, at(11, "")) == "connect 12 offered; center 20; ");
    CHECK(told(world, at(11, "2020-03-09T00:00:00Z")) == "connect 12 offered; center 20 offered; ");
    CHECK(told(world, at(0, "2020-02-01T00:00:00Z")) == "connect 10 offered; center 20 offered; ");
    CHECK(contains(told(world, at(13, "")), "there is no event 13"));
}

TEST_CASE("catalog: by product and type") {
    LiveWorld world;
    world.must_happen(prices());
    const auto of = [](auto set) { return catalog([=](QueryBuilder query) { set(query.initCatalog()); }); };
    CHECK(told(world, of([](auto filter) { filter.setSku("center"); })) == "center 20; ");
    CHECK(told(world, of([](auto filter) { filter.setType("phone"); })) == "connect 12 offered; ");
    CHECK(told(world, of([](auto filter) { filter.setSku("conect"); })) ==
          "the catalogue has no product conect; check the sku, see query catalog");
    CHECK(told(world, catalog([](QueryBuilder query) {
                   query.setAsOf(instant("2020-03-31T00:00:00Z").micros);
                   query.initCatalog().setSku("another");
               }))
              .empty());
    const auto known_at = [&](const std::string& known) {
        return told(world, catalog([&](QueryBuilder query) {
                        query.setKnownAt(instant(known).micros);
                        query.initCatalog().setSku("another");
                    }));
    };
    const auto defined = to_rfc3339(world.now());
    CHECK(contains(known_at(defined), "another"));
    CHECK(contains(known_at("2020-01-01T00:00:00Z"), "the catalogue has no product another"));
    CHECK(contains(told(world, catalog([](QueryBuilder query) { query.setAccount("acme"); })), "of no account"));
}

TEST_CASE("catalog: whoever is let in may read it, as long as they are registered") {
    LiveWorld world;
    world.must_happen(steps(prices(), registered("ann")));
    const auto ask = [&](const Caller& caller) {
        capnp::MallocMessageBuilder asked;
        capnp::MallocMessageBuilder answer;
        auto query = asked.initRoot<schema::Query>();
        query.initCatalog();
        const auto answered =
            answer_query(world.projections(), caller, query.asReader(), world.now(), answer.initRoot<schema::Rows>());
        return answered ? std::string() : answered.error().message;
    };
    auto& state = world.ledger().state();
    const auto ann = state.user_of(state.account("acme")->number, FoldedAddress("ann@acme.test"));
    REQUIRE(ann);
    CHECK(ask({"acme", ann, {}}).empty());
    CHECK(ask({"acme", ann, schema::Role::MEMBER}).empty());
    CHECK(ask({"acme", {}, schema::Role::AUDITOR}).empty());
    world.must_happen({acme("'removeUser':{'email':'ann@acme.test'}")});
    CHECK(contains(ask({"acme", ann, {}}), "not registered in acme any more"));
}

TEST_CASE("products: with the catalogue's price, term and terms of billing as of that time") {
    LiveWorld world;
    world.must_happen(prices());
    const auto row = [&](const std::string& as_of) {
        return only(world.rows([&](QueryBuilder query) {
            query.setAccount("acme");
            if (!as_of.empty()) query.setAsOf(instant(as_of).micros);
            query.initProducts();
        }));
    };
    CHECK(row("") ==
          R"({"sku":"connect","name":"Connect","type":"phone","features":["calls"],"total":1,"available":1,"bound":0,)"
          R"("expired":0,"revoked":0,"unitPrice":{"amount":"12.00","currency":"USD"},"term":"P1Y",)"
          R"("billing":"purchased","keepsPhone":true,"offered":true})");
    CHECK(is_event(row("2020-02-29T00:00:00Z"), "{'unitPrice':{'amount':'10.00','currency':'USD'}}"));
    world.must_happen({"{'retireProduct':{'sku':'connect'}}"});
    CHECK(is_event(row(""), "{'offered':false,'total':1}"));
    CHECK(is_event(row("2020-03-31T00:00:00Z"), "{'offered':true}"));
}

}  // namespace seatledger
