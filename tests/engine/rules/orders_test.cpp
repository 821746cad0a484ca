// Orders: asked for, fulfilled, cancelled, overdue.
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/given.h"

namespace seatledger {
namespace {

using namespace testing;

const std::string stranger = "'actor':'nobody@acme.test',";
const std::string future = "'at':'2020-01-03T00:00:00.000001Z',";
const std::string boss = "'actor':'boss@acme.test',";
const std::string card = acme("'addCard':{'token':'tok-1','last4':'4242','expires':'2027-05'}");

std::string request(const std::string& sku, const std::string& quantity) {
    return "'requestLicenses':{'sku':'" + sku + "','quantity':" + quantity + "}";
}

std::string fulfill(int order, const std::string& invoice) {
    return acme("'fulfillOrder':{'order':" + std::to_string(order) + ",'invoice':'" + invoice + "'}");
}

std::string cancel(int order) { return "'cancelOrder':{'order':" + std::to_string(order) + "}"; }

// Boss is super admin, adam admin, bill billing; there is a card. Order 1 is boss's.
Steps world() {
    return steps(open_acme(), registered("adam"), granted("adam", "admin"), registered("bill"),
                 granted("bill", "billing"), product("connect"), product("old"), card,
                 acme(boss + request("connect", "3")));
}

Steps later() { return steps(world(), "{'retireProduct':{'sku':'old'}}", "2020-01-03T00:00:00Z"); }

}  // namespace

TEST_CASE("a super admin with a card on file requests licenses, which are due 48 hours later") {
    given(open_acme(), product("connect"), card)
        .when(acme(boss + request("connect", "3")))
        .then({"{'account':'acme','actor':'boss@acme.test','via':'vendor','licensesRequested':{'order':1,'email':null,"
               "'sku':'connect','quantity':3,'due':'2020-01-03T00:00:00.000000Z'}}"});
}

TEST_CASE("orders are numbered within their account") {
    given(world()).when(acme(request("connect", "1"))).then({"{'actor':'vendor','licensesRequested':{'order':2}}"});
}

TEST_CASE("super_admin_with_card_required: who else asks is sent to the sales representative") {
    const auto ask = request("connect", "3");
    given(open_acme(), product("connect"))
        .when(acme(boss + ask))
        .then_rejected(Rule::super_admin_with_card_required, {"acme", "addCard", "sales representative"});
    for (const std::string who : {"adam", "bill"}) {
        given(world())
            .when(acme("'actor':'" + who + "@acme.test'," + ask))
            .then_rejected(Rule::super_admin_with_card_required, {who + "@acme.test", "sales representative"});
        given(world())
            .when(acme("'actor':'" + who + "@acme.test'," + cancel(1)))
            .then_rejected(Rule::super_admin_with_card_required, {who + "@acme.test"});
    }
    given(world(), acme("'removeCard':{'token':'tok-1'}"))
        .when(acme(boss + ask))
        .then_rejected(Rule::super_admin_with_card_required);
    given(open_acme(), product("connect")).when(acme(ask)).then({"{'actor':'vendor'}"});  // the vendor needs none
}

TEST_CASE("an order becomes overdue 48 hours after it, to the microsecond, and goes on") {
    const auto noop = acme("'createQueue':{'queue':'q','kind':'call'}");
    given(world(), "2020-01-02T23:59:59.999999Z").when(noop).then_nothing_due();
    given(world(), "2020-01-03T00:00:00Z")
        .when(noop)
        .then_due({"{'actor':'ledger','effectiveAt':'2020-01-03T00:00:00.000000Z','orderOverdue':{'order':1}}"});
    given(world(), "2020-01-03T00:00:00.000001Z")
        .when(noop)
        .then_due({"{'effectiveAt':'2020-01-03T00:00:00.000000Z','orderOverdue':{'order':1}}"});
    given(later(), noop).when(fulfill(1, "i-1")).then({"invoiceIssued"}).then_nothing_due();
}

TEST_CASE("what is fulfilled or cancelled in time never becomes overdue") {
    const auto noop = acme("'createQueue':{'queue':'q','kind':'call'}");
    given(world(), fulfill(1, "i-1"), paid("i-1", "30.00", "b-1"), "2020-02-01T00:00:00Z")
        .when(noop)
        .then_nothing_due();
    given(world(), acme(cancel(1)), "2020-02-01T00:00:00Z").when(noop).then_nothing_due();
    given(world(), fulfill(1, "i-1"), "2020-02-01T00:00:00Z").when(noop).then_due({"orderOverdue"});
}

TEST_CASE("fulfilling raises an invoice at the price of that moment, in the name of who asked") {
    given(world(), "{'changeProduct':{'sku':'connect','unitPrice':{'amount':'12.00','currency':'USD'}}}")
        .when(fulfill(1, "i-1"))
        .then({"{'actor':'vendor','invoiceIssued':{'invoice':'i-1','raisedBy':'boss@acme.test','order':1,"
               "'total':{'amount':'36.00','currency':'USD'}}}"});
}

TEST_CASE("the payment of its invoice fulfils an order") {
    given(world(), fulfill(1, "i-1"))
        .when(paid("i-1", "30.00", "b-1"))
        .then({"invoicePaid", "{'licensesIssued':{'first':1,'quantity':3}}", "{'notificationQueued':{'invoice':'i-1'}}",
               "{'orderFulfilled':{'order':1}}"});
}

TEST_CASE("what the vendor asked for itself is nobody's invoice, and nobody gets a letter") {
    given(world(), acme(request("connect", "1")), fulfill(2, "i-2"))
        .when(paid("i-2", "10.00", "b-1"))
        .then({"invoicePaid", "licensesIssued", "{'orderFulfilled':{'order':2}}"});
}

TEST_CASE("the license that was ordered with a registration is bound when it is issued") {
    const auto with_ann =
        steps(world(), acme(boss + "'registerUser':{'email':'ann@acme.test','sku':'connect'}"), fulfill(2, "i-2"));
    const auto pay = paid("i-2", "10.00", "b-1");
    given(with_ann).when(pay).then({"invoicePaid", "licensesIssued", "notificationQueued",
                                    "{'orderFulfilled':{'order':2}}",
                                    "{'licenseBound':{'license':1,'email':'ann@acme.test','sku':'connect'}}"});
    // … unless they are gone, or hold the product by then: it stays free.
    given(with_ann, acme("'removeUser':{'email':'ann@acme.test'}"))
        .when(pay)
        .then({"invoicePaid", "licensesIssued", "notificationQueued", "orderFulfilled"});
    given(with_ann, bought("i-3", "connect", 1), bind(1, "ann"))
        .when(pay)
        .then({"invoicePaid", "{'licensesIssued':{'first':2}}", "notificationQueued", "orderFulfilled"});
    given(with_ann, bought("i-3", "connect", 1), bind(1, "ann"), unbind(1))
        .when(pay)
        .then({"invoicePaid", "licensesIssued", "notificationQueued", "orderFulfilled",
               "{'licenseBound':{'license':2,'email':'ann@acme.test'}}"});
}

TEST_CASE("an order whose invoice is voided is open again") {
    given(world(), fulfill(1, "i-1"), acme("'voidInvoice':{'invoice':'i-1'}"))
        .when(fulfill(1, "i-2"))
        .then({"{'invoiceIssued':{'invoice':'i-2','order':1}}"});
}

TEST_CASE("requestLicenses: rejections in order") {
    given(later()).when(acme(request("", "0"))).then_rejected(Rule::value_not_allowed, {"sku"});
    given(later())
        .when("{'account':'nowhere'," + stranger + future + request("nothing", "0") + "}")
        .then_rejected(Rule::account_must_exist);
    given(later()).when(acme(stranger + future + request("nothing", "0"))).then_rejected(Rule::role_required);
    given(later()).when(acme(future + request("nothing", "0"))).then_rejected(Rule::effective_time_in_order);
    const std::string adam = "'actor':'adam@acme.test',";
    given(later()).when(acme(adam + request("nothing", "0"))).then_rejected(Rule::sku_must_exist, {"nothing"});
    given(later()).when(acme(adam + request("old", "0"))).then_rejected(Rule::product_must_be_offered, {"old"});
    given(later()).when(acme(adam + request("connect", "0"))).then_rejected(Rule::super_admin_with_card_required);
    given(later()).when(acme(boss + request("connect", "0"))).then_rejected(Rule::quantity_must_be_positive, {"0"});
    given(later())
        .when(acme(boss + request("connect", "1000001")))
        .then_rejected(Rule::quantity_must_be_positive, {"1000001"});
    given(later()).when(acme(boss + request("connect", "1000000"))).then({"licensesRequested"});
}

TEST_CASE("an account cannot order what it cannot be billed for") {
    const auto euros =
        "{'defineProduct':{'sku':'euro','name':'E','type':'t','term':'P1Y','unitPrice':{'amount':'1.00','currency':"
        "'EUR'}}}";
    // A value like the others: it is not allowed whoever asks, and whenever.
    for (const auto& head : {boss, stranger, future}) {
        given(world(), euros)
            .when(acme(head + request("euro", "0")))
            .then_rejected(Rule::value_not_allowed, {"sku euro is priced in EUR", "USD"});
    }
    // Neither together with a person: nobody could ever fulfil that order.
    given(world(), euros)
        .when(acme(boss + "'registerUser':{'email':'ann@acme.test','sku':'euro'}"))
        .then_rejected(Rule::value_not_allowed, {"sku euro is priced in EUR", "USD"});
    given(world(), "{'changeProduct':{'sku':'connect','unitPrice':{'amount':'1.00','currency':'EUR'}}}")
        .when(fulfill(1, "i-1"))
        .then_rejected(Rule::value_not_allowed, {"order for connect is priced in EUR", "USD"});
}

TEST_CASE("fulfillOrder: rejections in order") {
    const auto ask = [](int order, const std::string& invoice) {
        return "'fulfillOrder':{'order':" + std::to_string(order) + ",'invoice':'" + invoice + "'}";
    };
    const auto all = steps(world(), acme(boss + request("old", "1")), acme(boss + request("connect", "1")),
                           fulfill(1, "i-1"), "{'retireProduct':{'sku':'old'}}", "2020-01-03T00:00:00Z");
    given(all).when(acme("'fulfillOrder':{}")).then_rejected(Rule::value_not_allowed, {"order"});
    given(all).when(acme(ask(9, ""))).then_rejected(Rule::value_not_allowed, {"invoice"});
    given(all)
        .when("{'account':'nowhere'," + stranger + future + ask(9, "i-1") + "}")
        .then_rejected(Rule::account_must_exist);
    given(all).when(acme(boss + future + ask(9, "i-1"))).then_rejected(Rule::role_required, {"the vendor"});
    given(all).when(acme(future + ask(9, "i-1"))).then_rejected(Rule::effective_time_in_order);
    given(all).when(acme(ask(9, "i-1"))).then_rejected(Rule::order_must_exist, {"order 9", "acme"});
    given(all).when(acme(ask(2, "i-1"))).then_rejected(Rule::product_must_be_offered, {"old"});
    given(all).when(acme(ask(1, "i-1"))).then_rejected(Rule::order_must_be_open, {"order 1", "i-1"});
    given(all).when(acme(ask(3, "i-1"))).then_rejected(Rule::invoice_must_be_new, {"i-1"});
    given(all).when(acme(ask(3, "i-2"))).then({"invoiceIssued"});
}

TEST_CASE("cancelOrder: rejections in order") {
    given(later()).when(acme("'cancelOrder':{}")).then_rejected(Rule::value_not_allowed, {"order"});
    given(later())
        .when("{'account':'nowhere'," + stranger + future + cancel(9) + "}")
        .then_rejected(Rule::account_must_exist);
    given(later()).when(acme(stranger + future + cancel(9))).then_rejected(Rule::role_required);
    given(later()).when(acme(future + cancel(9))).then_rejected(Rule::effective_time_in_order);
    given(later())
        .when(acme("'actor':'adam@acme.test'," + cancel(9)))
        .then_rejected(Rule::order_must_exist, {"order 9"});
    given(later(), acme(cancel(1)))
        .when(acme("'actor':'adam@acme.test'," + cancel(1)))
        .then_rejected(Rule::super_admin_with_card_required);
    given(later(), acme(cancel(1))).when(acme(boss + cancel(1))).then_rejected(Rule::order_must_be_open, {"order 1"});
    given(later(), fulfill(1, "i-1")).when(acme(boss + cancel(1))).then_rejected(Rule::order_must_be_open, {"i-1"});
    given(later()).when(acme(boss + cancel(1))).then({"{'orderCancelled':{'order':1}}"});
}

}  // namespace seatledger
