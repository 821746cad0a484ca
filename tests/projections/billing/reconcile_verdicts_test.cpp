// Each verdict by a story that leads to it, and by one that nearly does.
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/given.h"
#include "tests/support/reconciled.h"

namespace seatledger::billing {
namespace {

using namespace testing;

using Rows = std::vector<std::string>;

// Monthly seats at 31.00 that are bought, 1.00 a day in months of 31 days.
Steps seats() {
    return steps(priced("seat", "P1M", "purchased", "31.00"), open_acme(), registered("ann"), registered("bob"));
}
Steps daily_seats() {
    return steps(priced("seat", "P1M", "assigned", "31.00"), open_acme(), registered("ann"), registered("bob"));
}

constexpr auto jan = "2020-01-01";
constexpr auto feb = "2020-02-01";
constexpr auto mar = "2020-03-01";
constexpr auto apr = "2020-04-01";

// Ten of them in March.
Steps ten_in_march() { return steps(seats(), bought_at("2020-03-01T00:00:00Z", "i", "seat", 10, "310.00")); }

std::string only(const Reconciled& done) {
    REQUIRE(done.messages.size() == 1);
    return done.messages[0];
}

void check_mentions(const std::string& text, const std::vector<std::string>& parts) {
    INFO(text);
    for (const auto& part : parts) {
        INFO(part);
        CHECK(contains(text, part));
    }
}

}  // namespace

TEST_CASE("what was bought and is billed for its term at its price is correct") {
    const Audit audit(ten_in_march());
    const auto done = audit.reconciled({at_price(charge("seat", "10", mar, apr, "310.00"), "31.00")});
    CHECK(done.rows() == Rows{"2 correct match 310.00 0.00"});
    CHECK(audit.because(done.verdicts[0]) == Rows{"invoiceIssued", "invoicePaid", "licensesIssued"});
    CHECK(only(done) == "The ledger has 10 seats of \"seat\" from 2020-03-01 to 2020-03-31, at 310.00 USD.");
    // In parts as well, by days or by seats.
    CHECK(audit.rows({charge("seat", "4", mar, apr, "124.00"), charge("seat", "6", mar, apr, "186.00")}) ==
          Rows{"2 correct match 124.00 0.00", "3 correct match 186.00 0.00"});
    CHECK(audit.rows(
              {charge("seat", "10", mar, "2020-03-11", "100.00"), charge("seat", "10", "2020-03-11", apr, "210.00")}) ==
          Rows{"2 correct match 100.00 0.00", "3 correct match 210.00 0.00"});
}

TEST_CASE("not_in_ledger: no such product, nothing of it, no such invoice, an invoice without it") {
    const Audit audit(steps(priced("other", "P1M", "purchased", "5.00"), priced("third", "P1M", "assigned", "5.00"),
                            priced("center", "P1M", "membership", "5.00"), ten_in_march(), invoiced("o", "other", 1)));
    const auto done = audit.reconciled({charge("none", "1", mar, apr, "31.00"), charge("third", "1", mar, apr, "5.00"),
                                        charge("center", "1", mar, apr, "5.00"),
                                        of_invoice(charge("seat", "10", mar, apr, "310.00"), "x"),
                                        of_invoice(charge("seat", "10", mar, apr, "310.00"), "o"),
                                        of_invoice(charge("seat", "10", mar, apr, "310.00"), "i")});
    CHECK(done.rows() == Rows{"2 not_in_ledger match 0.00 31.00", "3 not_in_ledger match 0.00 5.00",
                              "4 not_in_ledger match 0.00 5.00", "5 not_in_ledger match 0.00 310.00",
                              "6 not_in_ledger match 0.00 310.00", "7 correct match 310.00 0.00"});
    check_mentions(done.messages[0], {"no product \"none\""});
    check_mentions(done.messages[1], {"never had anything of \"third\""});
    check_mentions(done.messages[2], {"nobody was ever in a queue"});
    check_mentions(done.messages[3], {"no invoice \"x\""});
    check_mentions(done.messages[4], {"\"o\" has no line for \"seat\""});
    const std::vector<Rows> because = {{}, {"productDefined"}, {"productDefined"}, {}, {"invoiceIssued"}};
    for (std::size_t i = 0; i < because.size(); ++i) CHECK(audit.because(done.verdicts[i]) == because[i]);
}

TEST_CASE("unknown_seat: a license or a person that the account has not, or not of that product") {
    const Audit audit(steps(priced("other", "P1M", "purchased", "5.00"), ten_in_march(), bind(1, "ann"),
                            bought_at("2020-03-01T00:00:00Z", "o", "other", 1, "5.00")));
    const auto one = charge("seat", "1", mar, apr, "31.00");
    const auto done =
        audit.reconciled({of_license(one, 99), of_license(one, 0), of_license(one, 11), of_person(one, "nobody"),
                          of_person(one, "bob"), of_license(one, 2), of_person(one, "ann")});
    auto rows = done.rows();
    rows.resize(7);
    CHECK(rows == Rows{"2 unknown_seat match 0.00 31.00", "3 unknown_seat match 0.00 31.00",
                       "4 unknown_seat match 0.00 31.00", "5 unknown_seat match 0.00 31.00",
                       "6 unknown_seat match 0.00 31.00", "7 correct match 31.00 0.00", "8 correct match 31.00 0.00"});
    check_mentions(done.messages[0], {"no license 99"});
    check_mentions(done.messages[2], {"License 11 is of another product"});
    check_mentions(done.messages[3], {"nobody@acme.test"});
    check_mentions(done.messages[4], {"bob@acme.test never had a license of \"seat\""});
    CHECK(audit.because(done.verdicts[0]).empty());
    CHECK(audit.because(done.verdicts[2]) == Rows{"invoiceIssued", "invoicePaid", "licensesIssued"});
    CHECK(audit.because(done.verdicts[4]) == Rows{"userRegistered"});
}

TEST_CASE("duplicate: the same charge twice, unless there are seats for both, or a refund between them") {
    const Audit audit(ten_in_march());
    const auto line = at_price(charge("seat", "10", mar, apr, "310.00"), "31.00");
    const auto done = audit.reconciled({line, line});
    CHECK(done.rows() == Rows{"2 correct match 310.00 0.00", "3 duplicate match 0.00 310.00"});
    CHECK(done.verdicts[1].of_line == 2);
    CHECK(audit.because(done.verdicts[1]) == Rows{"invoiceIssued", "invoicePaid", "licensesIssued"});
    check_mentions(done.messages[1], {"line 2 once more"});
    // With another unit price or id of an invoice it is no copy, but there is nothing left for it either.
    CHECK(audit.rows({line, at_price(line, "30.00")})[1] == "3 wrong_quantity match 0.00 310.00");
    CHECK(audit.rows({line, charge("seat", "-10", mar, apr, "-310.00"), line}) ==
          Rows{"2 correct match 310.00 0.00", "3 correct match -310.00 0.00", "4 correct match 310.00 0.00"});
    // Two lots of five are no copies, and the third five are one.
    const Audit twice(steps(seats(), bought_at("2020-03-01T00:00:00Z", "i", "seat", 5, "155.00"),
                            bought_at("2020-03-01T00:00:00Z", "j", "seat", 5, "155.00")));
    const auto five = charge("seat", "5", mar, apr, "155.00");
    CHECK(twice.rows({five, five, five}) ==
          Rows{"2 correct match 155.00 0.00", "3 correct match 155.00 0.00", "4 duplicate match 0.00 155.00"});
    const auto license = of_license(charge("seat", "1", mar, apr, "31.00"), 1);
    CHECK(audit.rows({license, license})[1] == "3 duplicate match 0.00 31.00");
}

TEST_CASE("billed_before_payment: days before the payment, or without any") {
    const Audit audit(steps(seats(), "2020-02-20T00:00:00Z", invoiced("i", "seat", 10), "2020-03-11T15:00:00Z",
                            paid("i", "310.00", "b")));
    // The term is 31 days from the 11th, and the first ten days of March are nobody's.
    const auto done = audit.reconciled({charge("seat", "10", mar, "2020-04-11", "410.00")});
    CHECK(done.rows() == Rows{"2 billed_before_payment match 310.00 100.00"});
    CHECK(audit.because(done.verdicts[0]) == Rows{"invoiceIssued", "invoicePaid", "licensesIssued"});
    CHECK(to_text(done.verdicts[0].conceded, 2) == "310.00");
    check_mentions(only(done), {"invoice \"i\"", "began on 2020-03-11", "410 seat-days", "has 310 and lacks 100"});
    CHECK(audit.rows({charge("seat", "10", "2020-03-11", "2020-04-11", "310.00")}) ==
          Rows{"2 correct match 310.00 0.00"});
    // One seat too many has another reason.
    CHECK(audit.reconciled({charge("seat", "11", "2020-03-11", "2020-04-11", "341.00")}).rows() ==
          Rows{"2 wrong_quantity match 310.00 31.00"});
    const Audit unpaid(steps(seats(), "2020-02-20T00:00:00Z", invoiced("i", "seat", 10)));
    const auto open = unpaid.reconciled({charge("seat", "10", mar, apr, "310.00")});
    CHECK(open.rows() == Rows{"2 billed_before_payment match 0.00 310.00"});
    check_mentions(only(open), {"\"i\" for 10 seats", "is not paid"});
    const Audit was_void(
        steps(seats(), "2020-02-20T00:00:00Z", invoiced("i", "seat", 10), acme("'voidInvoice':{'invoice':'i'}")));
    CHECK(was_void.rows({charge("seat", "10", mar, apr, "310.00")}) == Rows{"2 wrong_quantity match 0.00 310.00"});
}

TEST_CASE("billed_before_payment: a license that its line names") {
    const Audit audit(ten_in_march());
    const auto row = [&](const char* from) {
        return audit.rows({of_license(charge("seat", "1", from, apr, "41.00"), 3)})[0];
    };
    CHECK(row("2020-02-20") == "2 billed_before_payment match 31.00 10.00");
    CHECK(row(mar) == "2 wrong_price mismatch 31.00 10.00");
}

TEST_CASE("not_delivered_in_48h: an order that was late") {
    const auto order =
        steps(seats(), acme("'addCard':{'token':'tok_1','last4':'4242','expires':'2030-12'}"), "2020-03-01T10:00:00Z",
              "{'account':'acme','actor':'boss@acme.test','requestLicenses':{'sku':'seat','quantity':10}}");
    const auto line = charge("seat", "10", mar, apr, "310.00");
    const Audit waiting(steps(order, "2020-03-04T10:00:00Z", registered("cy")));
    const auto done = waiting.reconciled({line});
    CHECK(done.rows() == Rows{"2 not_delivered_in_48h match 0.00 310.00"});
    check_mentions(only(done), {"Order 1", "requested on 2020-03-01", "by 2020-03-03", "nothing was delivered"});
    // In time: it is not paid yet, but nothing is late.
    const Audit in_time(steps(order, "2020-03-02T10:00:00Z", registered("cy")));
    CHECK(in_time.rows({line}) == Rows{"2 wrong_quantity match 0.00 310.00"});
    const Audit late(steps(order, "2020-03-05T10:00:00Z", acme("'fulfillOrder':{'order':1,'invoice':'o'}"),
                           "2020-03-11T10:00:00Z", paid("o", "310.00", "b")));
    const auto longer = charge("seat", "10", mar, "2020-04-11", "410.00");
    const auto came_late = late.reconciled({longer});
    CHECK(came_late.rows() == Rows{"2 not_delivered_in_48h match 310.00 100.00"});
    check_mentions(only(came_late), {"Order 1", "began on 2020-03-11"});
    const Audit raised(steps(order, "2020-03-02T10:00:00Z", acme("'fulfillOrder':{'order':1,'invoice':'o'}"),
                             "2020-03-11T10:00:00Z", paid("o", "310.00", "b")));
    CHECK(raised.rows({longer}) == Rows{"2 billed_before_payment match 310.00 100.00"});
    // To the instant.
    const auto raised_at = [&](const char* at) {
        return Audit(steps(order, at, acme("'fulfillOrder':{'order':1,'invoice':'o'}"), "2020-03-11T10:00:00Z",
                           paid("o", "310.00", "b")))
            .rows({longer});
    };
    CHECK(raised_at("2020-03-03T09:59:59.999999Z") == Rows{"2 billed_before_payment match 310.00 100.00"});
    CHECK(raised_at("2020-03-03T10:00:00Z") == Rows{"2 not_delivered_in_48h match 310.00 100.00"});
}

TEST_CASE("billed_after_revocation: days after a credit or a reversed payment") {
    const Audit audit(steps(ten_in_march(), "2020-03-11T12:00:00Z", credited("i", 2, "42.00")));
    // The day on which they were revoked is the last one.
    const auto done = audit.reconciled({charge("seat", "10", mar, apr, "310.00")});
    CHECK(done.rows() == Rows{"2 billed_after_revocation match 270.00 40.00"});
    check_mentions(only(done), {"License 9", "revoked on 2020-03-11", "credited"});
    CHECK(audit.because(done.verdicts[0]) ==
          Rows{"invoiceIssued", "invoicePaid", "licensesIssued", "invoiceCredited", "licensesRevoked"});
    // What is given back in the same bill is no longer at issue.
    CHECK(audit.rows({charge("seat", "10", mar, apr, "310.00"), charge("seat", "-2", "2020-03-12", apr, "-40.00")}) ==
          Rows{"2 correct match 310.00 0.00", "3 correct match -40.00 0.00"});
    CHECK(audit.rows({charge("seat", "8", mar, apr, "248.00"), charge("seat", "2", mar, "2020-03-12", "22.00")}) ==
          Rows{"2 correct match 248.00 0.00", "3 correct match 22.00 0.00"});
    CHECK(audit.rows({of_license(charge("seat", "1", mar, apr, "31.00"), 10)})[0] ==
          "2 billed_after_revocation match 11.00 20.00");
    CHECK(audit.rows({of_license(charge("seat", "1", mar, apr, "31.00"), 8)})[0] == "2 correct match 31.00 0.00");
    const Audit reversed(
        steps(ten_in_march(), "2020-03-11T12:00:00Z", acme("'reversePayment':{'invoice':'i','reason':'r'}")));
    const auto back = reversed.reconciled({charge("seat", "10", mar, apr, "310.00")});
    CHECK(back.rows() == Rows{"2 billed_after_revocation match 110.00 200.00"});
    check_mentions(only(back), {"its payment was reversed"});
}

TEST_CASE("billed_after_expiry: days after the term, as many seats as went with it") {
    const Audit audit(steps(ten_in_march(), bought_at("2020-04-01T00:00:00Z", "j", "seat", 8, "248.00")));
    const auto may = "2020-05-01";
    const auto done = audit.reconciled({charge("seat", "10", apr, may, "310.00")});
    CHECK(done.rows() == Rows{"2 billed_after_expiry match 248.00 62.00"});
    check_mentions(only(done), {"The term of 10 seats of invoice \"i\" ended with 2020-03-31", "lacks 60"});
    CHECK(audit.rows({charge("seat", "8", apr, may, "248.00")}) == Rows{"2 correct match 248.00 0.00"});
    // Seats beyond those that ended have nothing to do with that.
    const auto more = audit.reconciled({charge("seat", "12", apr, may, "372.00")});
    CHECK(more.rows() == Rows{"2 billed_after_expiry match 248.00 124.00"});
    REQUIRE(more.verdicts[0].details.deficits.size() == 2);
    CHECK(more.verdicts[0].details.deficits[0].seat_days == 60);
    CHECK(more.verdicts[0].details.deficits[1].seat_days == 60);
    // A term that ended longer ago than a term before is forgotten, unless the line names the seat.
    CHECK(audit.rows({charge("seat", "10", "2020-07-01", "2020-08-01", "310.00")}) ==
          Rows{"2 wrong_quantity match 0.00 310.00"});
    CHECK(audit.rows({of_license(charge("seat", "1", "2020-07-01", "2020-08-01", "31.00"), 3)})[0] ==
          "2 billed_after_expiry match 0.00 31.00");
    // Renewed in full, what is too much is too much.
    const Audit renewed(steps(ten_in_march(), bought_at("2020-04-01T00:00:00Z", "j", "seat", 10, "310.00")));
    CHECK(renewed.rows({charge("seat", "12", apr, may, "372.00")}) == Rows{"2 wrong_quantity match 310.00 62.00"});
}

TEST_CASE("billed_after_unbind: assigned seats that somebody had and nobody has") {
    const Audit audit(steps(daily_seats(), bought_at("2020-03-01T00:00:00Z", "i", "seat", 2, "62.00"), bind(1, "ann"),
                            bind(2, "bob"), "2020-03-11T12:00:00Z", unbind(1)));
    const auto done = audit.reconciled({charge("seat", "2", mar, apr, "62.00")});
    CHECK(done.rows() == Rows{"2 billed_after_unbind match 42.00 20.00"});
    check_mentions(only(done), {"License 1 was taken from ann@acme.test on 2020-03-11"});
    CHECK(audit.rows({charge("seat", "1", mar, apr, "31.00"), charge("seat", "1", mar, "2020-03-12", "11.00")}) ==
          Rows{"2 correct match 31.00 0.00", "3 correct match 11.00 0.00"});
    const auto one = charge("seat", "1", mar, apr, "31.00");
    const auto named = audit.reconciled({of_license(one, 1), of_license(one, 2)});
    CHECK(named.rows() == Rows{"2 billed_after_unbind match 11.00 20.00", "3 correct match 31.00 0.00"});
    CHECK(audit.rows({of_person(one, "ann"), of_person(one, "bob")}) ==
          Rows{"2 billed_after_unbind match 11.00 20.00", "3 correct match 31.00 0.00"});
    // Before anybody had it, it is no more than the wrong number of seats.
    const Audit later(steps(daily_seats(), bought_at("2020-03-01T00:00:00Z", "i", "seat", 1, "31.00"),
                            "2020-03-11T12:00:00Z", bind(1, "ann")));
    CHECK(later.rows({of_license(one, 1)}) == Rows{"2 wrong_quantity match 21.00 10.00"});
    CHECK(later.rows({one}) == Rows{"2 wrong_quantity match 21.00 10.00"});
}

TEST_CASE("under purchase a seat that nobody has is correct, and the message says why") {
    const Audit audit(steps(ten_in_march(), bind(1, "ann"), bind(2, "bob"), "2020-03-11T12:00:00Z", unbind(1)));
    const auto one = charge("seat", "1", mar, apr, "31.00");
    const auto done =
        audit.reconciled({of_license(one, 1), of_license(one, 2), of_license(one, 3), of_person(one, "bob")});
    CHECK(done.rows()[0] == "2 correct match 31.00 0.00");
    check_mentions(done.messages[0], {"license 1 was unbound from ann@acme.test on 2020-03-11",
                                      "the term runs whoever is bound; unbinding neither stops nor shortens it"});
    CHECK_FALSE(contains(done.messages[1], "unbinding"));
    check_mentions(done.messages[2], {"nobody has license 3", "unbinding neither stops nor shortens it"});
    CHECK(audit.rows({of_person(one, "ann")})[0] == "2 correct match 31.00 0.00");
}

namespace {

Steps center() {
    return steps(priced("center", "P1M", "membership", "31.00"), priced("seat", "P1Y", "purchased", "12.00"),
                 open_acme(), registered("ann"), registered("bob"),
                 acme("'createQueue':{'queue':'calls','kind':'outbound'}"), "2020-02-01T00:00:00Z",
                 invoiced("i", "seat", 2), paid("i", "24.00", "b"), bind(1, "ann"), bind(2, "bob"),
                 joins("calls", "ann", "supervisor"), joins("calls", "bob"));
}

}  // namespace

TEST_CASE("still_in_queue: in a queue, and without a license that they had before") {
    const auto line = charge("center", "2", mar, apr, "62.00");
    const Audit audit(steps(center(), "2020-03-11T12:00:00Z", unbind(1), "2020-04-02T00:00:00Z"));
    const auto done = audit.reconciled({line});
    CHECK(done.rows()[0] == "2 still_in_queue match 62.00 0.00");
    CHECK(done.verdicts[0].details.persons == 1);
    check_mentions(done.messages[0],
                   {"ann@acme.test had no license from 2020-03-12 on", "a supervisor of outbound queue \"calls\"",
                    "since 2020-02-01", "super admin", "admin", "vendor"});
    const auto one = charge("center", "1", mar, apr, "31.00");
    const auto named = audit.reconciled({of_person(one, "ann"), of_person(one, "bob")});
    CHECK(named.rows()[0] == "2 still_in_queue match 31.00 0.00");
    CHECK(named.rows()[1] == "3 correct match 31.00 0.00");
    // As long as they have one, it is just what it costs; and so for who never had any.
    CHECK(Audit(center()).rows({line})[0] == "2 correct match 62.00 0.00");
    CHECK(audit.rows({charge("center", "2", "2020-02-01", mar, "62.00")})[0] == "2 correct match 62.00 0.00");
    CHECK(Audit(steps(center(), joins("calls", "boss"))).rows({charge("center", "3", mar, apr, "93.00")})[0] ==
          "2 correct match 93.00 0.00");
    // In a queue and billed too much, it is not the queue alone.
    CHECK(audit.rows({charge("center", "2", mar, apr, "70.00")})[0] == "2 still_in_queue mismatch 62.00 8.00");
    // Of two verdicts that hold it is the first; what else is wrong is said as well.
    const auto both = audit.reconciled({charge("center", "3", mar, apr, "93.00")});
    CHECK(both.rows()[0] == "2 still_in_queue match 62.00 31.00");
    check_mentions(both.messages[0], {"ann@acme.test had no license", "93 seat-days", "has 62 and lacks 31"});
}

TEST_CASE("billed_after_unbind: days after somebody left their last queue") {
    const Audit audit(steps(center(), "2020-03-11T12:00:00Z", leaves("calls", "ann"), "2020-04-02T00:00:00Z"));
    const auto done = audit.reconciled({charge("center", "2", mar, apr, "62.00")});
    CHECK(done.rows() == Rows{"2 billed_after_unbind match 42.00 20.00"});
    check_mentions(only(done), {"ann@acme.test left their last queue, outbound queue \"calls\", on 2020-03-11"});
    const auto one = charge("center", "1", mar, apr, "31.00");
    CHECK(audit.rows({of_person(one, "ann"), of_person(one, "bob")}) ==
          Rows{"2 billed_after_unbind match 11.00 20.00", "3 correct match 31.00 0.00"});
    // From one queue to another they are in one all the time; and who was never in one is no seat.
    const Audit moved(steps(center(), acme("'createQueue':{'queue':'mail','kind':'inbox'}"), "2020-03-11T12:00:00Z",
                            joins("mail", "ann"), leaves("calls", "ann")));
    CHECK(moved.rows({of_person(one, "ann"), of_person(one, "bob")}) ==
          Rows{"2 correct match 31.00 0.00", "3 correct match 31.00 0.00"});
    CHECK(moved.rows({charge("center", "3", mar, apr, "93.00")}) == Rows{"2 wrong_quantity match 62.00 31.00"});
    CHECK(moved.rows({of_person(one, "boss")})[0] == "2 unknown_seat match 0.00 31.00");
}

TEST_CASE("what somebody had long ago is known, whatever became of the license and whatever they had since") {
    LedgerBox box;
    box.must_happen(steps(priced("seat", "P1Y", "assigned", "366.00"), priced("month", "P1M", "assigned", "31.00"),
                          open_acme(), registered("ann"), registered("bob"),
                          bought_at("2020-01-01T00:00:00Z", "i", "seat", 2, "732.00"),
                          bought_at("2020-01-01T01:00:00Z", "j", "month", 1, "31.00"), "2020-01-10T00:00:00Z",
                          bind(1, "boss"), "2020-01-12T00:00:00Z", unbind(1), "2020-01-20T00:00:00Z", bind(3, "boss"),
                          "2020-01-25T00:00:00Z", unbind(3), bind(1, "ann"), "2020-01-27T00:00:00Z", unbind(1),
                          "2020-02-03T00:00:00Z", bind(1, "bob"), "2020-04-01T00:00:00Z"));
    const auto boss = of_person(charge("seat", "1", mar, apr, "31.00"), "boss");
    const Audit march(box, Window{day(mar), day("2020-03-31")}), always(box);
    for (const auto* audit : {&always, &march}) {
        const auto done = audit->reconciled({boss});
        CHECK(done.rows()[0] == "2 billed_after_unbind match 0.00 31.00");
        check_mentions(done.messages[0], {"License 1 was taken from boss@acme.test on 2020-01-12"});
        CHECK(audit->because(done.verdicts[0]) == always.because(always.reconciled({boss}).verdicts[0]));
    }
    CHECK(march.history().last_before_window(UserId(1), SkuNumber(1)) != nullptr);
    CHECK(march.history().last_before_window(UserId(1), SkuNumber(3)) == nullptr);
    CHECK(always.history().last_before_window(UserId(1), SkuNumber(1)) == nullptr);
}

TEST_CASE("term_shortened: the price of a whole term for some of its days") {
    const Audit audit(ten_in_march());
    const auto done = audit.reconciled({charge("seat", "10", mar, "2020-03-21", "310.00")});
    CHECK(done.rows() == Rows{"2 term_shortened mismatch 200.00 110.00"});
    check_mentions(only(done), {"20 days", "31 days, from 2020-03-01 to 2020-03-31"});
    CHECK(audit.rows({charge("seat", "10", mar, "2020-03-21", "200.00")}) == Rows{"2 correct match 200.00 0.00"});
    // A day is how somebody else counts; and so is no price at all one of a term.
    CHECK(audit.rows({charge("seat", "10", mar, "2020-03-31", "310.00")}) ==
          Rows{"2 correct explained_by_day_count 310.00 0.00"});
    CHECK(audit.rows({charge("seat", "10", mar, "2020-03-21", "309.00")}) ==
          Rows{"2 wrong_price mismatch 200.00 109.00"});
    // Of two verdicts that hold it is the first; what else is wrong is said as well.
    const auto both = audit.reconciled({charge("seat", "12", mar, "2020-03-21", "372.00")});
    CHECK(both.rows() == Rows{"2 term_shortened mismatch 200.00 172.00"});
    check_mentions(only(both), {"20 days", "240 seat-days", "has 200 and lacks 40"});
    CHECK(audit.rows({charge("seat", "12", mar, "2020-03-21", "240.00")}) ==
          Rows{"2 wrong_quantity match 200.00 40.00"});
}

TEST_CASE("wrong_quantity: more than there are, or fewer in lines of just their term") {
    const Audit audit(ten_in_march());
    const auto more = audit.reconciled({charge("seat", "12", mar, apr, "372.00")});
    CHECK(more.rows() == Rows{"2 wrong_quantity match 310.00 62.00"});
    check_mentions(only(more), {"2 seats more", "372 seat-days", "has 310 and lacks 62"});
    const auto fewer =
        audit.reconciled({charge("seat", "5", mar, apr, "155.00"), charge("seat", "3", mar, apr, "93.00")});
    CHECK(fewer.rows() == Rows{"2 correct match 155.00 0.00", "3 wrong_quantity match 155.00 -62.00"});
    CHECK(to_text(fewer.verdicts[1].conceded, 2) == "93.00");
    check_mentions(fewer.messages[1], {"2 seats of \"seat\" more from 2020-03-01 to 2020-03-31"});
    // Lines for some of the days say nothing of the others.
    CHECK(audit.rows({charge("seat", "5", mar, "2020-03-11", "50.00")}) == Rows{"2 correct match 50.00 0.00"});
    // What the first line took is not there for the second.
    CHECK(audit.rows({charge("seat", "6", mar, apr, "186.00"), charge("seat", "6", mar, "2020-03-11", "60.00")}) ==
          Rows{"2 correct match 186.00 0.00", "3 wrong_quantity match 40.00 20.00"});
    // By invoice.
    const Audit two(steps(ten_in_march(), bought_at("2020-03-01T00:00:00Z", "j", "seat", 5, "155.00")));
    CHECK(two.rows({of_invoice(charge("seat", "10", mar, apr, "310.00"), "i"),
                    of_invoice(charge("seat", "6", mar, apr, "186.00"), "j")}) ==
          Rows{"2 correct match 310.00 0.00", "3 wrong_quantity match 155.00 31.00"});
    CHECK(two.rows({of_invoice(charge("seat", "8", mar, apr, "248.00"), "i"),
                    of_invoice(charge("seat", "5", mar, apr, "155.00"), "j")}) ==
          Rows{"2 wrong_quantity match 310.00 -62.00", "3 correct match 155.00 0.00"});
    CHECK(two.rows({of_invoice(charge("seat", "10", mar, apr, "310.00"), "i")}) ==
          Rows{"2 correct match 310.00 0.00", "not_billed 155.00"});
}

TEST_CASE("wrong_price: the days and seats are right, and the price is of another version, or of none") {
    const auto changed = "{'changeProduct':{'sku':'seat','unitPrice':{'amount':'40.00','currency':'USD'}}}";
    const Audit audit(steps(ten_in_march(), changed));
    const auto done = audit.reconciled({at_price(charge("seat", "10", mar, apr, "400.00"), "40.00")});
    CHECK(done.rows() == Rows{"2 wrong_price mismatch 310.00 90.00"});
    const auto& details = done.verdicts[0].details;
    CHECK(to_text(*details.price_in_force, 2) == "31.00");
    CHECK(details.price_since == Sequence(1));
    CHECK(details.billed_price_of > details.price_copied);
    check_mentions(only(done), {"in force was 31.00 USD", "event 1", "billed was 40.00 USD", "the price of event "});
    // Without a price, the amount has one in it.
    CHECK(audit.rows({charge("seat", "10", mar, apr, "400.00")}) == Rows{"2 wrong_price mismatch 310.00 90.00"});
    CHECK(audit.rows({charge("seat", "10", mar, apr, "305.00")}) == Rows{"2 wrong_price mismatch 310.00 -5.00"});
    // The price is right, for the term or for the days, and the amount does not follow from it.
    const auto off = audit.reconciled({at_price(charge("seat", "10", mar, apr, "400.00"), "31.00")});
    CHECK(off.rows() == Rows{"2 correct mismatch 310.00 90.00"});
    check_mentions(only(off), {"does not follow from its own seats, days and price"});
    CHECK(audit.rows({at_price(charge("seat", "10", mar, "2020-03-11", "101.00"), "10.00")}) ==
          Rows{"2 correct mismatch 100.00 1.00"});
    // The amount is right, whatever stands beside it.
    CHECK(audit.rows({at_price(charge("seat", "10", mar, apr, "310.00"), "40.00")}) ==
          Rows{"2 correct match 310.00 0.00"});
    // The newer price is the right one of what was bought by it.
    const Audit after(steps(seats(), changed, bought_at("2020-03-01T00:00:00Z", "i", "seat", 10, "400.00")));
    CHECK(after.rows({at_price(charge("seat", "10", mar, apr, "400.00"), "40.00")}) ==
          Rows{"2 correct match 400.00 0.00"});
}

TEST_CASE("arithmetic: another rounding or count of days explains an amount, and names itself") {
    const Audit audit(steps("2018-01-01T00:00:00Z", priced("seat", "P1M", "purchased", "4.00"), open_acme(),
                            bought_at("2018-02-13T00:00:00Z", "i", "seat", 1, "4.00")));
    const auto done = audit.reconciled({charge("seat", "1", "2018-03-01", "2018-03-13", "1.72")});
    CHECK(done.rows() == Rows{"2 correct explained_by_rounding 1.72 0.00"});
    CHECK(done.verdicts[0].roundings == std::vector{Rounding::daily_3dp});
    check_mentions(only(done), {"daily-3dp"});
    CHECK(audit.rows({charge("seat", "1", "2018-03-01", "2018-03-13", "1.72")}, {Rounding::daily_3dp, false}) ==
          Rows{"2 correct match 1.72 0.00"});
    CHECK(audit.rows({charge("seat", "1", "2018-03-01", "2018-03-13", "1.73")}) ==
          Rows{"2 wrong_price mismatch 1.71 0.02"});
}

TEST_CASE("not_billed: what begins in the days of the bill and no line touches, or is used and not claimed") {
    const Audit audit(steps(ten_in_march(), bought_at("2020-03-05T00:00:00Z", "j", "seat", 3, "93.00"),
                            bought_at("2020-04-01T00:00:00Z", "k", "seat", 3, "93.00")));
    const auto done = audit.reconciled({charge("seat", "10", mar, apr, "310.00")});
    CHECK(done.rows() == Rows{"2 correct match 310.00 0.00", "not_billed 93.00"});
    check_mentions(done.messages[1], {"3 seats of \"seat\" of invoice \"j\"", "93.00 USD"});
    CHECK(to_text(done.verdicts[1].at_issue, 2) == "-93.00");
    CHECK(to_text(done.verdicts[1].conceded, 2) == "0.00");
    CHECK(audit.rows({billed_in(charge("seat", "10", mar, apr, "310.00"), mar, "2020-04-02")}).size() == 3);
    CHECK(audit.rows({billed_in(charge("seat", "10", mar, apr, "310.00"), mar, "2020-03-04")}).size() == 1);
    // By seats where the bill names them.
    const Audit assigned(steps(daily_seats(), bought_at("2020-03-01T00:00:00Z", "i", "seat", 3, "93.00"),
                               bind(1, "ann"), bind(2, "bob")));
    const auto one = charge("seat", "1", mar, apr, "31.00");
    const auto by_seat = assigned.reconciled({of_license(one, 1)});
    CHECK(by_seat.rows() == Rows{"2 correct match 31.00 0.00", "not_billed 31.00"});
    check_mentions(by_seat.messages[1], {"license 2", "bob@acme.test", "31 days"});
    CHECK(assigned.rows({of_person(one, "ann")}) == Rows{"2 correct match 31.00 0.00", "not_billed 31.00"});
    CHECK(assigned.rows({charge("seat", "2", mar, "2020-03-11", "20.00"),
                         billed_in(charge("none", "1", mar, apr, "0"), mar, apr)}) ==
          Rows{"2 correct match 20.00 0.00", "3 not_in_ledger match 0.00 0.00", "not_billed 42.00"});
    // A product that the bill does not mention is not billed either.
    const Audit members(center());
    CHECK(members.rows({charge("none", "1", mar, apr, "1.00")}) ==
          Rows{"2 not_in_ledger match 0.00 1.00", "not_billed 62.00"});
    const auto person = members.reconciled({of_person(charge("center", "1", mar, apr, "31.00"), "ann")});
    CHECK(person.rows() == Rows{"2 correct match 31.00 0.00", "not_billed 31.00"});
    check_mentions(person.messages[1], {"bob@acme.test", "\"center\""});
}

}  // namespace seatledger::billing
