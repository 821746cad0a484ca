// Statements, by example.
#include "projections/billing/statement.h"

#include <string>
#include <vector>

#include "tests/support/billing_oracle.h"
#include "tests/support/catch.h"
#include "tests/support/given.h"
#include "tests/support/ledger_box.h"

namespace seatledger::billing {
namespace {

using namespace testing;

DayPeriod period(std::string_view begin, std::string_view end) {
    return {*parse_civil_day(begin), *parse_civil_day(end)};
}

AccountHistory folded(const Steps& steps, std::optional<Window> window = {}) {
    LedgerBox box;
    box.must_happen(steps);
    return history_of(box.blocks(), "acme", window);
}

std::string defined(const std::string& sku, const std::string& term, const std::string& billing,
                    const std::string& price, const std::string& currency = "USD") {
    return "{'defineProduct':{'sku':'" + sku + "','name':'N','type':'t','term':'" + term + "','billing':'" + billing +
           "','unitPrice':{'amount':'" + price + "','currency':'" + currency + "'}}}";
}

std::string in_queue(const std::string& name) {
    return acme("'addQueueMember':{'queue':'q','email':'" + name + "@acme.test','role':'agent'}");
}

// what sku billing bought/bound/free/in_queues billed @price amount -credited
std::string shown(const StatementRow& row) {
    std::string out;
    if (row.day) out += to_text(*row.day) + " ";
    if (row.user) out += "user " + std::to_string(row.user.value) + " ";
    if (row.license) out += "license " + std::to_string(row.license.value) + " ";
    const auto n = [](std::uint64_t number) { return std::to_string(number); };
    return out + row.sku + " " + n(row.bought) + "/" + n(row.bound) + "/" + n(row.free) + "/" + n(row.in_queues) + " " +
           n(row.billed_days) + " @" + (row.unit_price ? row.unit_price->str() : "-") + " " + to_text(row.amount, 2) +
           " " + row.currency + (row.credited.is_zero() ? "" : " credited " + to_text(row.credited, 2));
}

std::string shown(const StatementTotal& of) {
    const auto n = [](std::uint64_t number) { return std::to_string(number); };
    return n(of.bought) + "/" + n(of.bound) + "/" + n(of.free) + "/" + n(of.in_queues) + " " + n(of.billed_days) + " " +
           to_text(of.amount, 2) + " " + of.currency +
           (of.credited.is_zero() ? "" : " credited " + to_text(of.credited, 2));
}

std::vector<std::string> lines(const AccountHistory& history, const DayPeriod& days, StatementBy by,
                               Instant as_of = last_instant, const PriceBook& book = {}) {
    std::vector<std::string> lines;
    const auto statement = make_statement(SeatDays(history, book, as_of), days, by);
    for (const auto& row : statement.rows) lines.push_back(shown(row));
    for (const auto& total : statement.totals) lines.push_back("total " + shown(total));
    return lines;
}

using Lines = std::vector<std::string>;

// March 2020 in UTC. Users: 1 boss, 2 ann, 3 bob. Licenses: 1 and 2 daily, 3 yearly.
Steps march() {
    return steps(
        defined("daily", "P1M", "assigned", "31.00"), defined("yearly", "P1Y", "purchased", "120.00"),
        defined("center", "P1M", "membership", "62.00"), open_acme(), registered("ann"), registered("bob"),
        acme("'createQueue':{'queue':'q','kind':'call'}"),
        acme("'issueInvoice':{'invoice':'i','raisedBy':'boss@acme.test','lines':[{'sku':'daily','quantity':2},"
             "{'sku':'yearly','quantity':1}]}"),
        "2020-03-01T00:00:00Z", paid("i", "182.00", "bank"), bind(1, "ann"), bind(3, "bob"), "2020-03-02T12:00:00Z",
        in_queue("bob"), unbind(1), bind(1, "bob"), "2020-03-03T12:00:00Z", unbind(1),
        acme("'removeQueueMember':{'queue':'q','email':'bob@acme.test'}"),
        acme("'creditInvoice':{'invoice':'i','line':2,'quantity':0,'amount':{'amount':'7.50','currency':'USD'},"
             "'reason':'late'}"),
        "2020-03-04T12:00:00Z");
}

}  // namespace

TEST_CASE("a statement by product, user, license and day has the same in it") {
    const auto history = folded(march());
    const auto days = period("2020-03-01", "2020-03-04");
    CHECK(lines(history, days, StatementBy::product) ==
          Lines{"center 0/0/0/2 2 @62 4.00 USD", "daily 6/3/3/0 3 @31 3.00 USD",
                "yearly 3/3/0/0 3 @120 120.00 USD credited 7.50", "total 9/6/3/2 8 127.00 USD credited 7.50"});
    // On the second day both had license 1, and it is billed for ann. What is bought is nobody's in particular.
    CHECK(lines(history, days, StatementBy::user) ==
          Lines{"daily 6/0/3/0 0 @31 0.00 USD", "yearly 3/0/0/0 3 @120 120.00 USD credited 7.50",
                "user 2 daily 0/2/0/0 2 @31 2.00 USD", "user 3 center 0/0/0/2 2 @62 4.00 USD",
                "user 3 daily 0/2/0/0 1 @31 1.00 USD", "user 3 yearly 0/3/0/0 0 @120 0.00 USD",
                "total 9/7/3/2 8 127.00 USD credited 7.50"});
    CHECK(lines(history, days, StatementBy::license) ==
          Lines{"center 0/0/0/2 2 @62 4.00 USD", "yearly 0/0/0/0 0 @- 0.00 USD credited 7.50",
                "license 1 daily 3/3/0/0 3 @31 3.00 USD", "license 2 daily 3/0/3/0 0 @31 0.00 USD",
                "license 3 yearly 3/3/0/0 3 @120 120.00 USD", "total 9/6/3/2 8 127.00 USD credited 7.50"});
    CHECK(lines(history, days, StatementBy::day) ==
          Lines{"2020-03-01 daily 2/1/1/0 1 @31 1.00 USD", "2020-03-01 yearly 1/1/0/0 1 @120 120.00 USD",
                "2020-03-02 center 0/0/0/1 1 @62 2.00 USD", "2020-03-02 daily 2/1/1/0 1 @31 1.00 USD",
                "2020-03-02 yearly 1/1/0/0 1 @120 0.00 USD", "2020-03-03 center 0/0/0/1 1 @62 2.00 USD",
                "2020-03-03 daily 2/1/1/0 1 @31 1.00 USD", "2020-03-03 yearly 1/1/0/0 1 @120 0.00 USD credited 7.50",
                "total 9/6/3/2 8 127.00 USD credited 7.50"});
}

TEST_CASE("what was bought is due on the day on which its term begins, and on no other") {
    const auto history = folded(march());
    CHECK(lines(history, period("2020-03-02", "2020-03-03"), StatementBy::product)[2] ==
          "yearly 1/1/0/0 1 @120 0.00 USD");
    CHECK(lines(history, period("2020-02-01", "2020-03-01"), StatementBy::product) ==
          Lines{"total 0/0/0/0 0 0.00 USD"});
    // It is bought for a year, and its last day is the 28th of February.
    CHECK(lines(history, period("2021-02-01", "2021-04-01"), StatementBy::product) ==
          Lines{"yearly 28/28/0/0 28 @120 0.00 USD", "total 28/28/0/0 28 0.00 USD"});
}

TEST_CASE("days after the as-of instant count for nothing") {
    const auto history = folded(march());
    const auto days = period("2020-03-01", "2021-03-01");
    CHECK(lines(history, days, StatementBy::product, instant("2020-03-02T11:00:00Z")) ==
          Lines{"daily 4/2/2/0 2 @31 2.00 USD", "yearly 2/2/0/0 2 @120 120.00 USD", "total 6/4/2/0 4 122.00 USD"});
    CHECK(lines(history, days, StatementBy::product, instant("2020-02-29T23:59:59Z")) ==
          Lines{"total 0/0/0/0 0 0.00 USD"});
    // Nor does what was bought later on that day.
    const auto at_noon = folded(steps(defined("yearly", "P1Y", "purchased", "120.00"), open_acme(),
                                      "2020-03-01T12:00:00Z", invoiced("i", "yearly", 1), paid("i", "120.00", "b")));
    for (const auto by : {StatementBy::product, StatementBy::user, StatementBy::license, StatementBy::day}) {
        CHECK(lines(at_noon, days, by, instant("2020-03-01T11:00:00Z")) == Lines{"total 0/0/0/0 0 0.00 USD"});
        CHECK(lines(at_noon, days, by, instant("2020-03-01T12:00:00Z")).size() == 2);
    }
    CHECK(lines(history, days, StatementBy::day, instant("2020-03-01T00:00:00Z")) ==
          Lines{"2020-03-01 daily 2/1/1/0 1 @31 1.00 USD", "2020-03-01 yearly 1/1/0/0 1 @120 120.00 USD",
                "total 3/2/1/0 2 121.00 USD"});
}

TEST_CASE("each row is rounded by itself, and the total is that of the exact amounts") {
    // Three seats for 10.00: their rows add up to a cent less.
    const auto history = folded(
        steps(defined("seat", "P1M", "purchased", "1.00"), open_acme(),
              acme("'issueInvoice':{'invoice':'i','raisedBy':'boss@acme.test','lines':[{'sku':'seat','quantity':3,"
                   "'amount':{'amount':'10.00','currency':'USD'}}]}"),
              "2020-03-01T00:00:00Z", paid("i", "10.00", "bank")));
    const auto day = period("2020-03-01", "2020-03-02");
    CHECK(lines(history, day, StatementBy::license) ==
          Lines{"license 1 seat 1/0/1/0 1 @10/3 3.33 USD", "license 2 seat 1/0/1/0 1 @10/3 3.33 USD",
                "license 3 seat 1/0/1/0 1 @10/3 3.33 USD", "total 3/0/3/0 3 10.00 USD"});
    CHECK(lines(history, day, StatementBy::product)[0] == "seat 3/0/3/0 3 @10/3 10.00 USD");
}

TEST_CASE("amounts have the decimals of their currency") {
    const auto history = folded(
        steps(defined("seat", "P7D", "assigned", "1000", "JPY"),
              "{'account':'acme','openAccount':{'name':'A','currency':'JPY','timeZone':'UTC','superAdmin':{'email':"
              "'boss@acme.test'}}}",
              "2020-03-01T00:00:00Z", invoiced("i", "seat", 1),
              acme("'recordPayment':{'invoice':'i','reference':'b','amount':{'amount':'1000','currency':'JPY'}}"),
              bind(1, "boss")));
    const auto rows =
        make_statement(SeatDays(history, {}, last_instant), period("2020-03-02", "2020-03-03"), StatementBy::product)
            .rows;
    REQUIRE(rows.size() == 1);
    CHECK(to_text(rows[0].amount) == "143");
    CHECK(rows[0].amount.scale == 0);
}

TEST_CASE("a product that came to be priced in another currency has a row for each, and each its total") {
    const auto history = folded(steps(
        defined("center", "P1M", "membership", "31.00"), open_acme(), acme("'createQueue':{'queue':'q','kind':'call'}"),
        "2020-03-01T00:00:00Z", in_queue("boss"), "2020-03-02T12:00:00Z",
        "{'changeProduct':{'sku':'center','unitPrice':{'amount':'62.00','currency':'EUR'}}}"));
    CHECK(lines(history, period("2020-03-01", "2020-03-05"), StatementBy::product) ==
          Lines{"center 0/0/0/2 2 @31 2.00 USD", "center 0/0/0/2 2 @62 4.00 EUR", "total 0/0/0/2 2 2.00 USD",
                "total 0/0/0/2 2 4.00 EUR"});
    CHECK(lines(history, period("2020-03-03", "2020-03-04"), StatementBy::day) ==
          Lines{"2020-03-03 center 0/0/0/1 1 @62 2.00 EUR", "total 0/0/0/0 0 0.00 USD", "total 0/0/0/1 1 2.00 EUR"});
}

TEST_CASE("licenses of a product that is billed by places in queues cost nothing by themselves") {
    const auto history =
        folded(steps(defined("center", "P1M", "membership", "31.00"), open_acme(), "2020-03-01T00:00:00Z",
                     invoiced("i", "center", 2), paid("i", "62.00", "b"), bind(1, "boss")));
    CHECK(lines(history, period("2020-03-01", "2020-03-02"), StatementBy::product) ==
          Lines{"center 2/1/1/0 0 @- 0.00 USD", "total 2/1/1/0 0 0.00 USD"});
}

TEST_CASE("a reversed payment takes nothing from what was due, and a credit is shown beside it") {
    const auto history =
        folded(steps(march(), "2020-03-05T12:00:00Z", acme("'reversePayment':{'invoice':'i','reason':'r'}")));
    CHECK(lines(history, period("2020-03-01", "2020-04-01"), StatementBy::product) ==
          Lines{"center 0/0/0/2 2 @62 4.00 USD", "daily 10/3/7/0 3 @31 3.00 USD",
                "yearly 5/5/0/0 5 @120 120.00 USD credited 7.50", "total 15/8/7/2 10 127.00 USD credited 7.50"});
}

TEST_CASE("a statement for days that a history was not made for is refused") {
    const Window window{*parse_civil_day("2020-03-02"), *parse_civil_day("2020-03-03")};
    const auto history = folded(march(), window);
    const SeatDays days(history, {}, last_instant);
    CHECK(make_statement(days, period("2020-03-02", "2020-03-04"), StatementBy::product).rows.size() == 3);
    CHECK_THROWS(make_statement(days, period("2020-03-01", "2020-03-04"), StatementBy::product));
    CHECK_THROWS(make_statement(days, period("2020-03-02", "2020-03-05"), StatementBy::product));
}

TEST_CASE("a statement needs the account's zone, and an empty period has nothing in it") {
    const AccountHistory nothing("acme");
    CHECK_THROWS(SeatDays(nothing, {}, last_instant));
    const auto history = folded(march());
    for (const auto by : {StatementBy::product, StatementBy::user, StatementBy::license, StatementBy::day}) {
        CHECK(lines(history, period("2020-03-02", "2020-03-02"), by) == Lines{"total 0/0/0/0 0 0.00 USD"});
        CHECK(statement_by_named(name_of(by)) == by);
    }
    CHECK_FALSE(statement_by_named("month").has_value());
}

}  // namespace seatledger::billing
