// Orders: their rows, as of any time.
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/given.h"
#include "tests/support/world.h"

namespace seatledger {
namespace {

using namespace testing;

using Rows = std::vector<std::string>;
using Filter = schema::OrderFilter::Builder;

// Events: 1 connect, 2–4 the account, 5 the card, 6 order 1 by boss; on the 2nd 7 ann, 8 order 2 for her by the vendor;
// on the 3rd 9 order 1 overdue; 10 its invoice, 11 void, 12 another, 13–16 paid; on the 4th 17 order 2 overdue
// and 18 cancelled.
Steps days() {
    return steps(product("connect"), open_acme(),
                 acme("'addCard':{'token':'tok-1','last4':'4242','expires':'2027-05'}"),
                 acme("'actor':'boss@acme.test','requestLicenses':{'sku':'connect','quantity':2}"),
                 "2020-01-02T00:00:00Z", acme("'registerUser':{'email':'ann@acme.test','sku':'connect'}"),
                 "2020-01-03T06:00:00Z", acme("'fulfillOrder':{'order':1,'invoice':'i-1'}"),
                 acme("'voidInvoice':{'invoice':'i-1'}"), acme("'fulfillOrder':{'order':1,'invoice':'i-2'}"),
                 paid("i-2", "20.00", "b-2"), "2020-01-04T06:00:00Z", acme("'cancelOrder':{'order':2}"));
}

Question orders(std::uint64_t sequence, const std::function<void(Filter)>& filter = {}) {
    return [=](schema::Query::Builder query) {
        query.setAccount("acme");
        query.setAsOfSequence(sequence);
        auto asked = query.initOrders();
        if (filter) filter(asked);
    };
}

std::string row(const std::string& beginning, const std::string& closed_at, const std::string& invoice) {
    return R"({"order":1,)" + beginning +
           R"("sku":"connect","quantity":2,"requestedBy":"boss@acme.test","email":null,)"
           R"("requestedAt":"2020-01-01T00:00:00.000000Z","due":"2020-01-03T00:00:00.000000Z","closedAt":)" +
           closed_at + R"(,"invoice":)" + invoice + "}";
}

const std::string is_open = R"("status":"open","overdue":false,)";
const std::string is_late = R"("status":"open","overdue":true,)";

}  // namespace

TEST_CASE("orders: what became of each, as of any event") {
    LiveWorld world;
    world.must_happen(days());
    const auto first = [](Filter filter) { filter.setOrder(1); };
    CHECK(world.rows(orders(6, first)) == Rows{row(is_open, "null", "null")});
    CHECK(world.rows(orders(9, first)) == Rows{row(is_late, "null", "null")});
    CHECK(world.rows(orders(10, first)) == Rows{row(R"("status":"invoiced","overdue":true,)", "null", R"("i-1")")});
    CHECK(world.rows(orders(11, first)) == Rows{row(is_late, "null", "null")});
    CHECK(world.rows(orders(16, first)) ==
          Rows{row(R"("status":"fulfilled","overdue":true,)", R"("2020-01-03T06:00:00.000000Z")", R"("i-2")")});
    CHECK(world.rows(orders(0, [](Filter filter) { filter.setOrder(2); })) ==
          Rows{R"({"order":2,"status":"cancelled","overdue":true,"sku":"connect","quantity":1,"requestedBy":null,)"
               R"("email":"ann@acme.test","requestedAt":"2020-01-02T00:00:00.000000Z",)"
               R"("due":"2020-01-04T00:00:00.000000Z","closedAt":"2020-01-04T06:00:00.000000Z","invoice":null})"});
}

TEST_CASE("an order is overdue from its instant on, whether or not that is recorded yet") {
    LiveWorld world;
    world.must_happen(steps(days()));
    const auto as_of = [&](const std::string& when) {
        return only(world.rows([&](schema::Query::Builder query) {
            query.setAccount("acme");
            query.setAsOf(instant(when).micros);
            query.initOrders().setOrder(1);
        }));
    };
    CHECK(as_of("2020-01-02T23:59:59.999999Z") == row(is_open, "null", "null"));
    CHECK(as_of("2020-01-03T00:00:00Z") == row(is_late, "null", "null"));
    CHECK(as_of("2020-01-03T00:00:00.000001Z") == row(is_late, "null", "null"));
}

TEST_CASE("orders: by number, product, status and person, in pages") {
    LiveWorld world;
    world.must_happen(days());
    const auto numbers = [&](std::uint64_t sequence, const std::function<void(Filter)>& filter) {
        std::string found;
        const auto page = world.ask(orders(sequence, filter));
        REQUIRE_FALSE(page.failure);
        for (const auto order : page.get().getOrders()) found += std::to_string(order.getOrder()) + " ";
        return found;
    };
    CHECK(numbers(8, [](Filter) {}) == "1 2 ");
    CHECK(numbers(8, [](Filter filter) { filter.setOrder(2); }) == "2 ");
    CHECK(numbers(8, [](Filter filter) { filter.setSku("connect"); }) == "1 2 ");
    CHECK(numbers(10, [](Filter filter) { filter.setStatus("open"); }) == "2 ");
    CHECK(numbers(10, [](Filter filter) { filter.setStatus("invoiced"); }) == "1 ");
    CHECK(numbers(0, [](Filter filter) { filter.setStatus("fulfilled"); }) == "1 ");
    CHECK(numbers(0, [](Filter filter) { filter.setStatus("cancelled"); }) == "2 ");
    CHECK(numbers(8, [](Filter filter) { filter.setEmail("ann@acme.test"); }) == "2 ");
    CHECK(numbers(8, [](Filter filter) { filter.setEmail("Boss@acme.test"); }) == "1 ");
    CHECK(world.ask(orders(8, [](Filter filter) { filter.setStatus("late"); })).failure ==
          "status is not one of open, invoiced, fulfilled, cancelled; give one of these");
    CHECK(ask_all(world, orders(8), world.now(), 1, [] {}) == world.rows(orders(8)));
}

TEST_CASE("an invoice names the order that it was raised for, and nobody where the vendor asked") {
    LiveWorld world;
    world.must_happen(steps(days(), acme("'requestLicenses':{'sku':'connect','quantity':1}"),
                            acme("'fulfillOrder':{'order':3,'invoice':'i-3'}")));
    const auto invoice = [&](const std::string& id) {
        return only(world.rows([&](schema::Query::Builder query) {
            query.setAccount("acme");
            query.initInvoices().setInvoice(id);
        }));
    };
    CHECK(contains(invoice("i-2"), R"("raisedBy":"boss@acme.test","order":1,)"));
    CHECK(contains(invoice("i-3"), R"("raisedBy":null,"order":3,)"));
}

TEST_CASE("history of an order") {
    LiveWorld world;
    world.must_happen(days());
    const auto of_order = [&](std::uint32_t order) {
        return ask_history(world.projections(),
                           [&](schema::History::Builder history) {
                               history.setAccount("acme");
                               history.setOrder(order);
                           })
            .sequences;
    };
    using Sequences = std::vector<std::uint64_t>;
    CHECK(of_order(1) == Sequences{6, 9, 10, 11, 12, 16});
    CHECK(of_order(2) == Sequences{8, 17, 18});
    CHECK(of_order(3).empty());
}

}  // namespace seatledger
