// When things take effect, when terms end, and what happens at that very instant.
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/given.h"

namespace seatledger {
namespace {

using namespace testing;

std::string at(const std::string& instant, const std::string& body) { return acme("'at':'" + instant + "'," + body); }

// What may happen again and again.
const std::string change = "'setPassword':{'email':'boss@acme.test','password':'a good password'}";

// One license of connect that ends on 2020-01-02T00:00:00Z, bound to ann.
Steps one_day() {
    return steps(open_acme(), registered("ann"), product("connect", "P1D"), bought("i-1", "connect", 1),
                 bind(1, "ann"));
}

const std::string expired_then =
    "{'actor':'ledger','effectiveAt':'2020-01-02T00:00:00.000000Z','requestId':null,"
    "'licensesExpired':{'invoice':'i-1','line':1,'sku':'connect','first':1,'quantity':1}}";

}  // namespace

// ---- at

TEST_CASE("without at, an event takes effect now") {
    given(open_acme(), "2020-02-03T04:05:06.000007Z")
        .when(acme(change))
        .then({"{'effectiveAt':'2020-02-03T04:05:06.000007Z','recordedAt':'2020-02-03T04:05:06.000007Z'}"});
}

TEST_CASE("effective_time_in_order: at may be now, and not a microsecond later") {
    given(open_acme(), "2020-02-01T00:00:00Z").when(at("2020-02-01T00:00:00Z", change)).then({"passwordChanged"});
    given(open_acme(), "2020-02-01T00:00:00Z")
        .when(at("2020-02-01T00:00:00.000001Z", change))
        .then_rejected(Rule::effective_time_in_order, {"2020-02-01T00:00:00.000001Z", "2020-02-01T00:00:00.000000Z"});
}

TEST_CASE("effective_time_in_order: at may be the account's last instant, and not a microsecond earlier") {
    const auto world = steps(open_acme(), "2020-03-01T00:00:00Z", at("2020-02-01T00:00:00Z", change));
    given(world)
        .when(at("2020-02-01T00:00:00Z", change))
        .then({"{'effectiveAt':'2020-02-01T00:00:00.000000Z','recordedAt':'2020-03-01T00:00:00.000000Z'}"});
    given(world)
        .when(at("2020-01-31T23:59:59.999999Z", change))
        .then_rejected(Rule::effective_time_in_order,
                       {"2020-01-31T23:59:59.999999Z", "2020-02-01T00:00:00.000000Z", "acme"});
}

TEST_CASE("each account and the catalogue have a time of their own") {
    const auto world = steps(open_acme(), product("connect"), "2020-05-01T00:00:00Z",
                             "{'account':'globex','at':'2020-01-01T00:00:00Z','openAccount':{'name':'G','superAdmin':{"
                             "'email':'gil@example.com'}}}",
                             acme(change));
    given(world)
        .when("{'account':'globex','at':'2020-02-01T00:00:00Z','registerUser':{'email':'ann@example.com'}}")
        .then({"{'effectiveAt':'2020-02-01T00:00:00.000000Z'}"});
    given(world)
        .when("{'at':'2020-02-01T00:00:00Z','retireProduct':{'sku':'connect'}}")
        .then({"{'effectiveAt':'2020-02-01T00:00:00.000000Z'}"});
    given(world, "{'at':'2020-02-01T00:00:00Z','retireProduct':{'sku':'connect'}}")
        .when("{'at':'2020-01-31T00:00:00Z','changeProduct':{'sku':'connect'}}")
        .then_rejected(Rule::effective_time_in_order, {"the catalogue", "2020-02-01T00:00:00.000000Z"});
}

TEST_CASE("an account may be opened at any past instant") {
    given(open_acme())
        .when(
            "{'account':'old','at':'1850-01-01T00:00:00Z','openAccount':{'name':'O','superAdmin':{'email':"
            "'boss@acme.test'}}}")
        .then({"{'effectiveAt':'1850-01-01T00:00:00.000000Z'}", "userRegistered", "roleGranted"});
}

TEST_CASE("while an account imports, its time is the latest at, and no letter is written") {
    const auto world = steps(
        "{'account':'acme','at':'2010-01-01T00:00:00Z','openAccount':{'name':'Acme','importing':true,"
        "'superAdmin':{'email':'boss@acme.test'}}}",
        product("connect"), at("2011-01-01T00:00:00Z", change));
    given(world).when(acme(change)).then({"{'effectiveAt':'2011-01-01T00:00:00.000000Z'}"});
    given(world, invoiced("i-1", "connect", 1))
        .when(acme("'at':'2012-01-01T00:00:00Z','recordPayment':{'invoice':'i-1','reference':'b-1','amount':{'amount':"
                   "'10.00','currency':'USD'}}"))
        .then({"invoicePaid", "{'licensesIssued':{'validUntil':'2013-01-01T00:00:00.000000Z'}}"});
    given(world, invoiced("i-1", "connect", 1), paid("i-1", "10.00", "b-1"))
        .when(acme("'endImport':{}"))
        .then({"{'effectiveAt':'2020-01-01T00:00:00.000000Z','importEnded':{}}"})
        .then_due({"{'effectiveAt':'2012-01-01T00:00:00.000000Z','licensesExpired':{'first':1}}"});
    given(world, acme("'endImport':{}"), invoiced("i-1", "connect", 1))
        .when(paid("i-1", "10.00", "b-1"))
        .then(
            {"invoicePaid", "{'effectiveAt':'2020-01-01T00:00:00.000000Z','licensesIssued':{}}", "notificationQueued"});
}

TEST_CASE("only an account that imports can end it") {
    given(open_acme()).when(acme("'endImport':{}")).then_rejected(Rule::value_not_allowed, {"endImport", "acme"});
}

// ---- Terms

TEST_CASE("a term is counted in the account's zone, from the payment") {
    struct Row {
        std::string zone, payment, term, until;
    };
    const auto row = GENERATE(values<Row>({
        {"UTC", "2020-01-31T12:00:00Z", "P1M", "2020-02-29T12:00:00.000000Z"},
        {"UTC", "2019-01-31T12:00:00Z", "P1M", "2019-02-28T12:00:00.000000Z"},
        {"UTC", "2020-02-29T00:00:00Z", "P1Y", "2021-02-28T00:00:00.000000Z"},
        {"UTC", "2020-02-29T00:00:00Z", "P4Y", "2024-02-29T00:00:00.000000Z"},
        {"UTC", "2020-02-28T00:00:00Z", "P1D", "2020-02-29T00:00:00.000000Z"},
        {"UTC", "2019-12-31T23:59:59.999999Z", "P2M", "2020-02-29T23:59:59.999999Z"},
        // Over the change to summer time the local time of day stays.
        {"Europe/Berlin", "2020-03-01T11:00:00Z", "P1M", "2020-04-01T10:00:00.000000Z"},
        {"Europe/Berlin", "2020-10-01T10:00:00Z", "P1M", "2020-11-01T11:00:00.000000Z"},
        {"America/New_York", "2020-02-10T05:00:00Z", "P30D", "2020-03-11T04:00:00.000000Z"},
        // 02:30 does not exist there on 29 March, and exists twice on 25 October.
        {"Europe/Berlin", "2020-03-28T01:30:00Z", "P1D", "2020-03-29T01:00:00.000000Z"},
        {"Europe/Berlin", "2020-10-24T00:30:00Z", "P1D", "2020-10-25T00:30:00.000000Z"},
        // Hours are hours.
        {"Europe/Berlin", "2020-03-28T12:00:00Z", "PT48H", "2020-03-30T12:00:00.000000Z"},
        // In the zone it is the 31st already, or the 29th still.
        {"Pacific/Auckland", "2020-01-30T12:00:00Z", "P1M", "2020-02-28T12:00:00.000000Z"},
        {"America/New_York", "2020-03-01T04:00:00Z", "P1Y", "2021-03-01T04:00:00.000000Z"},
    }));
    CAPTURE(row.zone, row.payment, row.term);
    given("2019-01-01T00:00:00Z", open_acme(row.zone), product("connect", row.term), invoiced("i-1", "connect", 1),
          row.payment)
        .when(paid("i-1", "10.00", "b-1"))
        .then({"invoicePaid", "{'licensesIssued':{'validUntil':'" + row.until + "'}}", "notificationQueued"});
}

TEST_CASE("a term ends at its end instant: a microsecond earlier the license is there, then it is not") {
    struct Row {
        std::string zone, payment, reminded, before, end, after;
    };
    const auto row = GENERATE(values<Row>({
        {"UTC", "2020-01-31T00:00:00Z", "2020-02-25T00:00:00Z", "2020-02-28T23:59:59.999999Z", "2020-02-29T00:00:00Z",
         "2020-02-29T00:00:00.000001Z"},
        {"Europe/Berlin", "2020-03-01T11:00:00Z", "2020-03-30T00:00:00Z", "2020-04-01T09:59:59.999999Z",
         "2020-04-01T10:00:00Z", "2020-04-01T10:00:00.000001Z"},
    }));
    CAPTURE(row.zone);
    // What happens at `reminded` has the reminders that were due before.
    const auto world = steps("2020-01-01T00:00:00Z", open_acme(row.zone), registered("ann"), registered("bob"),
                             product("connect", "P1M"), row.payment, bought("i-1", "connect", 2), bind(1, "ann"),
                             row.reminded, registered("cid"));
    given(world, row.before).when(bind(2, "bob")).then_nothing_due().then({"licenseBound"});
    given(world, row.before).when(unbind(1)).then_nothing_due().then({"licenseUnbound"});
    for (const auto& instant : {row.end, row.after}) {
        const auto end = to_rfc3339(testing::instant(row.end));
        const std::vector<std::string> due = {"{'effectiveAt':'" + end +
                                              "','licensesExpired':{'first':1,'quantity':2}}"};
        given(world, instant)
            .when(bind(2, "bob"))
            .then_due(due)
            .then_rejected(Rule::license_must_not_be_expired, {end});
        given(world, instant).when(unbind(1)).then_due(due).then_rejected(Rule::license_must_be_bound, {end});
        given(world, instant)
            .when(acme("'reassignLicense':{'license':1,'email':'bob@acme.test'}"))
            .then_due(due)
            .then_rejected(Rule::license_must_not_be_expired);
        given(world, instant)
            .when(acme("'bindLicense':{'sku':'connect','email':'bob@acme.test'}"))
            .then_rejected(Rule::no_license_available);
    }
}

TEST_CASE("after a renewal the administrator binds again: a new term is new licenses") {
    const auto renewed = steps(one_day(), "2020-01-01T12:00:00Z", bought("i-2", "connect", 1));
    given(renewed).when(bind(2, "ann")).then_rejected(Rule::user_must_not_hold_product, {"license 1"});
    given(renewed, "2020-01-02T00:00:00Z").when(bind(2, "ann")).then({"{'licenseBound':{'license':2}}"});
    given(renewed, "2020-01-02T00:00:00Z")
        .when(acme("'unbindLicense':{'sku':'connect','email':'ann@acme.test'}"))
        .then_rejected(Rule::license_must_be_bound);
}

TEST_CASE("unbinding neither stops nor extends the term") {
    given(one_day(), unbind(1), "2020-01-01T23:59:59.999999Z").when(bind(1, "ann")).then({"licenseBound"});
    given(one_day(), unbind(1), "2020-01-02T00:00:00Z")
        .when(bind(1, "ann"))
        .then_rejected(Rule::license_must_not_be_expired);
}

// ---- What falls due

TEST_CASE("what fell due is recorded before the command, once, at the instant at which it fell due") {
    given(one_day(), "2020-03-01T00:00:00Z").when(acme(change)).then_due({expired_then}).then({"passwordChanged"});
    given(one_day(), "2020-03-01T00:00:00Z", acme(change))
        .when(acme(change))
        .then_nothing_due()
        .then({"passwordChanged"});
}

TEST_CASE("a command in the past meets what had fallen due by then, and no more") {
    given(one_day(), "2020-03-01T00:00:00Z")
        .when(at("2020-01-01T23:59:59.999999Z", "'unbindLicense':{'license':1}"))
        .then_nothing_due()
        .then({"{'effectiveAt':'2020-01-01T23:59:59.999999Z','licenseUnbound':{'license':1}}"});
    given(one_day(), "2020-03-01T00:00:00Z")
        .when(at("2020-01-02T00:00:00Z", "'unbindLicense':{'license':1}"))
        .then_due({expired_then})
        .then_rejected(Rule::license_must_be_bound);
}

TEST_CASE("what falls due comes in the order of its instants, and at one instant in the order of the licenses") {
    const auto line = [](const std::string& until) {
        return "{'sku':'connect','quantity':2,'validUntil':'" + until + "'}";
    };
    given(open_acme(), product("connect"),
          acme("'issueInvoice':{'invoice':'i-1','raisedBy':'boss@acme.test','lines':[" + line("2020-01-04T00:00:00Z") +
               "," + line("2020-01-03T00:00:00Z") + "," + line("2020-01-04T00:00:00Z") + "," +
               line("2020-01-05T00:00:00Z") + "]}"),
          paid("i-1", "80.00", "b-1"), "2020-01-04T00:00:00Z")
        .when(acme(change))
        .then_due(
            {"{'effectiveAt':'2020-01-03T00:00:00.000000Z','licensesExpired':{'line':2,'first':3,'quantity':2}}",
             "{'effectiveAt':'2020-01-04T00:00:00.000000Z','licensesExpired':{'line':1,'first':1,'quantity':2}}",
             "{'effectiveAt':'2020-01-04T00:00:00.000000Z','licensesExpired':{'line':3,'first':5,'quantity':2}}"});
}

TEST_CASE("what falls due in one account is not another's business") {
    given(one_day(), "{'account':'globex','openAccount':{'name':'G','superAdmin':{'email':'gil@example.com'}}}",
          "2020-03-01T00:00:00Z")
        .when("{'account':'globex','registerUser':{'email':'ann@example.com'}}")
        .then_nothing_due()
        .then({"userRegistered"});
}

TEST_CASE("a command whose time is out of order meets nothing that fell due") {
    given(one_day(), "2020-03-01T00:00:00Z")
        .when(at("2020-03-01T00:00:00.000001Z", change))
        .then_nothing_due()
        .then_rejected(Rule::effective_time_in_order);
}

}  // namespace seatledger
