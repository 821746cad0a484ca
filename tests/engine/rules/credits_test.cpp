// Credits, and the reversal of a payment: what is taken back, and which licenses go with it.
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/given.h"

namespace seatledger {
namespace {

using namespace testing;

const std::string boss = "'actor':'boss@acme.test',";
const std::string future = "'at':'2020-01-03T00:00:00.000001Z',";

std::string credit(const std::string& invoice, int line, const std::string& quantity, const std::string& amount,
                   const std::string& reason = "r") {
    return "'creditInvoice':{'invoice':'" + invoice + "','line':" + std::to_string(line) + ",'quantity':" + quantity +
           ",'amount':{'amount':'" + amount + "','currency':'USD'},'reason':'" + reason + "'}";
}

std::string reverse(const std::string& invoice) {
    return "'reversePayment':{'invoice':'" + invoice + "','reason':'chargeback'}";
}

// Licenses 1–5 of connect (i-1, 50.00 USD), of which ann has 4 and bob 2; i-2 is open.
Steps world() {
    return steps(open_acme(), registered("ann"), registered("bob"), product("connect"), bought("i-1", "connect", 5),
                 bind(4, "ann"), bind(2, "bob"), invoiced("i-2", "connect", 1), "2020-01-03T00:00:00Z");
}

// Line 1: 2 of connect, licenses 1–2; line 2: 3 of day until the 2nd, licenses 3–5.
Steps two_lines() {
    return steps(
        open_acme(), registered("ann"), product("connect"), product("day", "P1D"),
        acme("'issueInvoice':{'invoice':'i-1','raisedBy':'boss@acme.test','lines':[{'sku':'connect','quantity':"
             "2},{'sku':'day','quantity':3}]}"),
        paid("i-1", "50.00", "b-1"), bind(1, "ann"), bind(3, "ann"));
}

}  // namespace

TEST_CASE("a credit takes money back and revokes the free licenses with the highest numbers first") {
    given(world())
        .when(acme(credit("i-1", 1, "1", "10.00", "unused")))
        .then({"{'account':'acme','actor':'vendor','invoiceCredited':{'invoice':'i-1','line':1,'quantity':1,"
               "'amount':{'amount':'10.00','currency':'USD'},'reason':'unused','dispute':null}}",
               "{'licensesRevoked':{'invoice':'i-1','line':1,'sku':'connect','first':5,'quantity':1,'email':null}}"});
    given(world())
        .when(acme(credit("i-1", 1, "3", "30.00")))
        .then({"invoiceCredited", "{'licensesRevoked':{'first':5,'quantity':1,'email':null}}",
               "{'licensesRevoked':{'first':3,'quantity':1,'email':null}}",
               "{'licensesRevoked':{'first':1,'quantity':1,'email':null}}"});
}

TEST_CASE("once no license is free, the bound ones with the highest numbers are revoked") {
    given(world())
        .when(acme(credit("i-1", 1, "4", "0.01")))
        .then({"invoiceCredited", "licensesRevoked", "licensesRevoked", "licensesRevoked",
               "{'licensesRevoked':{'first':4,'quantity':1,'email':'ann@acme.test'}}"});
}

TEST_CASE("free licenses next to each other are revoked together") {
    given(open_acme(), product("connect"), bought("i-1", "connect", 5))
        .when(acme(credit("i-1", 1, "4", "40.00")))
        .then({"invoiceCredited", "{'licensesRevoked':{'first':2,'quantity':4}}"});
}

TEST_CASE("a credit for a wrong price revokes nothing") {
    given(world()).when(acme(credit("i-1", 1, "0", "50.00"))).then({"{'invoiceCredited':{'quantity':0}}"});
}

TEST_CASE("what a credit revoked before is not revoked again") {
    given(world(), acme(credit("i-1", 1, "2", "10.00")))
        .when(acme(credit("i-1", 1, "2", "10.00")))
        .then({"invoiceCredited", "{'licensesRevoked':{'first':1,'quantity':1}}",
               "{'licensesRevoked':{'first':4,'email':'ann@acme.test'}}"});
}

TEST_CASE("licenses whose term has ended stay expired") {
    given(two_lines(), "2020-01-02T00:00:00Z").when(acme(credit("i-1", 2, "3", "30.00"))).then({"invoiceCredited"});
    given(two_lines(), "2020-01-01T23:59:59.999999Z")
        .when(acme(credit("i-1", 2, "3", "30.00")))
        .then({"invoiceCredited", "{'licensesRevoked':{'first':4,'quantity':2}}",
               "{'licensesRevoked':{'first':3,'email':'ann@acme.test'}}"});
}

TEST_CASE("of what is revoked nothing expires, unless a part of it was left") {
    const auto noop = acme("'createQueue':{'queue':'q','kind':'call'}");
    given(two_lines(), acme(credit("i-1", 2, "3", "30.00")), "2020-01-02T00:00:00Z").when(noop).then_nothing_due();
    given(two_lines(), acme(credit("i-1", 2, "2", "20.00")), "2020-01-02T00:00:00Z")
        .when(noop)
        .then_due({"{'licensesExpired':{'line':2,'first':3,'quantity':1}}"});
}

TEST_CASE("what was revoked does not expire: each run of the others has an event, all of one commit") {
    const auto noop = acme("'createQueue':{'queue':'q','kind':'call'}");
    // Of 1 … 6 first 5 is taken back, which is the highest free one, then 3; 2, 4 and 6 are somebody's.
    const auto world = steps(open_acme(), product("connect"), registered("ann"), registered("bob"), registered("cid"),
                             bought("i-1", "connect", 6), bind(2, "ann"), bind(4, "bob"), bind(6, "cid"));
    given(world, acme(credit("i-1", 1, "1", "1.00")), acme(credit("i-1", 1, "1", "1.00")), "2021-01-01T00:00:00Z")
        .when(noop)
        .then_due({"notificationQueued", "notificationQueued", "{'licensesExpired':{'line':1,'first':1,'quantity':2}}",
                   "{'licensesExpired':{'line':1,'first':4,'quantity':1}}",
                   "{'licensesExpired':{'line':1,'first':6,'quantity':1}}"});
    given(world, acme(credit("i-1", 1, "4", "1.00")), "2021-01-01T00:00:00Z")
        .when(noop)
        .then_due({"notificationQueued", "notificationQueued", "{'licensesExpired':{'first':2,'quantity':1}}",
                   "{'licensesExpired':{'first':4,'quantity':1}}"});
}

TEST_CASE("a reversal revokes every license of the invoice that has not expired") {
    given(two_lines())
        .when(acme(reverse("i-1")))
        .then({"{'paymentReversed':{'invoice':'i-1','reason':'chargeback'}}",
               "{'licensesRevoked':{'line':1,'sku':'connect','first':2,'quantity':1,'email':null}}",
               "{'licensesRevoked':{'line':1,'first':1,'email':'ann@acme.test'}}",
               "{'licensesRevoked':{'line':2,'sku':'day','first':4,'quantity':2,'email':null}}",
               "{'licensesRevoked':{'line':2,'first':3,'email':'ann@acme.test'}}"});
    given(two_lines(), "2020-01-02T00:00:00Z")
        .when(acme(reverse("i-1")))
        .then({"paymentReversed", "{'licensesRevoked':{'line':1,'first':2}}",
               "{'licensesRevoked':{'line':1,'first':1}}"});
    given(world(), acme(credit("i-1", 1, "3", "30.00")))
        .when(acme(reverse("i-1")))
        .then({"paymentReversed", "{'licensesRevoked':{'first':4,'email':'ann@acme.test'}}",
               "{'licensesRevoked':{'first':2,'email':'bob@acme.test'}}"});
}

TEST_CASE("who lost a license by revocation may be given another of the product, and may be removed") {
    given(world(), acme(reverse("i-1")), bought("i-3", "connect", 1))
        .when(acme("'bindLicense':{'sku':'connect','email':'ann@acme.test'}"))
        .then({"{'licenseBound':{'license':6}}"});
    given(world(), acme(reverse("i-1"))).when(acme("'removeUser':{'email':'ann@acme.test'}")).then({"userRemoved"});
}

TEST_CASE("a reversed invoice is not paid again") {
    given(world(), acme(reverse("i-1")))
        .when(paid("i-1", "50.00", "b-9"))
        .then_rejected(Rule::invoice_must_be_open, {"i-1", "reversed"});
    given(world(), acme(reverse("i-1"))).when(acme(reverse("i-1"))).then_rejected(Rule::invoice_must_be_paid);
}

TEST_CASE("license_must_not_be_revoked stands before expiry and holder") {
    const auto all = steps(two_lines(), acme(credit("i-1", 2, "3", "30.00")), "2020-01-02T00:00:00Z");
    given(all).when(bind(5, "ann")).then_rejected(Rule::license_must_not_be_revoked, {"license 5", "i-1"});
    given(all)
        .when(acme("'reassignLicense':{'license':3,'email':'ann@acme.test'}"))
        .then_rejected(Rule::license_must_not_be_revoked, {"license 3"});
    given(all).when(unbind(3)).then_rejected(Rule::license_must_be_bound, {"license 3", "revoked"});
    given(all)
        .when(acme("'bindLicense':{'sku':'day','email':'boss@acme.test'}"))
        .then_rejected(Rule::no_license_available);
}

TEST_CASE("creditInvoice: rejections in order") {
    const auto all = world();
    given(all).when(acme(credit("", 1, "0", "0"))).then_rejected(Rule::value_not_allowed, {"invoice"});
    given(all)
        .when(acme("'creditInvoice':{'invoice':'i-1','amount':{'amount':'1','currency':'USD'},'reason':'r'}"))
        .then_rejected(Rule::value_not_allowed, {"line"});
    given(all)
        .when(acme("'creditInvoice':{'invoice':'i-1','line':1,'reason':'r'}"))
        .then_rejected(Rule::value_not_allowed, {"amount"});
    given(all).when(acme(credit("i-1", 1, "0", "-1.00"))).then_rejected(Rule::value_not_allowed, {"negative"});
    given(all).when(acme(credit("i-1", 1, "0", "1.001"))).then_rejected(Rule::value_not_allowed, {"finer"});
    given(all).when(acme(credit("i-1", 1, "0", "0.00"))).then_rejected(Rule::value_not_allowed, {"both 0"});
    given(all).when(acme(credit("i-1", 1, "1", "1.00", ""))).then_rejected(Rule::value_not_allowed, {"reason"});
    const auto bad = credit("i-9", 9, "9", "99.00");
    const std::string euros =
        "'creditInvoice':{'invoice':'i-9','line':9,'amount':{'amount':'1','currency':'EUR'},'reason':'r'}";
    given(all).when("{'account':'nowhere'," + boss + future + euros + "}").then_rejected(Rule::account_must_exist);
    given(all)
        .when(acme(boss + future + euros))
        .then_rejected(Rule::value_not_allowed, {"amount.currency", "EUR", "USD"});
    given(all).when(acme(boss + future + bad)).then_rejected(Rule::role_required, {"the vendor"});
    given(all).when(acme(future + bad)).then_rejected(Rule::effective_time_in_order);
    given(all).when(acme(bad)).then_rejected(Rule::invoice_must_exist, {"i-9"});
    given(all).when(acme(credit("i-2", 2, "9", "99.00"))).then_rejected(Rule::line_must_exist, {"line 2", "i-2"});
    given(all)
        .when(acme("'creditInvoice':{'invoice':'i-2','line':1,'quantity':9,'amount':{'amount':'99','currency':'USD'},"
                   "'reason':'r','dispute':1}"))
        .then_rejected(Rule::dispute_must_exist, {"dispute 1"});
    given(all)
        .when(acme(credit("i-2", 1, "9", "10.01")))
        .then_rejected(Rule::credit_must_fit, {"10.01 USD", "10.00 USD", "line 1", "i-2"});
    given(all).when(acme(credit("i-2", 1, "2", "10.00"))).then_rejected(Rule::credit_must_fit, {"2 licenses", "1"});
    given(all).when(acme(credit("i-2", 1, "1", "10.00"))).then_rejected(Rule::invoice_must_be_paid, {"i-2", "open"});
    given(all, acme("'voidInvoice':{'invoice':'i-2'}"))
        .when(acme(credit("i-2", 1, "1", "10.00")))
        .then_rejected(Rule::invoice_must_be_paid, {"void"});
}

TEST_CASE("credit_must_fit: credits together never exceed the line") {
    const auto once = steps(world(), acme(credit("i-1", 1, "4", "49.99")));
    given(once).when(acme(credit("i-1", 1, "1", "0.02"))).then_rejected(Rule::credit_must_fit, {"0.01 USD"});
    given(once).when(acme(credit("i-1", 1, "2", "0.01"))).then_rejected(Rule::credit_must_fit, {"2 licenses"});
    given(once).when(acme(credit("i-1", 1, "1", "0.01"))).then({"invoiceCredited", "{'licensesRevoked':{'first':2}}"});
}

TEST_CASE("reversePayment: rejections in order") {
    given(world()).when(acme(reverse(""))).then_rejected(Rule::value_not_allowed, {"invoice"});
    given(world()).when(acme("'reversePayment':{'invoice':'i-1'}")).then_rejected(Rule::value_not_allowed, {"reason"});
    given(world())
        .when("{'account':'nowhere'," + boss + future + reverse("i-9") + "}")
        .then_rejected(Rule::account_must_exist);
    given(world()).when(acme(boss + future + reverse("i-9"))).then_rejected(Rule::role_required);
    given(world()).when(acme(future + reverse("i-9"))).then_rejected(Rule::effective_time_in_order);
    given(world()).when(acme(reverse("i-9"))).then_rejected(Rule::invoice_must_exist, {"i-9"});
    given(world()).when(acme(reverse("i-2"))).then_rejected(Rule::invoice_must_be_paid, {"i-2"});
}

}  // namespace seatledger
