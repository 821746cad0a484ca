// What lines of one bill have to do with each other, what is carried, and the sums.
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/given.h"
#include "tests/support/reconciled.h"

namespace seatledger::billing {
namespace {

using namespace testing;

using Rows = std::vector<std::string>;

constexpr auto mar = "2020-03-01";
constexpr auto apr = "2020-04-01";

Steps ten_in_march() {
    return steps(priced("seat", "P1M", "purchased", "31.00"), open_acme(), registered("ann"), registered("bob"),
                 bought_at("2020-03-01T00:00:00Z", "i", "seat", 10, "310.00"));
}

const BillTotal& only(const Reconciled& done) {
    REQUIRE(done.totals.size() == 1);
    return done.totals[0];
}

}  // namespace

TEST_CASE("a charge and what gives it back are netted, whatever else they are") {
    const Audit audit(ten_in_march());
    const auto line = charge("seat", "10", mar, apr, "310.00");
    const auto back = charge("seat", "-10", mar, apr, "-310.00");
    // Bills write the quantity that is given back with or without a sign.
    for (const auto* quantity : {"10", "-10"}) {
        const auto done = audit.reconciled(
            {line, charge("seat", quantity, mar, apr, "-310.00"), charge("seat", "10", mar, apr, "310.0")});
        CHECK(done.rows() ==
              Rows{"2 correct match 310.00 0.00", "3 correct match -310.00 0.00", "4 correct match 310.00 0.00"});
        CHECK(done.verdicts[0].of_line == 3);
        CHECK(done.verdicts[1].of_line == 2);
        CHECK(done.verdicts[2].of_line == 0);
        CHECK(contains(done.messages[0], "Netted with line 3"));
    }
    // Of two, the newer one is given back, and the older one is nobody's copy.
    CHECK(audit.rows({line, line, back}) ==
          Rows{"2 correct match 310.00 0.00", "3 correct match 310.00 0.00", "4 correct match -310.00 0.00"});
    // Even what the ledger knows nothing of.
    CHECK(audit.rows({charge("none", "1", mar, apr, "5"), charge("none", "-1", mar, apr, "-5"), line}) ==
          Rows{"2 correct match 5.00 0.00", "3 correct match -5.00 0.00", "4 correct match 310.00 0.00"});
    // Of another seat, another period or another amount it is none of it.
    const auto one = of_license(charge("seat", "1", mar, apr, "31.00"), 1);
    CHECK(audit.reconciled({one, of_license(charge("seat", "-1", mar, apr, "-31.00"), 2)}).verdicts[0].of_line == 0);
    CHECK(audit.reconciled({line, charge("seat", "-10", mar, "2020-03-31", "-310.00")}).verdicts[0].of_line == 0);
}

TEST_CASE("what is given back of an earlier bill is held against its price, and can be charged anew") {
    const Audit audit(ten_in_march());
    // One seat for ten days, and eleven seats for these are too many.
    const auto back = charge("seat", "-1", "2020-03-11", "2020-03-21", "-10.00");
    CHECK(audit.rows({back}) == Rows{"2 correct match -10.00 0.00"});
    CHECK(audit.rows({charge("seat", "1", "2020-03-11", "2020-03-21", "-9.00")}) ==
          Rows{"2 correct explained_by_day_count -9.00 0.00"});
    CHECK(audit.rows({charge("seat", "1", "2020-03-11", "2020-03-21", "-5.00")}) ==
          Rows{"2 wrong_price mismatch -10.00 5.00"});
    CHECK(audit.rows({charge("seat", "1", "2020-03-11", "2020-03-21", "-15.00")}) ==
          Rows{"2 wrong_price mismatch -10.00 -5.00"});
    const auto all = charge("seat", "10", mar, apr, "310.00");
    const auto again = charge("seat", "1", "2020-03-11", "2020-03-21", "10.00");
    CHECK(audit.rows({all, again})[1] == "3 wrong_quantity match 0.00 10.00");
    // Wherever in the file it stands; and the second time it is a copy.
    for (const auto& lines : {std::vector{all, back, again, again}, std::vector{all, again, again, back}}) {
        const auto rows = audit.rows(lines);
        CHECK(std::ranges::count_if(rows, [](const auto& row) { return contains(row, "duplicate"); }) <= 1);
        CHECK(contains(rows[0], "correct"));
    }
    // What there never was cannot be given back.
    CHECK(audit.rows({charge("seat", "-1", "2020-05-01", "2020-05-11", "-10.00")})[0] ==
          "2 wrong_quantity match 0.00 -10.00");
    CHECK(audit.rows({charge("seat", "-11", mar, apr, "-341.00")}) == Rows{"2 wrong_quantity match -310.00 -31.00"});
}

TEST_CASE("a correction refers to the line that it names, or to the one before it for the same seats") {
    const Audit audit(ten_in_march());
    auto line = charge("seat", "10", mar, apr, "310.00");
    line.id = "A";
    auto correction = of_kind(charge("seat", "-2", "2020-03-11", "2020-03-21", "-20.00"), LineKind::correction);
    correction.corrects = "A";
    const auto named = audit.reconciled({line, correction});
    CHECK(named.rows() == Rows{"2 correct match 310.00 0.00", "3 correct match -20.00 0.00"});
    CHECK(named.verdicts[1].of_line == 2);
    correction.corrects = "B";
    CHECK(audit.reconciled({line, correction}).verdicts[1].of_line == 0);
    const auto whole = of_kind(charge("seat", "-1", mar, apr, "-31.00"), LineKind::correction);
    CHECK(audit.reconciled({line, whole}).verdicts[1].of_line == 2);
    // One that takes all of it back nets it.
    auto all = of_kind(charge("seat", "-10", mar, apr, "-310.00"), LineKind::correction);
    all.corrects = "A";
    const auto netted =
        audit.reconciled({line, charge("seat", "5", mar, apr, "155.00"), all, charge("seat", "5", mar, apr, "155.00")});
    CHECK(netted.verdicts[0].of_line == 4);
    CHECK(netted.rows() == Rows{"2 correct match 310.00 0.00", "3 correct match 155.00 0.00",
                                "4 correct match -310.00 0.00", "5 correct match 155.00 0.00"});
    // Without seats it cannot be held against any.
    auto amount = of_kind(charge("seat", "0", mar, apr, "-12.00"), LineKind::correction);
    amount.corrects = "A";
    const auto aside = audit.reconciled({line, amount});
    CHECK(aside.rows()[1] == "3 set_aside -12.00");
    CHECK(contains(aside.messages[1], "it corrects line 2"));
}

TEST_CASE("what is no charge for seats is carried and not judged, and the sums are the bill's") {
    const Audit audit(ten_in_march());
    auto euros = charge("seat", "1", mar, apr, "27.50");
    euros.currency = "EUR";
    auto no_days = charge("seat", "1", mar, apr, "3.00");
    no_days.period.end = no_days.period.begin;
    const auto done = audit.reconciled(
        {charge("seat", "10", mar, apr, "310.00"), of_kind(charge("", "0", mar, mar, "59.123"), LineKind::tax),
         of_kind(charge("", "0", mar, apr, "-5.00"), LineKind::credit),
         of_kind(charge("", "0", mar, apr, "7.00"), LineKind::other), euros, no_days,
         charge("seat", "0", mar, apr, "1.00"), charge("seat", "0", mar, apr, "0.00"),
         charge("none", "1", mar, apr, "2.00")},
        {}, last_instant, {{40, "bad", decimal("0.005"), "USD"}, {41, "worse", std::nullopt, ""}});
    CHECK(done.rows() == Rows{"2 correct match 310.00 0.00", "3 set_aside 59.123", "4 set_aside -5.00",
                              "5 set_aside 7.00", "6 set_aside 27.50", "7 set_aside 3.00", "8 set_aside 1.00",
                              "9 correct match 0.00 0.00", "10 not_in_ledger match 0.00 2.00"});
    CHECK(contains(done.messages[4], "another currency"));
    CHECK(contains(done.messages[5], "no days"));
    CHECK(contains(done.messages[6], "no seats"));
    REQUIRE(done.totals.size() == 3);
    CHECK(done.totals[0].currency.empty());
    CHECK(done.totals[0].refused == 1);
    CHECK(done.totals[1].currency == "EUR");
    CHECK(to_text(done.totals[1].amount_set_aside) == "27.5");
    const auto& usd = done.totals[2];
    CHECK(usd.lines == 9);
    CHECK(usd.judged == 3);
    CHECK(usd.set_aside == 5);
    CHECK(usd.refused == 1);
    CHECK(to_text(usd.amount) == "377.128");
    CHECK(to_text(usd.amount_judged, 2) == "312.00");
    CHECK(to_text(usd.explained, 2) == "310.00");
    CHECK(to_text(usd.at_issue, 2) == "2.00");
    CHECK(to_text(usd.conceded, 2) == "310.00");
    CHECK(usd.count(Verdict::correct) == 2);
    CHECK(usd.count(Verdict::not_in_ledger) == 1);
}

TEST_CASE("an empty bill has no totals, and amounts of any size are added up") {
    const Audit audit(ten_in_march());
    CHECK(audit.reconciled(std::vector<BillLine>()).totals.empty());
    const std::string nines(30, '9');
    const auto huge =
        audit.reconciled({charge("seat", nines, mar, apr, nines), charge("none", "1", mar, apr, "-" + nines),
                          charge("none", "0." + std::string(17, '0') + "1", mar, apr, "0.000000000000000001")});
    CHECK(only(huge).judged == 3);
    CHECK(to_text(only(huge).amount) == "0.000000000000000001");
    CHECK(huge.verdicts[0].verdict == Verdict::wrong_quantity);
    // Days of ten thousand years.
    CHECK(audit.rows({charge("seat", "1", "0001-01-01", "9999-12-31", "31.00")})[0] ==
          "2 billed_before_payment mismatch 31.00 0.00");
}

TEST_CASE("lines name seats, people and invoices beside lines that name none") {
    const Audit audit(ten_in_march());
    const auto nine = charge("seat", "9", mar, apr, "279.00");
    const auto seat = of_license(charge("seat", "1", mar, apr, "31.00"), 4);
    CHECK(audit.rows({nine, seat}) == Rows{"2 correct match 279.00 0.00", "3 correct match 31.00 0.00"});
    CHECK(audit.rows({seat, nine, of_license(charge("seat", "1", mar, apr, "31.00"), 5)}) ==
          Rows{"2 correct match 31.00 0.00", "3 correct match 279.00 0.00", "4 wrong_quantity match 0.00 31.00"});
    CHECK(audit.rows({of_license(charge("seat", "2", mar, apr, "62.00"), 4)})[0] ==
          "2 wrong_quantity match 31.00 31.00");
    // Half a seat pays half of the price.
    CHECK(audit.rows({charge("seat", "0.5", mar, apr, "15.50")})[0] == "2 wrong_quantity match 294.50 -279.00");
}

TEST_CASE("a bill as of an earlier instant is judged by what was known then") {
    const Audit audit(steps(ten_in_march(), "2020-03-11T12:00:00Z", credited("i", 2, "42.00")));
    const auto line = charge("seat", "10", mar, apr, "310.00");
    CHECK(audit.reconciled({line}, {}, instant("2020-03-11T11:00:00Z")).rows() == Rows{"2 correct match 310.00 0.00"});
    CHECK(audit.reconciled({line}, {}, instant("2020-02-11T11:00:00Z")).rows() ==
          Rows{"2 not_in_ledger match 0.00 310.00"});
    CHECK(audit.reconciled({line}, {}, instant("2020-03-12T11:00:00Z")).rows() ==
          Rows{"2 billed_after_revocation match 270.00 40.00"});
}

}  // namespace seatledger::billing
