// Disputes: about which lines, for how long, whom they concern, and what ends them.
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/given.h"

namespace seatledger {
namespace {

using namespace testing;

const std::string boss = "'actor':'boss@acme.test',";
const std::string digest(64, 'a');

// i-1 was issued on 2020-01-01T00:00:00Z and has one line.
Steps world(const std::string& window = "") {
    const auto envelope = window.empty() ? "" : ",'disputeWindow':'" + window + "'";
    return steps("{'account':'acme','openAccount':{'name':'Acme','timeZone':'Europe/Lisbon'" + envelope +
                     ",'superAdmin':{'email':'boss@acme.test'}}}",
                 registered("ann"), registered("bob"), product("connect"), bought("i-1", "connect", 5));
}

std::string about_invoice(int line = 1, const std::string& claim = "we have four") {
    return "'openDispute':{'invoice':'i-1','line':" + std::to_string(line) + ",'claim':'" + claim + "'}";
}

std::string about_bill(int row, const std::string& text = "connect;5;50.00", const std::string& more = "",
                       const std::string& claim = "nobody has it") {
    return "'openDispute':{'claim':'" + claim + "','bill':{'sha256':'" + digest + "','row':" + std::to_string(row) +
           ",'text':'" + text + "'" + more + "}}";
}

std::string evidence(int dispute, const std::string& note = "a letter") {
    return "'addEvidence':{'dispute':" + std::to_string(dispute) + ",'note':'" + note + "'}";
}

std::string resolution(int dispute) {
    return "'resolveDispute':{'dispute':" + std::to_string(dispute) + ",'verdict':'upheld','note':'a seat too many'}";
}

std::string erasure(const std::string& name) { return acme("'erasePerson':{'email':'" + name + "@acme.test'}"); }

}  // namespace

TEST_CASE("a dispute is opened about a line of an invoice, or of a bill as it stands there, or of both") {
    given(world())
        .when(acme(boss + about_invoice()))
        .then({"{'actor':'boss@acme.test','via':'vendor','disputeOpened':{'dispute':1,'invoice':'i-1','line':1,"
               "'claim':'we have four','bill':null,'first':null}}"});
    given(world())
        .when(acme(about_bill(7)))
        .then({"{'actor':'vendor','disputeOpened':{'dispute':1,'invoice':null,'line':null,'claim':'nobody has it',"
               "'bill':{'sha256':'" +
               digest + "','row':7,'text':'connect;5;50.00','date':null,'layout':null},'first':null}}"});
    given(world())
        .when(acme("'openDispute':{'invoice':'i-1','line':1,'claim':'c','bill':{'sha256':'" + digest +
                   "','row':2,'text':'one\\ntwo'}}"))
        .then({"{'disputeOpened':{'invoice':'i-1','line':1,'bill':{'row':2,'text':'one\\ntwo'}}}"});
}

TEST_CASE("a second dispute on the same line is taken and points to the first") {
    const auto disputes = steps(world(), acme(about_invoice()), acme(about_bill(7)), acme(about_bill(8)));
    given(disputes).when(acme(about_invoice())).then({"{'disputeOpened':{'dispute':4,'first':1}}"});
    given(disputes).when(acme(about_bill(7))).then({"{'disputeOpened':{'dispute':4,'first':2}}"});
    given(disputes).when(acme(about_bill(9))).then({"{'disputeOpened':{'dispute':4,'first':null}}"});
    given(disputes, acme(resolution(1)), acme(about_invoice()))
        .when(acme(about_invoice()))
        .then({"{'disputeOpened':{'dispute':5,'first':1}}"});
    // The row of a bill is what is disputed, whichever invoice it is said to charge for.
    given(disputes)
        .when(acme("'openDispute':{'invoice':'i-1','line':1,'claim':'c','bill':{'sha256':'" + digest +
                   "','row':8,'text':'t'}}"))
        .then({"{'disputeOpened':{'dispute':4,'first':3}}"});
}

TEST_CASE("what a dispute is about has to be there, and its texts to be texts") {
    const auto not_allowed = [](const std::string& command, const std::vector<std::string>& mentioned) {
        given(world(), acme(about_invoice())).when(acme(command)).then_rejected(Rule::value_not_allowed, mentioned);
    };
    not_allowed("'openDispute':{'claim':'c'}", {"invoice", "bill"});
    not_allowed("'openDispute':{'invoice':'','line':1,'claim':'c'}", {"invoice"});
    not_allowed("'openDispute':{'invoice':'i-1','claim':'c'}", {"line"});
    not_allowed("'openDispute':{'line':1,'claim':'c','bill':{'sha256':'" + digest + "','row':1,'text':'t'}}", {"line"});
    not_allowed("'openDispute':{'invoice':'i-1','line':1,'claim':''}", {"claim"});
    not_allowed("'openDispute':{'claim':'c','bill':{'sha256':'" + digest + "','text':'t'}}", {"bill.row"});
    not_allowed(about_bill(1, ""), {"bill.text"});
    not_allowed(about_bill(1, "t", ",'date':'2020-02-30'"), {"bill.date"});
    not_allowed("'openDispute':{'claim':'c','bill':{'sha256':'AA','row':1,'text':'t'}}", {"bill.sha256", "64"});
    // It is not sealed, so nobody could be forgotten in it.
    not_allowed("'openDispute':{'claim':'c','bill':{'sha256':'" + digest +
                    "','row':1,'text':'t','layout':'constants email zoe@acme.test'}}",
                {"bill.layout", "address"});
    not_allowed(about_invoice(1, std::string(8'193, 'c')), {"claim", "8193"});
    not_allowed("'addEvidence':{'dispute':1}", {"note", "sha256"});
    not_allowed("'addEvidence':{'note':'n'}", {"dispute"});
    not_allowed("'addEvidence':{'dispute':1,'sha256':'b'}", {"sha256"});
    not_allowed("'resolveDispute':{'dispute':1,'verdict':''}", {"verdict"});
    not_allowed("'resolveDispute':{'dispute':1,'verdict':'v','note':''}", {"note"});
    given(world()).when(acme(about_invoice(1, std::string(8'192, 'c')))).then({"disputeOpened"});
}

TEST_CASE("the rules of a dispute are judged in the order of the page") {
    const auto before = steps(world("P30D"), acme(about_invoice()), acme(resolution(1)), "2020-03-01T00:00:00Z");
    check_order(before,
                {{Rule::invoice_must_exist, acme("'openDispute':{'invoice':'i-9','line':2,'claim':'c'}"), {"i-9"}},
                 {Rule::line_must_exist, acme(about_invoice(2)), {"line 2", "it has 1"}},
                 {Rule::dispute_too_late, acme(about_invoice()), {"P30D"}}},
                acme(about_bill(1, "t", ",'date':'2020-02-20'")));
    check_order(before,
                {{Rule::dispute_must_exist, acme(evidence(2)), {"dispute 2"}},
                 {Rule::dispute_must_be_open, acme(evidence(1)), {"dispute 1", "openDispute"}},
                 {Rule::dispute_must_exist, acme(resolution(9)), {"dispute 9"}},
                 {Rule::dispute_must_be_open, acme(resolution(1)), {"dispute 1"}}},
                acme(about_bill(1, "t", ",'date':'2020-02-20'")));
}

TEST_CASE("dispute_too_late: until the window ends, which begins with the bill's date in the account's zone") {
    // Of the invoice: 30 days after it was issued, to the microsecond.
    const auto on = [](const std::string& instant) { return steps(world("P30D"), instant); };
    given(on("2020-01-30T23:59:59.999999Z")).when(acme(about_invoice())).then({"disputeOpened"});
    given(on("2020-01-31T00:00:00Z"))
        .when(acme(about_invoice()))
        .then_rejected(Rule::dispute_too_late, {"2020-01-31T00:00:00.000000Z", "2020-01-01T00:00:00.000000Z"});
    // Of a bill of July: from midnight in Lisbon, which is an hour ahead of UTC then.
    const std::string july = ",'date':'2020-07-01'";
    given(on("2020-07-30T22:59:59.999999Z")).when(acme(about_bill(1, "t", july))).then({"disputeOpened"});
    given(on("2020-07-30T23:00:00Z"))
        .when(acme(about_bill(1, "t", july)))
        .then_rejected(Rule::dispute_too_late, {"2020-06-30T23:00:00.000000Z"});
    // The bill's own date counts where both are named.
    given(on("2020-07-30T22:59:59.999999Z"))
        .when(acme("'openDispute':{'invoice':'i-1','line':1,'claim':'c','bill':{'sha256':'" + digest +
                   "','row':1,'text':'t'" + july + "}}"))
        .then({"disputeOpened"});
    given(on("2020-01-02T00:00:00Z"))
        .when(acme(about_bill(1)))
        .then_rejected(Rule::value_not_allowed, {"bill.date", "P30D"});
    // Without a window a dispute is never too late, and needs no date.
    given(world(), "2030-01-01T00:00:00Z").when(acme(about_invoice())).then({"disputeOpened"});
    given(world(), "2030-01-01T00:00:00Z").when(acme(about_bill(1))).then({"disputeOpened"});
}

TEST_CASE("a dispute window is a time of more than nothing") {
    const auto opened = [](const std::string& window) {
        return "{'account':'new','openAccount':{'name':'New','disputeWindow':'" + window +
               "','superAdmin':{'email':'boss@acme.test'}}}";
    };
    given(world())
        .when(opened("P60D"))
        .then({"{'accountOpened':{'disputeWindow':'P60D'}}", "userRegistered", "roleGranted"});
    for (const std::string window : {"", "P0D", "sixty days", "-P1D"}) {
        CAPTURE(window);
        given(world()).when(opened(window)).then_rejected(Rule::value_not_allowed, {"disputeWindow"});
    }
}

TEST_CASE("evidence is a note, or the digest of a file, and a verdict ends the dispute and nothing else") {
    const auto open = steps(world(), acme(about_invoice()));
    given(open)
        .when(acme(boss + evidence(1)))
        .then({"{'actor':'boss@acme.test','evidenceAdded':{'dispute':1,'note':'a letter','sha256':null}}"});
    given(open)
        .when(acme("'addEvidence':{'dispute':1,'sha256':'" + digest + "'}"))
        .then({"{'evidenceAdded':{'dispute':1,'note':null,'sha256':'" + digest + "'}}"});
    given(open)
        .when(acme(resolution(1)))
        .then({"{'disputeResolved':{'dispute':1,'verdict':'upheld','note':'a seat too many'}}"});
}

TEST_CASE("a credit names the dispute that it settles, open or resolved") {
    const std::string credit =
        "'creditInvoice':{'invoice':'i-1','line':1,'quantity':1,'amount':{'amount':'10.00','currency':'USD'},"
        "'reason':'r','dispute':1}";
    given(world()).when(acme(credit)).then_rejected(Rule::dispute_must_exist, {"dispute 1"});
    given(world(), acme(about_invoice()))
        .when(acme(credit))
        .then({"{'invoiceCredited':{'dispute':1}}", "licensesRevoked"});
    given(world(), acme(about_invoice()), acme(resolution(1)))
        .when(acme(credit))
        .then({"{'invoiceCredited':{'dispute':1}}", "licensesRevoked"});
}

TEST_CASE("person_must_not_be_in_dispute: whoever acts in an open one, or is named in its texts") {
    const auto refuses = [](const Steps& steps, const std::string& name) {
        given(steps).when(erasure(name)).then_rejected(Rule::person_must_not_be_in_dispute, {"dispute 1", name});
    };
    const std::string billing = acme("'grantRole':{'email':'bob@acme.test','role':'billing'}");
    const std::string bob = "'actor':'bob@acme.test',";
    refuses(steps(world(), billing, acme(bob + about_invoice())), "bob");
    refuses(steps(world(), billing, acme(about_invoice()), acme(bob + evidence(1))), "bob");
    refuses(steps(world(), acme(about_invoice(1, "Ann (ann@acme.test) is gone"))), "ann");
    refuses(steps(world(), acme(about_bill(3, "center,ANN@acme.test,1,12.00"))), "ann");
    refuses(steps(world(), acme(about_bill(3)), acme(evidence(1, "wrote to ann@acme.test."))), "ann");
    // Also of somebody who was removed meanwhile, or before.
    refuses(steps(world(), acme(about_bill(3, "x;ann@acme.test")), acme("'removeUser':{'email':'ann@acme.test'}")),
            "ann");
    refuses(steps(world(), acme("'removeUser':{'email':'ann@acme.test'}"), acme(about_bill(3, "x;ann@acme.test"))),
            "ann");

    // Nobody else, and nobody once it is resolved.
    const auto about_ann = steps(world(), acme(about_bill(3, "x;ann@acme.test;joann@acme.test;ann@acme.test.example")));
    given(about_ann).when(erasure("bob")).then({"userRemoved", "personErased"});
    given(about_ann, acme(resolution(1))).when(erasure("ann")).then({"userRemoved", "personErased"});
    given(steps(world(), acme(about_bill(3, "x;joann@acme.test"))))
        .when(erasure("ann"))
        .then({"userRemoved", "personErased"});
    // Holding something is the rule before it.
    given(about_ann, bind(1, "ann")).when(erasure("ann")).then_rejected(Rule::user_must_hold_nothing);
}

}  // namespace seatledger
