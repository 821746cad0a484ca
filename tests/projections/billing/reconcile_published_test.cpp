// Published bills against ledgers that fit them, and against ledgers with one deviation each.
#include <fstream>
#include <iterator>
#include <map>
#include <sstream>
#include <string>
#include <vector>

#include "tests/support/calendar_oracle.h"
#include "tests/support/catch.h"
#include "tests/support/reconciled.h"

namespace seatledger::billing {
namespace {

using namespace testing;

using Rows = std::vector<std::string>;

// Empty where the file is not there, which is said.
std::string published(const std::string& name) {
    std::ifstream file(SEATLEDGER_SOURCE_DIR "/../shared/data/" + name, std::ios::binary);
    if (!file) WARN("not checked, since " << name << " is not there");
    return {std::istreambuf_iterator<char>(file), {}};
}

BillFormat us_focus() {
    auto format = usual_format(BillFormat::Kind::focus, zone_named("UTC"));
    format.dates = DateOrder::mdy;
    return format;
}

Rows focus_rows(const Steps& ledger, const std::string& bill) {
    return Audit(steps("2025-01-01T00:00:00Z", ledger)).reconciled(bill, us_focus()).rows();
}

std::string licenses(std::string_view term, std::string_view billing, std::string_view price) {
    return priced("ACL-123", term, billing, price);
}
std::string yearly(std::string_view price = "100.00") { return licenses("P1Y", "purchased", price); }

std::string cents(int usd) { return std::to_string(usd) + ".00"; }

Steps upfront(int quantity = 500, std::string_view at = "2025-04-01T00:00:00Z", int price = 100) {
    return steps(yearly(cents(price)), open_acme(), bought_at(at, "i", "ACL-123", quantity, cents(quantity * price)));
}

Steps true_up(int quantity = 10, int amount = 1'000, std::string_view end = "2026-04-01T00:00:00Z") {
    return {"2025-06-10T12:00:00Z",
            invoice_of("j", "ACL-123",
                       "'quantity':" + std::to_string(quantity) + ",'validUntil':'" + std::string(end) +
                           "','amount':{'amount':'" + cents(amount) + "','currency':'USD'}"),
            paid("j", cents(amount), "bank-j")};
}

Steps months(int april, int may, int june, int price = 20) {
    return steps(licenses("P1M", "purchased", cents(price)), open_acme(),
                 bought_at("2025-04-01T00:00:00Z", "apr", "ACL-123", april, cents(april * price)),
                 bought_at("2025-05-01T00:00:00Z", "may", "ACL-123", may, cents(may * price)),
                 bought_at("2025-06-01T00:00:00Z", "jun", "ACL-123", june, cents(june * price)));
}

// The same seats, billed by who has them: a month's lot each, of which so many are bound at once.
Steps bound_months(const std::vector<int>& seats) {
    Steps all = steps(licenses("P1M", "assigned", "20.00"), open_acme());
    for (int i = 1; i <= 700; ++i) all.push_back(registered("p" + std::to_string(i)));
    int license = 1;
    for (std::size_t i = 0; i < seats.size(); ++i) {
        const auto id = "m" + std::to_string(i);
        for (const auto& step :
             bought_at("2025-0" + std::to_string(4 + i) + "-01T00:00:00Z", id, "ACL-123", 700, "14000.00")) {
            all.push_back(step);
        }
        for (int j = 0; j < seats[i]; ++j) all.push_back(bind(license + j, "p" + std::to_string(j + 1)));
        license += 700;
    }
    all.emplace_back("2025-07-02T00:00:00Z");
    return all;
}

struct Deviation {
    std::string what;
    Steps ledger;
    Rows rows;
};

void check(const std::string& bill, const std::vector<Deviation>& deviations) {
    for (const auto& of : deviations) {
        INFO(of.what);
        CHECK(focus_rows(of.ledger, bill) == of.rows);
    }
}

}  // namespace

TEST_CASE("FOCUS a2: 500 seats upfront") {
    const auto bill = published("focus/simple_saas_agreements_a2.csv");
    if (bill.empty()) return;
    check(
        bill,
        {{"as billed", upfront(), {"2 correct match 50000.00 0.00"}},
         {"one seat fewer", upfront(499), {"2 wrong_quantity match 49900.00 100.00"}},
         {"one seat more", upfront(501), {"2 wrong_quantity match 50100.00 -100.00"}},
         {"paid a day later", upfront(500, "2025-04-02T09:00:00Z"), {"2 billed_before_payment match 49863.01 136.99"}},
         {"another price", upfront(500, "2025-04-01T00:00:00Z", 90), {"2 wrong_price mismatch 45000.00 5000.00"}},
         {"a lot more, of another day",
          steps(upfront(), bought_at("2025-04-15T00:00:00Z", "k", "ACL-123", 2, "200.00")),
          {"2 correct match 50000.00 0.00", "not_billed 200.00"}},
         {"five revoked half a year later",
          steps(upfront(), "2025-09-30T12:00:00Z", credited("i", 5, "250.00")),
          {"2 billed_after_revocation match 49750.68 249.32"}},
         {"never paid",
          steps(yearly(), open_acme(), "2025-03-20T00:00:00Z", invoiced("i", "ACL-123", 500)),
          {"2 billed_before_payment match 0.00 50000.00"}},
         {"of another product",
          steps(priced("other", "P1Y", "purchased", "100.00"), open_acme()),
          {"2 not_in_ledger match 0.00 50000.00"}}});
}

TEST_CASE("FOCUS a3: ten seats in the third month, at the price of the whole year") {
    const auto bill = published("focus/simple_saas_agreements_a3.csv");
    if (bill.empty()) return;
    check(bill,
          {{"as billed", steps(upfront(), true_up()), {"2 correct match 1000.00 0.00"}},
           {"for less", steps(upfront(), true_up(10, 900)), {"2 correct match 1000.00 0.00", "not_billed 900.00"}},
           {"without the 500, for less",
            steps(yearly(), open_acme(), true_up(10, 900)),
            {"2 billed_before_payment mismatch 900.00 100.00"}},
           {"without the 500", steps(yearly(), open_acme(), true_up()), {"2 correct match 1000.00 0.00"}},
           {"not paid",
            steps(yearly(), open_acme(), "2025-05-20T00:00:00Z", invoiced("j", "ACL-123", 10)),
            {"2 billed_before_payment match 0.00 1000.00"}}});
    const Audit audit(steps("2025-01-01T00:00:00Z", upfront(), true_up()));
    const auto done = audit.reconciled(bill, us_focus());
    CHECK(contains(done.messages[0], "their price was agreed for the whole period"));
    CHECK(audit.because(done.verdicts[0]) == Rows{"invoiceIssued", "invoicePaid", "licensesIssued"});
    // Both in one bill.
    const auto before = published("focus/simple_saas_agreements_a2.csv");
    const auto both = before + (before.ends_with('\n') ? "" : "\n") + bill.substr(bill.find('\n') + 1);
    CHECK(focus_rows(steps(upfront(), true_up()), both) ==
          Rows{"2 correct match 50000.00 0.00", "3 correct match 1000.00 0.00"});
    CHECK(focus_rows(steps(upfront(), true_up(9, 900)), both)[0] == "2 correct match 50000.00 0.00");
    CHECK(focus_rows(upfront(), both) == Rows{"2 correct match 50000.00 0.00", "3 wrong_quantity match 0.00 1000.00"});
}

TEST_CASE("FOCUS c: 505, 650 and 635 seats by month, bought") {
    const auto bill = published("focus/simple_saas_agreements_c.csv");
    if (bill.empty()) return;
    const std::string apr = "2 correct match 10100.00 0.00", may = "3 correct match 13000.00 0.00",
                      jun = "4 correct match 12700.00 0.00";
    check(
        bill,
        {{"as billed", months(505, 650, 635), {apr, may, jun}},
         {"ten fewer in May", months(505, 640, 635), {apr, "3 wrong_quantity match 12800.00 200.00", jun}},
         {"ten more in May", months(505, 660, 635), {apr, "3 wrong_quantity match 13200.00 -200.00", jun}},
         {"five fewer in April", months(500, 650, 635), {"2 wrong_quantity match 10000.00 100.00", may, jun}},
         {"less in June than billed", months(505, 650, 600), {apr, may, "4 billed_after_expiry match 12000.00 700.00"}},
         {"none in June",
          steps(licenses("P1M", "purchased", "20.00"), open_acme(),
                bought_at("2025-04-01T00:00:00Z", "apr", "ACL-123", 505, "10100.00"),
                bought_at("2025-05-01T00:00:00Z", "may", "ACL-123", 650, "13000.00")),
          {apr, may, "4 billed_after_expiry match 0.00 12700.00"}},
         {"June paid on the 3rd",
          steps(licenses("P1M", "purchased", "20.00"), open_acme(),
                bought_at("2025-04-01T00:00:00Z", "apr", "ACL-123", 505, "10100.00"),
                bought_at("2025-05-01T00:00:00Z", "may", "ACL-123", 650, "13000.00"),
                bought_at("2025-06-03T00:00:00Z", "jun", "ACL-123", 635, "12700.00")),
          {apr, may, "4 billed_before_payment match 11853.33 846.67"}}});
}

TEST_CASE("FOCUS c: the same seats, billed by binding") {
    const auto bill = published("focus/simple_saas_agreements_c.csv");
    if (bill.empty()) return;
    const std::string apr = "2 correct match 10100.00 0.00", may = "3 correct match 13000.00 0.00",
                      jun = "4 correct match 12700.00 0.00";
    check(bill,
          {{"as billed", bound_months({505, 650, 635}), {apr, may, jun}},
           {"ten more in May", bound_months({505, 660, 635}), {apr, "3 wrong_quantity match 13200.00 -200.00", jun}},
           {"ten fewer in April", bound_months({495, 650, 635}), {"2 wrong_quantity match 9900.00 200.00", may, jun}},
           {"fifteen fewer in June, where May had them",
            bound_months({505, 650, 620}),
            {apr, may, "4 billed_after_expiry match 12400.00 300.00"}}});
    auto unbound = bound_months({505, 650, 635});
    unbound.back() = "2025-06-10T12:00:00Z";
    unbound.push_back(unbind(1'401));
    unbound.emplace_back("2025-07-02T00:00:00Z");
    // 20 of 30 days are left.
    check(bill, {{"one unbound in June", unbound, {apr, may, "4 billed_after_unbind match 12686.67 13.33"}}});
}

namespace {

// The cells of a line without quotes in quotes.
std::vector<std::string> cells_of(const std::string& line) {
    std::vector<std::string> cells(1);
    bool is_quoted = false;
    for (const char c : line) {
        if (c == '"') is_quoted = !is_quoted;
        if (c == ',' && !is_quoted) {
            cells.emplace_back();
        } else if (c != '"' && c != '\r') {
            cells.back() += c;
        }
    }
    return cells;
}

std::vector<std::vector<std::string>> records(const std::string& file) {
    std::istringstream stream(file);
    std::vector<std::vector<std::string>> records;
    std::string line;
    while (std::getline(stream, line)) {
        if (records.empty() || line.size() > 1) records.push_back(cells_of(line));
    }
    return records;
}

constexpr auto words =
    "{\"kinds\":{\"Taxa do Ciclo\":\"charge\",\"Proporcional à Instância do Ciclo\":\"charge\","
    "\"Taxa de cancelamento\":\"charge\",\"Taxas proporcionais na compra\":\"charge\",\"Novo\":\"charge\"}}";

constexpr PriceBook by_unit{Rounding::unit_then_quantity};

// Rows of a scenario as a reconciliation file: dates are day, month, year, and ends are days of the period.
std::string recon_file(const std::vector<std::vector<std::string>>& rows) {
    std::string file = "OfferId,ChargeType,ChargeStartDate,ChargeEndDate,UnitPrice,Quantity,Amount,Currency\n";
    for (const auto& row : rows) {
        const auto text = [](std::string cell) {
            for (const std::string currency : {"US$ "}) {
                if (const auto at = cell.find(currency); at != cell.npos) cell.erase(at, currency.size());
            }
            return "\"" + cell + "\"";
        };
        file += "seat," + row[7] + "," + row[5] + "," + row[6] + "," + text(row[8]) + "," + row[9] + "," +
                text(row[10]) + ",USD\n";
    }
    return file;
}

BillFormat recon_format(bool is_comma) {
    auto format = usual_format(BillFormat::Kind::partner_center, zone_named("UTC"));
    format.dates = DateOrder::dmy;
    format.decimals = is_comma ? DecimalMark::comma : DecimalMark::point;
    return format;
}

// By scenario and table.
std::map<std::string, std::vector<std::vector<std::string>>> scenarios() {
    std::map<std::string, std::vector<std::vector<std::string>>> found;
    const auto all = records(published("partner-center/worked-scenarios.csv"));
    for (std::size_t i = 1; i < all.size(); ++i)
        found[all[i][0].substr(25) + "/" + all[i][1] + "/" + all[i][2]].push_back(all[i]);
    return found;
}

Steps one_seat(std::string_view term, std::string_view price, std::string_view at, int quantity = 1,
               std::string_view usd = "") {
    return steps("2017-01-01T00:00:00Z", priced("seat", term, "purchased", price), open_acme(),
                 bought_at(at, "i", "seat", quantity, usd.empty() ? price : usd));
}

// Seats that were added until the end of a term, for just their days.
Steps added(std::string_view at, std::string_view end, std::string_view usd) {
    return {std::string(at),
            invoice_of("added", "seat",
                       "'quantity':1,'validUntil':'" + std::string(end) + "T00:00:00Z','amount':{'amount':'" +
                           std::string(usd) + "','currency':'USD'}"),
            paid("added", usd, "bank-added")};
}

struct Scenario {
    std::string name;
    Steps ledger;
    bool is_comma;
    Rows rows;
    PriceBook book = {};
};

}  // namespace

TEST_CASE("Partner Center: bills of whole terms, of seats that were added, and of what is given back") {
    const auto monthly = one_seat("P1M", "4.00", "2018-01-13T00:00:00Z");
    const auto renewed = steps(monthly, bought_at("2018-02-13T00:00:00Z", "j", "seat", 1, "4.00"));
    const auto yearly_seat = one_seat("P1Y", "48.00", "2018-01-13T00:00:00Z");
    const auto fixed = one_seat("P1M", "4.00", "2019-06-10T00:00:00Z");
    const auto two_fixed = one_seat("P1M", "4.00", "2019-06-10T00:00:00Z", 2, "8.00");
    const auto whole = Rows{"2 correct match 4.00 0.00"}, whole_year = Rows{"2 correct match 48.00 0.00"};
    auto found = scenarios();
    if (found.empty()) return;
    const std::vector<Scenario> all = {
        {"monthly/new-monthly-subscription/1", monthly, true, whole},
        {"monthly/new-monthly-subscription/2", renewed, true, whole},
        {"monthly/change-license-quantity/1", monthly, true, whole},
        {"monthly/suspend-before-30-days/1", monthly, true, whole},
        {"monthly/suspend-before-30-days/2", monthly, true, {"2 correct match -4.00 0.00"}},
        {"monthly/suspend-after-30-days/1", monthly, true, whole},
        {"monthly/suspend-after-30-days/2", renewed, true, whole},
        {"monthly/suspend-after-30-days/3",
         steps(renewed, "2018-02-28T12:00:00Z", credited("j", 1, "1.72")),
         true,
         {"2 correct explained_by_rounding -1.72 0.00"}},
        {"annual/new-annual-subscription/1", yearly_seat, true, whole_year},
        {"annual/add-license-after-subscription-anniversary-date-but-before-billing-date/1",
         one_seat("P1Y", "211.20", "2017-02-11T00:00:00Z"),
         true,
         {"2 correct match 211.20 0.00"}},
        {"annual/change-license-quantity/1", yearly_seat, true, whole_year},
        {"annual/suspend-before-30-days/1", yearly_seat, true, whole_year},
        {"annual/suspend-before-30-days/2", yearly_seat, true, {"2 correct match -48.00 0.00"}},
        {"annual/suspend-after-30-days/1", yearly_seat, true, whole_year},
        {"annual/suspend-after-30-days/2",
         steps(yearly_seat, "2018-02-28T12:00:00Z", credited("i", 1, "41.34")),
         true,
         {"2 correct explained_by_rounding -41.34 0.00"}},
        {"annual/suspend-and-reactivate/1", yearly_seat, true, whole_year},
        {"annual/suspend-and-reactivate/2", yearly_seat, true, {"2 correct match -48.00 0.00"}},
        {"annual/suspend-and-reactivate/3", yearly_seat, true, {"2 correct explained_by_rounding 41.34 0.00"}},
        {"onetime-recurring/purchase-a-subscription-and-add-a-license-on-the-same-day/1",
         one_seat("P1M", "4.00", "2019-06-10T00:00:00Z", 2, "8.00"),
         false,
         {"2 correct match 4.00 0.00", "3 correct match -4.00 0.00", "4 correct match 8.00 0.00"}},
        {"onetime-recurring/purchase-a-subscription-and-remove-a-license-on-the-same-day/1",
         fixed,
         false,
         {"2 correct match 8.00 0.00", "3 correct match -8.00 0.00", "4 correct match 4.00 0.00"}},
        // Printed for the whole month, but counted from the day after the order's.
        {"onetime-recurring/purchase-a-subscription-and-add-more-subscriptions-later/1",
         two_fixed,
         true,
         {"2 correct match 4.00 0.00", "3 correct explained_by_day_count -3.87 0.00",
          "4 correct explained_by_day_count 7.74 0.00"},
         by_unit},
        {"onetime-recurring/purchase-a-subscription-and-remove-licenses-later/1",
         two_fixed,
         true,
         {"2 correct match 8.00 0.00", "3 correct explained_by_day_count -7.74 0.00",
          "4 correct explained_by_day_count 3.87 0.00"},
         by_unit},
    };
    for (const auto& of : all) {
        INFO(of.name);
        REQUIRE(found.contains(of.name));
        const auto done =
            Audit(of.ledger).reconciled(recon_file(found[of.name]), recon_format(of.is_comma), words, of.book);
        CHECK(done.rows() == of.rows);
        found.erase(of.name);
    }
    // The others are those of the next test.
    Rows left;
    for (const auto& [name, rows] : found) left.push_back(name);
    CHECK(left == Rows{"annual/add-license-after-subscription-anniversary-date-but-before-billing-date/2",
                       "annual/change-license-quantity/2", "monthly/change-license-quantity/2"});
}

TEST_CASE("Partner Center: a change of quantity gives the old charge back and charges its parts") {
    auto found = scenarios();
    if (found.empty()) return;
    // Both decimal conventions occur in one table; here the points are commas.
    const auto bill = [&](const std::string& name) {
        auto rows = found[name];
        REQUIRE_FALSE(rows.empty());
        for (auto& row : rows) {
            for (auto cell : {8, 10}) std::ranges::replace(row[static_cast<std::size_t>(cell)], '.', ',');
        }
        return recon_file(rows);
    };
    const Audit monthly(steps(one_seat("P1M", "4.00", "2018-01-13T00:00:00Z"),
                              added("2018-02-01T00:00:00Z", "2018-02-13", "1.55"),
                              bought_at("2018-02-13T00:00:00Z", "j", "seat", 2, "8.00")));
    const auto change = monthly.reconciled(bill("monthly/change-license-quantity/2"), recon_format(true), words);
    CHECK(change.rows() == Rows{"2 correct match -4.00 0.00", "3 correct match 2.45 0.00", "4 correct match 3.10 0.00",
                                "5 correct match 8.00 0.00"});
    const Audit annual(
        steps(one_seat("P1Y", "48.00", "2018-01-13T00:00:00Z"), added("2018-02-01T00:00:00Z", "2019-01-13", "44.98")));
    const auto longer = annual.reconciled(bill("annual/change-license-quantity/2"), recon_format(true), words);
    CHECK(longer.rows() == Rows{"2 correct match -48.00 0.00", "3 correct explained_by_rounding 2.47 0.00",
                                "4 correct explained_by_rounding 89.96 0.00"});
    const Audit anniversary(steps(one_seat("P1Y", "211.20", "2017-02-11T00:00:00Z"),
                                  added("2017-02-12T00:00:00Z", "2018-02-11", "210.62")));
    const auto parts =
        anniversary.reconciled(bill("annual/add-license-after-subscription-anniversary-date-but-before-billing-date/2"),
                               recon_format(true), words);
    CHECK(parts.rows() == Rows{"2 correct match -211.20 0.00", "3 correct match 0.58 0.00",
                               "4 correct match 31.25 0.00", "5 correct match 390.00 0.00"});
}

TEST_CASE("Partner Center: every published prorated line matches, or names the rule that explains it") {
    const auto all = records(published("partner-center/rounding-analysis.csv"));
    for (std::size_t i = 1; i < all.size(); ++i) {
        const auto& row = all[i];
        INFO(row[0]);
        const auto next_day = [](const std::string& text) { return to_text(CivilDay{day(text).number + 1}); };
        const auto quantity = std::stoi(row[8]);
        const auto price = decimal(row[1]);
        const auto total = to_decimal(to_exact(price) * quantity, 2);
        const auto term = row[6] == "365" ? "P1Y" : "P1M";
        const Audit audit(one_seat(term, to_text(price, 2), row[2] + "T00:00:00Z", quantity, to_text(*total, 2)));
        const auto done = audit.reconciled({charge("seat", row[8], row[4], next_day(row[5]), row[9])});
        REQUIRE_FALSE(done.verdicts.empty());
        const auto& verdict = done.verdicts[0];
        CHECK(verdict.verdict == Verdict::correct);
        CHECK(verdict.at_issue.is_zero());
        const std::map<Rounding, std::string> names = {{Rounding::round_once, "round_once"},
                                                       {Rounding::unit_then_quantity, "unit2"},
                                                       {Rounding::daily_2dp, "daily2"},
                                                       {Rounding::daily_3dp, "daily3"}};
        if (row[14].starts_with("round_once")) {
            CHECK(verdict.arithmetic == Arithmetic::match);
            continue;
        }
        CHECK(verdict.arithmetic == Arithmetic::explained_by_rounding);
        REQUIRE(verdict.roundings.size() == 1);
        CHECK(names.at(verdict.roundings[0]) == row[14]);
    }
}

}  // namespace seatledger::billing
