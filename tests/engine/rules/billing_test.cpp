// Invoices, and their payment, which is what issues licenses.
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/given.h"

namespace seatledger {
namespace {

using namespace testing;

const std::string future = "'at':'2020-01-01T00:00:00.000001Z',";
const std::string stranger = "'actor':'nobody@acme.test',";

std::string issue(const std::string& lines, const std::string& invoice = "i-1",
                  const std::string& raised_by = "boss@acme.test") {
    return "'issueInvoice':{'invoice':'" + invoice + "','raisedBy':'" + raised_by + "','lines':[" + lines + "]}";
}

std::string pay(const std::string& invoice, const std::string& amount, const std::string& currency,
                const std::string& reference) {
    return "'recordPayment':{'invoice':'" + invoice + "','reference':'" + reference + "','amount':{'amount':'" +
           amount + "','currency':'" + currency + "'}}";
}

std::string usd(const std::string& amount) { return "{'amount':'" + amount + "','currency':'USD'}"; }

Steps world() { return steps(open_acme(), product("connect"), product("center", "P6M"), registered("ann")); }

}  // namespace

// ---- issueInvoice

TEST_CASE("an invoice's lines are copied from the catalogue") {
    given(open_acme(),
          "{'defineProduct':{'sku':'connect','name':'Connect','type':'phone','term':'P6M','billing':"
          "'assigned','unitPrice':{'amount':'10.00','currency':'USD'}}}")
        .when(acme(issue("{'sku':'connect','quantity':3}")))
        .then({"{'invoiceIssued':{'invoice':'i-1','raisedBy':'boss@acme.test','total':{'amount':'30.00','currency':"
               "'USD'},'lines':[{'sku':'connect','type':'phone','billing':'assigned','quantity':3,'unitPrice':{"
               "'amount':'10.00','currency':'USD'},'amount':{'amount':'30.00','currency':'USD'},'term':'P6M',"
               "'validUntil':null}]}}"});
}

TEST_CASE("what was invoiced stays as it was when the catalogue changes") {
    given(world(), acme(issue("{'sku':'connect','quantity':3}")),
          "{'changeProduct':{'sku':'connect','unitPrice':{'amount':'99.00','currency':'EUR'}}}")
        .when(paid("i-1", "30.00", "b-1"))
        .then({"invoicePaid", "{'licensesIssued':{'quantity':3,'validUntil':'2021-01-01T00:00:00.000000Z'}}",
               "notificationQueued"});
}

TEST_CASE("a line may have a price, an amount, a term or an end of its own") {
    const auto line = [](const std::string& more) {
        return acme(issue("{'sku':'connect','quantity':3," + more + "}"));
    };
    given(world())
        .when(line("'unitPrice':" + usd("1.5")))
        .then({"{'invoiceIssued':{'total':{'amount':'4.50'},'lines':[{'unitPrice':{'amount':'1.50'},'amount':{"
               "'amount':'4.50'}}]}}"});
    given(world())
        .when(line("'amount':" + usd("7.01")))
        .then(
            {"{'invoiceIssued':{'total':{'amount':'7.01'},'lines':[{'unitPrice':null,'amount':{'amount':'7.01'}}]}}"});
    given(world()).when(line("'term':'P1M'")).then({"{'invoiceIssued':{'lines':[{'term':'P1M','validUntil':null}]}}"});
    given(world())
        .when(line("'validUntil':'2020-02-01T00:00:00Z'"))
        .then({"{'invoiceIssued':{'lines':[{'term':null,'validUntil':'2020-02-01T00:00:00.000000Z'}]}}"});
}

TEST_CASE("a line's amount is rounded to the minor unit, half away from zero, and the total is their sum") {
    const auto line = [](const std::string& price, int quantity) {
        return "{'sku':'connect','quantity':" + std::to_string(quantity) + ",'unitPrice':" + usd(price) + "}";
    };
    given(world())
        .when(acme(issue(line("0.005", 1) + "," + line("0.0049", 1) + "," + line("0.0149", 100))))
        .then({"{'invoiceIssued':{'total':{'amount':'1.50'},'lines':[{'amount':{'amount':'0.01'}},{'amount':{'amount':"
               "'0.00'}},{'amount':{'amount':'1.49'}}]}}"});
}

TEST_CASE("a line is in the account's currency") {
    const auto rejected = [](const std::string& lines, const std::string& field) {
        given(world(), "{'changeProduct':{'sku':'center','unitPrice':{'amount':'1','currency':'EUR'}}}")
            .when(acme(issue(lines)))
            .then_rejected(Rule::value_not_allowed, {field, "EUR", "USD"});
    };
    rejected("{'sku':'connect','quantity':1,'unitPrice':{'amount':'1','currency':'EUR'}}",
             "lines[0].unitPrice.currency is EUR");
    rejected("{'sku':'connect','quantity':1,'amount':{'amount':'1','currency':'EUR'}}",
             "lines[0].amount.currency is EUR");
    rejected("{'sku':'connect','quantity':1},{'sku':'center','quantity':1}", "lines[1].sku center is priced in EUR");
    given(world(), "{'changeProduct':{'sku':'center','unitPrice':{'amount':'1','currency':'EUR'}}}")
        .when(acme(issue("{'sku':'center','quantity':1,'unitPrice':" + usd("1") + "}")))
        .then({"invoiceIssued"});
}

TEST_CASE("quantity_must_be_positive: 1 to 1,000,000") {
    const auto of = [](const std::string& quantity) {
        return acme(issue("{'sku':'connect','quantity':" + quantity + "}"));
    };
    for (const std::string good : {"1", "1000000"}) given(world()).when(of(good)).then({"invoiceIssued"});
    for (const std::string bad : {"0", "1000001", "4294967297", "18446744073709551615"}) {
        given(world()).when(of(bad)).then_rejected(Rule::quantity_must_be_positive, {"line 1", bad, "1000000"});
    }
    given(world())
        .when(acme(issue("{'sku':'connect','quantity':1},{'sku':'connect','quantity':0}")))
        .then_rejected(Rule::quantity_must_be_positive, {"line 2"});
}

TEST_CASE("amount_out_of_range: a line or a total that no amount can hold") {
    const auto line = [](const std::string& more) { return "{'sku':'connect'," + more + "}"; };
    given(world())
        .when(acme(issue(line("'quantity':1000000,'unitPrice':" + usd("9300000000")))))
        .then_rejected(Rule::amount_out_of_range, {"line 1"});
    const auto half = line("'quantity':1,'amount':" + usd("5000000000000"));
    given(world()).when(acme(issue(half))).then({"invoiceIssued"});
    given(world()).when(acme(issue(half + "," + half))).then_rejected(Rule::amount_out_of_range, {"i-1"});
}

TEST_CASE("an invoice of many lines is judged like any other") {
    std::string lines;
    for (int i = 0; i < 20'000; ++i) lines += std::string(i == 0 ? "" : ",") + "{'sku':'connect','quantity':1}";
    World many;
    for (const auto& step : world()) many.must_happen(step);
    CHECK_FALSE(many.judge(acme(issue(lines))).rejection);  // how much an event may hold is for the ledger to say
}

TEST_CASE("issueInvoice: rejections in order") {
    const std::string huge = "'unitPrice':" + usd("9300000000") + ",'quantity':1000000";
    const std::string negative = "'unitPrice':" + usd("-1") + ",'quantity':0";
    const auto later = [&](const std::string& lines, const std::string& invoice = "i-0",
                           const std::string& raised_by = "boss@acme.test") {
        return issue(lines, invoice, raised_by);
    };
    const std::string nowhere = "{'account':'nowhere'," + stranger + future;
    const std::string all = "{'sku':'nothing','term':'P0D'," + negative + "},{'sku':'old','quantity':0}";
    const std::string old = "{'sku':'old','term':'P0D'," + negative + "}";
    const std::string no_time = "{'sku':'connect','term':'P0D'," + negative + "}";
    const std::string priced = "{'sku':'connect'," + negative + "}";
    const std::string euros =
        "{'sku':'nothing','term':'P0D','quantity':0,'unitPrice':{'amount':'-1','currency':'EUR'}}";
    check_order(
        steps(world(), product("old"), "{'retireProduct':{'sku':'old'}}", invoiced("i-0", "connect", 1)),
        {
            {Rule::value_not_allowed, nowhere + later("{'sku':''}", "i-0", "nobody@acme.test") + "}", {"lines[0].sku"}},
            {Rule::account_must_exist, nowhere + later(euros, "i-0", "nobody@acme.test") + "}", {"nowhere"}},
            {Rule::value_not_allowed,
             acme(stranger + future + later(euros, "i-0", "nobody@acme.test")),
             {"lines[0].unitPrice.currency", "EUR"}},
            {Rule::role_required,
             acme(stranger + future + later(all, "i-0", "nobody@acme.test")),
             {"nobody@acme.test"}},
            {Rule::effective_time_in_order, acme(future + later(all, "i-0", "nobody@acme.test"))},
            {Rule::user_must_be_registered, acme(later(all, "i-0", "nobody@acme.test")), {"nobody@acme.test"}},
            {Rule::sku_must_exist, acme(later(all)), {"nothing"}},
            {Rule::product_must_be_offered, acme(later(old)), {"old"}},
            {Rule::term_must_be_positive, acme(later(no_time)), {"line 1", "P0D"}},
            {Rule::price_must_not_be_negative, acme(later(priced)), {"line 1"}},
            {Rule::invoice_must_be_new, acme(later("{'sku':'connect','quantity':0}")), {"i-0", "acme"}},
            {Rule::invoice_must_be_new, acme(later("")), {"i-0"}},
            {Rule::invoice_must_have_lines, acme(issue("")), {"i-1"}},
            {Rule::quantity_must_be_positive,
             acme(issue("{'sku':'connect'," + huge + "},{'sku':'connect','quantity':0}")),
             {"line 2", "0"}},
            {Rule::amount_out_of_range, acme(issue("{'sku':'connect'," + huge + "}")), {"line 1"}},
        },
        acme(issue("{'sku':'connect','quantity':1}")));
}

// ---- voidInvoice

TEST_CASE("a void invoice is neither paid nor voided again") {
    const auto voided = acme("'voidInvoice':{'invoice':'i-1'}");
    given(world(), invoiced("i-1", "connect", 1)).when(voided).then({"{'invoiceVoided':{'invoice':'i-1'}}"});
    given(world(), invoiced("i-1", "connect", 1), voided)
        .when(paid("i-1", "10.00", "b-1"))
        .then_rejected(Rule::invoice_must_be_open, {"i-1", "void"});
    given(world(), invoiced("i-1", "connect", 1), voided)
        .when(invoiced("i-1", "connect", 1))
        .then_rejected(Rule::invoice_must_be_new);
}

TEST_CASE("voidInvoice: rejections in order") {
    const auto body = [](const std::string& invoice) { return "'voidInvoice':{'invoice':'" + invoice + "'}"; };
    const std::string nowhere = "{'account':'nowhere'," + stranger + future;
    check_order(steps(world(), bought("i-1", "connect", 1), invoiced("i-2", "connect", 1)),
                {
                    {Rule::value_not_allowed, nowhere + body("") + "}", {"invoice"}},
                    {Rule::account_must_exist, nowhere + body("i-9") + "}", {"nowhere"}},
                    {Rule::role_required, acme(stranger + future + body("i-9"))},
                    {Rule::effective_time_in_order, acme(future + body("i-9"))},
                    {Rule::invoice_must_exist, acme(body("i-9")), {"i-9", "acme"}},
                    {Rule::invoice_must_be_open, acme(body("i-1")), {"i-1", "paid"}},
                },
                acme(body("i-2")));
}

// ---- recordPayment

TEST_CASE("recordPayment issues the licenses of every line and tells whoever raised the invoice") {
    given(world(), bought("i-0", "connect", 5),
          acme(issue("{'sku':'connect','quantity':2},{'sku':'center','quantity':3}", "i-1", "ann@acme.test")))
        .when(paid("i-1", "50.00", "b-1"))
        .then({"{'invoicePaid':{'invoice':'i-1','reference':'b-1','amount':{'amount':'50.00','currency':'USD'}}}",
               "{'licensesIssued':{'invoice':'i-1','line':1,'sku':'connect','first':6,'quantity':2,'validFrom':"
               "'2020-01-01T00:00:00.000000Z','validUntil':'2021-01-01T00:00:00.000000Z'}}",
               "{'licensesIssued':{'invoice':'i-1','line':2,'sku':'center','first':8,'quantity':3,'validFrom':"
               "'2020-01-01T00:00:00.000000Z','validUntil':'2020-07-01T00:00:00.000000Z'}}",
               "{'notificationQueued':{'email':'ann@acme.test','invoice':'i-1'}}"});
}

TEST_CASE("the term starts with the payment, whatever the date of the invoice or of the first bind") {
    given(world(), invoiced("i-1", "connect", 1), "2020-03-05T06:07:08.000009Z")
        .when(acme("'at':'2020-02-03T04:05:06.000007Z'," + pay("i-1", "10.00", "USD", "b-1")))
        .then({"{'effectiveAt':'2020-02-03T04:05:06.000007Z','recordedAt':'2020-03-05T06:07:08.000009Z',"
               "'invoicePaid':{}}",
               "{'licensesIssued':{'validFrom':'2020-02-03T04:05:06.000007Z','validUntil':"
               "'2021-02-03T04:05:06.000007Z'}}",
               "notificationQueued"});
}

TEST_CASE("licenses are numbered within their account") {
    given(world(), bought("i-1", "connect", 5),
          "{'account':'globex','openAccount':{'name':'G','superAdmin':{'email':'gil@example.com'}}}",
          "{'account':'globex','issueInvoice':{'invoice':'i-1','raisedBy':'gil@example.com','lines':[{'sku':'connect',"
          "'quantity':1}]}}")
        .when(
            "{'account':'globex','recordPayment':{'invoice':'i-1','reference':'bank-i-1','amount':{'amount':'10.00',"
            "'currency':'USD'}}}")
        .then({"invoicePaid", "{'licensesIssued':{'first':1}}", "notificationQueued"});
}

TEST_CASE("an invoice over nothing is paid with nothing") {
    given(world(), acme(issue("{'sku':'connect','quantity':1,'amount':" + usd("0") + "}")))
        .when(paid("i-1", "0.00", "b-1"))
        .then({"invoicePaid", "licensesIssued", "notificationQueued"});
}

TEST_CASE("payment_must_match: amount and currency, to the last millionth") {
    for (const auto& [amount, currency] : std::vector<std::pair<std::string, std::string>>{
             {"9.99", "USD"}, {"10.01", "USD"}, {"10.000001", "USD"}, {"10.00", "EUR"}, {"-10.00", "USD"}}) {
        given(world(), invoiced("i-1", "connect", 1))
            .when(acme(pay("i-1", amount, currency, "b-1")))
            .then_rejected(Rule::payment_must_match, {"i-1", "10.00 USD", amount + " " + currency});
    }
}

TEST_CASE("payment_must_be_new: within the account, and only of payments that were recorded") {
    given(world(), bought("i-1", "connect", 1), invoiced("i-2", "connect", 1))
        .when(paid("i-2", "10.00", "bank-i-1"))
        .then_rejected(Rule::payment_must_be_new, {"bank-i-1", "acme"});
    World other;
    for (const auto& step : steps(world(), invoiced("i-1", "connect", 1))) other.must_happen(step);
    CHECK(other.judge(paid("i-1", "11.00", "b-1")).rejection);
    CHECK_FALSE(other.judge(paid("i-1", "10.00", "b-1")).rejection);
}

TEST_CASE("term_must_be_positive: an end of its own must lie after the payment") {
    const auto until = [](const std::string& instant) {
        return acme(
            issue("{'sku':'connect','quantity':1},{'sku':'connect','quantity':1,'validUntil':'" + instant + "'}"));
    };
    given(world(), until("2020-01-01T00:00:00.000001Z"))
        .when(paid("i-1", "20.00", "b-1"))
        .then({"invoicePaid", "licensesIssued",
               "{'licensesIssued':{'line':2,'validUntil':'2020-01-01T00:00:00.000001Z'}}", "notificationQueued"});
    for (const std::string instant : {"2020-01-01T00:00:00.000000Z", "2019-12-31T23:59:59.999999Z"}) {
        given(world(), until(instant))
            .when(paid("i-1", "20.00", "b-1"))
            .then_rejected(Rule::term_must_be_positive, {"line 2", "i-1", instant});
    }
}

TEST_CASE("amount_out_of_range: a term that ends after the year 9999, or more licenses than have numbers") {
    given(open_acme(), product("for-ever", "P9000Y"), invoiced("i-1", "for-ever", 1))
        .when(paid("i-1", "10.00", "b-1"))
        .then_rejected(Rule::amount_out_of_range, {"line 1"});

    World world;
    for (const auto& step : steps(open_acme(), product("connect"))) world.must_happen(step);
    std::string lines = "{'sku':'connect','quantity':1000000,'amount':" + usd("0") + "}";
    for (int i = 1; i < 500; ++i) lines += ",{'sku':'connect','quantity':1000000,'amount':" + usd("0") + "}";
    std::optional<Rejection> rejection;
    for (int i = 0; i < 9 && !rejection; ++i) {
        const auto invoice = "i-" + std::to_string(i);
        world.must_happen(acme(issue(lines, invoice)));
        rejection = world.judge(paid(invoice, "0.00", invoice)).rejection;
    }
    REQUIRE(rejection);  // 9 × 500,000,000 are more than 2³² - 1
    CHECK(rule_id(rejection->rule) == "amount_out_of_range");
    CHECK(world.state().account("acme")->next_license.value == 4'000'000'001);
}

TEST_CASE("recordPayment: rejections in order") {
    const auto line = "{'sku':'connect','quantity':1,'validUntil':'2020-01-01T00:00:00Z'}";
    const std::string nowhere = "{'account':'nowhere'," + stranger + future;
    const auto bad = pay("i-9", "11", "XXX", "bank-i-1");
    const auto body = [](const std::string& invoice, const std::string& amount, const std::string& reference) {
        return pay(invoice, amount, "USD", reference);
    };
    check_order(steps(world(), bought("i-1", "connect", 1), acme(issue(line, "i-2")), invoiced("i-3", "connect", 1)),
                {
                    {Rule::value_not_allowed, nowhere + bad + "}", {"amount.currency"}},
                    {Rule::account_must_exist, nowhere + body("i-9", "11", "bank-i-1") + "}", {"nowhere"}},
                    {Rule::role_required, acme(stranger + future + body("i-9", "11", "bank-i-1"))},
                    {Rule::effective_time_in_order, acme(future + body("i-9", "11", "bank-i-1"))},
                    {Rule::invoice_must_exist, acme(body("i-9", "11", "bank-i-1")), {"i-9", "acme"}},
                    {Rule::invoice_must_be_open, acme(body("i-1", "11", "bank-i-1")), {"i-1"}},
                    {Rule::payment_must_match, acme(body("i-2", "11", "bank-i-1")), {"i-2", "10.00 USD", "11.00 USD"}},
                    {Rule::term_must_be_positive, acme(body("i-2", "10", "bank-i-1")), {"i-2", "line 1"}},
                    {Rule::payment_must_be_new, acme(body("i-3", "10", "bank-i-1")), {"bank-i-1"}},
                },
                acme(body("i-3", "10", "b-3")));
}

TEST_CASE("nobody is written to who was removed since they raised the invoice") {
    given(open_acme(), registered("ann"), product("connect"),
          acme("'issueInvoice':{'invoice':'i-1','raisedBy':'ann@acme.test','lines':[{'sku':'connect','quantity':1}]}"),
          acme("'removeUser':{'email':'ann@acme.test'}"))
        .when(paid("i-1", "10.00", "b-1"))
        .then({"invoicePaid", "licensesIssued"});
}

}  // namespace seatledger
