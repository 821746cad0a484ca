// Logs that are well-formed and wrong, with all checksums made right again: the audit names each, and where it is.
#include <functional>
#include <string>
#include <vector>

#include "tests/support/audited.h"
#include "tests/support/catch.h"
#include "tests/support/forged_log.h"
#include "tests/support/given.h"
#include "tests/support/ledger_box.h"

namespace seatledger {
namespace {

using namespace testing;
using schema::Event;

constexpr std::int64_t second = 1'000'000;

// Ann has license 1 and a phone, gives both up and gets them back; Bob has license 2; all end; somebody is in a queue.
Steps story() {
    return steps(
        open_acme(), phone_product("connect", "P1M"), registered("ann"), registered("bob"), granted("bob", "admin"),
        bought("inv-1", "connect", 3), bind(1, "ann"), phone_saved("ann"), "2020-01-02T00:00:00Z",
        acme("'requestId':'r-1','bindLicense':{'license':2,'email':'bob@acme.test'}"), unbind(1), bind(1, "ann"),
        "2020-01-03T00:00:00Z", acme("'createQueue':{'queue':'help','kind':'call'}"),
        acme("'requestId':'r-2','addQueueMember':{'queue':'help','email':'ann@acme.test','role':'agent'}"),
        acme("'actor':'bob@acme.test','addQueueMember':{'queue':'help','email':'bob@acme.test','role':'supervisor'}"),
        acme("'deleteQueue':{'queue':'help'}"),
        acme("'creditInvoice':{'invoice':'inv-1','line':1,'quantity':1,'amount':{'amount':'10.00','currency':'USD'},"
             "'reason':'unused'}"),
        acme("'requestLicenses':{'sku':'connect','quantity':1}"), "2020-03-01T00:00:00Z",
        acme("'grantRole':{'email':'ann@acme.test','role':'auditor'}"));
}

struct Forgery {
    const char* name;
    std::function<std::size_t(ForgedLog&)> forge;  // gives the number of the event that is to be named
    const char* says;                              // stands in the message, or is the rule
};

std::size_t only_of(ForgedLog& log, Event::Which which, std::size_t nth) {
    for (std::size_t number = 1; number <= log.size(); ++number) {
        if (log.event(number).which() == which && nth-- == 0) return number;
    }
    FAIL("there is no such event");
    return 0;
}

const std::vector<Forgery>& forgeries() {
    static const std::vector<Forgery> all = {
        {"a bind of a bound license",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::LICENSE_BOUND, 1);
             log.event(at).getLicenseBound().setLicense(1);
             return at;
         },
         "license_must_be_available"},
        {"a bind of a license that was never issued",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::LICENSE_BOUND, 0);
             log.event(at).getLicenseBound().setLicense(77);
             return at;
         },
         "license_must_exist"},
        {"a bind to somebody who is not there",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::LICENSE_BOUND, 0);
             log.event(at).getLicenseBound().setUser(77);
             return at;
         },
         "user 77"},
        {"a bind of another product",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::LICENSE_BOUND, 0);
             log.event(at).getLicenseBound().setSku("other");
             return at;
         },
         "its sku is \"other\", and follows as \"connect\""},
        {"a payment that does not match its invoice",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::INVOICE_PAID, 0);
             log.event(at).getInvoicePaid().getAmount().setAmount(29'990'000);
             return at;
         },
         "payment_must_match"},
        {"a payment of an invoice that is not there",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::INVOICE_PAID, 0);
             log.event(at).getInvoicePaid().setInvoice("inv-2");
             return at;
         },
         "invoice_must_exist"},
        {"more licenses than were paid for",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::LICENSES_ISSUED, 0);
             log.event(at).getLicensesIssued().setQuantity(4);
             return at;
         },
         "its quantity is 4, and follows as 3"},
        {"a longer term than was paid for",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::LICENSES_ISSUED, 0);
             auto issued = log.event(at).getLicensesIssued();
             issued.setValidUntil(issued.getValidUntil() + 27 * 3'600 * second);
             return at;
         },
         "its validUntil is 2020-02-02T03:00:00.000000Z, and follows as 2020-02-01T00:00:00.000000Z"},
        {"an invoice whose total is not that of its lines",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::INVOICE_ISSUED, 0);
             log.event(at).getInvoiceIssued().getTotal().setAmount(1);
             return at;
         },
         "its total"},
        {"an expiry at the wrong instant",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::LICENSES_EXPIRED, 0);
             log.event(at).setEffectiveAt(log.event(at).getEffectiveAt() + 1);
             return at;
         },
         "falls due next in acme does so at 2020-02-01T00:00:00.000000Z"},
        {"an expiry of fewer licenses",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::LICENSES_EXPIRED, 0);
             log.event(at).getLicensesExpired().setQuantity(1);
             return at;
         },
         "its quantity is 1, and follows as 2"},
        {"an expiry that was left out",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::LICENSES_EXPIRED, 0);
             log.remove(at, at + 1);
             return at;
         },
         "falls due"},
        {"what follows from an expiry left out",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::LICENSES_EXPIRED, 0);
             log.remove(at + 1, at + 1);
             log.set_ends_commit(at, true);
             return at;
         },
         "should be followed by phoneRetained"},
        {"a bind that was left out",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::LICENSE_BOUND, 0);
             log.remove(at, at);
             return at;
         },
         "user_must_hold_phone_product"},
        {"a bind that is there twice",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::LICENSE_BOUND, 0);
             log.repeat(at, at);
             return at + 1;
         },
         "license_must_be_available"},
        {"a request that is there twice",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::LICENSE_BOUND, 1);
             log.repeat(at, at);
             return at + 1;
         },
         "request_id_reused"},
        {"another's request id",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::QUEUE_MEMBER_ADDED, 0);
             log.event(at).setRequestId("r-1");
             return at;
         },
         "request_id_reused"},
        {"a payment that is there twice",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::INVOICE_PAID, 0);
             log.repeat(at, at + 2);
             return at + 3;
         },
         "invoice_must_be_open"},
        {"a registration and a role that changed places",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::ROLE_GRANTED, 1);
             log.swap_with_next(at - 1);
             return at - 1;
         },
         "user 3, whom it names, is not there"},
        {"events of one commit that changed places",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::LICENSES_ISSUED, 0);
             log.swap_with_next(at);
             return at;
         },
         "what follows here is licensesIssued"},
        {"a commit that was cut in two",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::INVOICE_PAID, 0);
             log.set_ends_commit(at, true);
             return at;
         },
         "should be followed by licensesIssued"},
        {"two commits that were made one",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::LICENSE_BOUND, 1);
             log.set_ends_commit(at, false);
             return at + 1;
         },
         ""},
        {"a time before that of the event before",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::QUEUE_CREATED, 0);
             log.event(at).setRecordedAt(log.event(at).getRecordedAt() - 30 * 86'400 * second);
             log.event(at).setEffectiveAt(log.event(at).getRecordedAt());
             return at;
         },
         "effective_time_in_order"},
        {"an effect before that of the event before",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::QUEUE_CREATED, 0);
             log.event(at).setEffectiveAt(log.event(at).getEffectiveAt() - 30 * 86'400 * second);
             return at;
         },
         "effective_time_in_order"},
        {"an effect in the future",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::QUEUE_CREATED, 0);
             log.event(at).setEffectiveAt(log.event(at).getEffectiveAt() + 1);
             return at;
         },
         "effective_time_in_order"},
        {"somebody who may not have sent it",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::QUEUE_MEMBER_ADDED, 1);
             log.event(at).setActor(2);  // Ann, who is no administrator
             return at;
         },
         "role_required"},
        {"somebody who sent it themself, later than it was recorded",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::QUEUE_MEMBER_ADDED, 1);
             log.event(at).setViaVendor(false);
             log.event(at).setRecordedAt(log.event(at).getRecordedAt() + 1);
             return at;
         },
         "whoever sent it could only have it take effect"},
        {"the vendor with a person's number",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::QUEUE_CREATED, 0);
             log.event(at).setActor(3);
             return at;
         },
         "role_required"},
        {"what the ledger would not do by itself",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::QUEUE_CREATED, 0);
             log.event(at).setPrincipal(Event::Principal::LEDGER);
             return at;
         },
         "falls due next"},
        {"a correction of what is still to come",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::QUEUE_CREATED, 0);
             log.event(at).setCorrects(at + 1);
             return at;
         },
         "names an event that was not there yet"},
        {"a correction of another stream's event",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::QUEUE_CREATED, 0);
             log.event(at).setCorrects(only_of(log, Event::PRODUCT_DEFINED, 0));
             return at;
         },
         "names an event of another account"},
        {"an event that says another sequence",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::QUEUE_CREATED, 0);
             log.misnumber(at, at + 1);
             return at;
         },
         "it says that it is event"},
        {"an account that was never opened",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::QUEUE_CREATED, 0);
             log.event(at).setAccount("globex");
             return at;
         },
         "account_must_exist"},
        {"a phone that is kept for longer",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::PHONE_RETAINED, 0);
             auto retained = log.event(at).getPhoneRetained();
             retained.setUntil(retained.getUntil() + 1);
             return at;
         },
         "its until is"},
        {"a phone that is not restored",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::PHONE_RESTORED, 0);
             log.remove(at, at);
             log.set_ends_commit(at - 1, true);
             return at - 1;
         },
         "should be followed by phoneRestored"},
        {"a phone that was sealed with another's key",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::PHONE_SAVED, 0);
             log.event(at).getPhoneSaved().setKey(log.event(at).getPhoneSaved().getKey() - 1);
             return at;
         },
         ""},
        {"a credit of more than was paid",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::INVOICE_CREDITED, 0);
             log.event(at).getInvoiceCredited().getAmount().setAmount(31'000'000);
             return at;
         },
         "credit_must_fit"},
        {"another license revoked than has to be",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::LICENSES_REVOKED, 0);
             log.event(at).getLicensesRevoked().setFirst(2);
             return at;
         },
         "its first is 2, and follows as 3"},
        {"a queue that is deleted with somebody in it",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::QUEUE_MEMBER_REMOVED, 0);
             log.remove(at, at);
             return at;
         },
         "its user"},
        {"an order that is due later",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::LICENSES_REQUESTED, 0);
             log.event(at).getLicensesRequested().setDue(log.event(at).getLicensesRequested().getDue() + 1);
             return at;
         },
         "its due is"},
        {"a letter to somebody else",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::NOTIFICATION_QUEUED, 0);
             log.event(at).getNotificationQueued().setUser(2);
             return at;
         },
         "its user is 2, and follows as 1"},
        {"licenses out of nothing",
         [](ForgedLog& log) {
             const auto at = only_of(log, Event::INVOICE_PAID, 0);
             log.remove(at, at);
             return at;
         },
         "no command's events begin with licensesIssued"},
    };
    return all;
}

}  // namespace

TEST_CASE("each log that is well-formed and wrong is named, with the event at which it goes wrong") {
    LedgerBox box;
    box.must_happen(story());
    REQUIRE(audit(*ForgedLog(box.log()).log(), box.secrets().vault()).lines() == std::vector<std::string>());
    for (const auto& forgery : forgeries()) {
        INFO(forgery.name);
        ForgedLog log(box.log());
        const auto number = forgery.forge(log);
        const auto result = audit(*log.log(), box.secrets().vault());
        REQUIRE(result.findings.size() >= 1);
        INFO(result.lines().front());
        CHECK(result.findings.front().sequence == Sequence(number));
        CHECK(result.lines().front().find(forgery.says) != std::string::npos);
        CHECK(result.counts.events == log.size());
    }
}

TEST_CASE("of an account in which something is wrong nothing else is said, and other accounts are still judged") {
    LedgerBox box;
    const std::string other =
        "{'account':'globex','openAccount':{'name':'Globex','superAdmin':{'email':'gil@example.com'}}}";
    box.must_happen(steps(story(), other, "{'account':'globex','createQueue':{'queue':'one','kind':'call'}}"));
    ForgedLog log(box.log());
    const auto bound = only_of(log, Event::LICENSE_BOUND, 0);
    log.event(bound).getLicenseBound().setLicense(3);  // whatever comes later of license 1 is wrong then, too
    const auto queue = log.last(Event::QUEUE_CREATED);
    log.event(queue).getQueueCreated().setQueue("");
    const auto result = audit(*log.log(), box.secrets().vault());
    REQUIRE(result.findings.size() == 2);
    CHECK(result.findings[0].account == "acme");
    CHECK(result.findings[1].sequence == Sequence(queue));
    CHECK(result.findings[1].rule == Rule::value_not_allowed);
}

TEST_CASE("a term that ends an hour early is named, with the instant at which it should") {
    LedgerBox box;
    box.must_happen(story());
    ForgedLog log(box.log());
    const auto issued = only_of(log, Event::LICENSES_ISSUED, 0);
    const auto until = log.event(issued).getLicensesIssued().getValidUntil();
    for (const auto wrong : {until - 3'600 * second, until + 25 * 3'600 * second, until + 1}) {
        log.event(issued).getLicensesIssued().setValidUntil(wrong);
        const auto result = audit(*log.log(), box.secrets().vault());
        REQUIRE(!result.findings.empty());
        CHECK(result.findings[0].sequence == Sequence(issued));
        CHECK(result.findings[0].message.find("follows as " + to_rfc3339(Instant{until})) != std::string::npos);
        CHECK(result.counts.other_calendar == 0);
    }
}

TEST_CASE("terms that other time zone data ends otherwise may be counted, and followed as they were") {
    LedgerBox box;
    box.must_happen(story());
    ForgedLog log(box.log());
    const auto issued = only_of(log, Event::LICENSES_ISSUED, 0);
    const auto hour = 3'600 * second;
    log.event(issued).getLicensesIssued().setValidUntil(log.event(issued).getLicensesIssued().getValidUntil() - hour);
    const auto expired = only_of(log, Event::LICENSES_EXPIRED, 0);
    const auto result = audit(*log.log(), box.secrets().vault(), Calendar::may_have_changed);
    // What fell due did so an hour earlier, then.
    REQUIRE(result.counts.other_calendar >= 1);
    REQUIRE(result.findings.size() == 1);
    CHECK(result.findings[0].sequence < Sequence(expired).next());
}

}  // namespace seatledger
