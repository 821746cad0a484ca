// A bill that is made from what the ledger has is correct in every line; with one deviation, just that is named.
#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "tests/support/calendar_oracle.h"
#include "tests/support/catch.h"
#include "tests/support/ledger_box.h"
#include "tests/support/reconciled.h"

namespace seatledger::billing {
namespace {

using namespace testing;

constexpr std::int64_t hour = std::int64_t{3'600} * 1'000'000;
const std::vector<std::string> zones = {"UTC", "Europe/Berlin", "Asia/Kathmandu", "America/St_Johns", "Pacific/Apia"};

class RandomLedger {
 public:
    explicit RandomLedger(std::uint64_t seed) : random_(seed), now_(*parse_rfc3339("2024-02-10T09:00:00Z")) {
        box_.clock().set(now_);
        judge(priced("month", "P1M", "purchased", "29.99"));
        judge(priced("days", "P10D", "purchased", "7.00"));
        judge(priced("daily", "P1M", "assigned", "31.10"));
        judge(priced("center", "P1M", "membership", "45.00"));
        judge(open_acme(zones[below(zones.size())]));
        for (int i = 0; i < 5; ++i) judge(registered("p" + std::to_string(i)));
        for (const auto* queue : {"calls", "mail"}) {
            judge(acme("'createQueue':{'queue':'" + std::string(queue) + "','kind':'call'}"));
        }
        for (int i = 0; i < 150; ++i) {
            if (below(3) == 0) now_.micros += static_cast<std::int64_t>(below(40)) * hour;
            box_.clock().set(now_);
            step();
        }
    }

    [[nodiscard]] std::size_t below(std::size_t end) { return random_() % end; }
    [[nodiscard]] const LedgerBox& box() const { return box_; }
    [[nodiscard]] Instant now() const { return now_; }

 private:
    void judge(const std::string& command) { static_cast<void>(box_.judge(command)); }
    std::string person() { return "p" + std::to_string(below(5)); }
    std::string license() { return std::to_string(1 + below(static_cast<std::size_t>(licenses_) + 1)); }

    void step() {
        switch (below(12)) {
            case 0:
            case 1: return buy();
            case 2: return judge(unbind(std::stoi(license())));
            case 3:
                return judge(
                    acme("'reassignLicense':{'license':" + license() + ",'email':'" + person() + "@acme.test'}"));
            case 4: return judge(credited("i" + std::to_string(1 + below(8)), 1, "1.00"));
            case 5:
            case 6: return judge(joins(below(2) == 0 ? "calls" : "mail", person()));
            case 7: return judge(leaves(below(2) == 0 ? "calls" : "mail", person()));
            default: return judge(bind(std::stoi(license()), person()));
        }
    }

    void buy() {
        const std::vector<std::pair<std::string, int>> products = {{"month", 2'999}, {"days", 700}, {"daily", 3'110}};
        const auto& [sku, cents] = products[below(products.size())];
        const auto quantity = 1 + static_cast<int>(below(4));
        const auto id = "i" + std::to_string(++invoices_);
        judge(invoiced(id, sku, quantity));
        judge(paid(id, to_text(Decimal{quantity * cents, 2}, 2), "bank-" + id));
        licenses_ += quantity;
    }

    std::mt19937_64 random_;
    Instant now_;
    LedgerBox box_;
    int invoices_ = 0;
    int licenses_ = 0;
};

// A bill for all that the ledger has in these days.
class HonestBill {
 public:
    HonestBill(const AccountHistory& history, const DayPeriod& period, bool names_seats)
        : history_(history), days_(history, {}, last_instant), period_(period), names_seats_(names_seats) {
        for (const auto& lot : history.lots()) {
            lot.billing == schema::Billing::PURCHASED ? add_purchased(lot) : add_assigned(lot);
        }
        for (UserId user(1); user.value <= history.user_count(); user = user.next()) add_member(user);
    }

    std::vector<BillLine> lines;

 private:
    BillLine& add(std::string_view sku, std::int64_t quantity, const DayPeriod& days, const Exact& amount) {
        auto& line = lines.emplace_back();
        line.sku = line.bill_sku = sku;
        line.quantity = {quantity, 0};
        line.period = days;
        line.amount = *to_decimal(amount, 2);
        line.currency = "USD";
        line.billed_in = period_;
        return line;
    }

    void add_purchased(const LotFacts& lot) {
        const auto term = days_.term_of(lot);
        const auto price = days_.price_of(lot);
        const auto& sku = history_.product(lot.sku).sku;
        std::int64_t whole = 0;
        for (auto license = lot.first; lot.contains(license); license = license.next()) {
            const auto owned = days_.owned(lot, license);
            const bool is_whole = owned == term;
            if (is_whole && !names_seats_) {
                ++whole;
                continue;
            }
            auto& line = add(sku, 1, owned, price.of_days(owned.days()));
            names_seats_ ? line.license = license.value : line.license;
            if (!names_seats_) line.invoice = history_.invoices()[lot.invoice].id;
        }
        if (whole > 0) {
            auto& line = add(sku, whole, term, price.unit_price * whole);
            if (lot.revoked > 0) line.invoice = history_.invoices()[lot.invoice].id;
        }
    }

    void add_assigned(const LotFacts& lot) {
        const auto price = days_.price_of(lot);
        const auto& sku = history_.product(lot.sku).sku;
        std::vector<HeldDays> held;
        for (auto license = lot.first; lot.contains(license); license = license.next()) {
            days_.held(lot, license, period_, held);
            std::vector<DayPeriod> all;
            for (const auto& of : held) {
                if (is_empty(of.billed)) continue;
                if (!all.empty() && all.back().end == of.billed.begin) {
                    all.back().end = of.billed.end;
                } else {
                    all.push_back(of.billed);
                }
            }
            for (const auto& of : all) {
                auto& line = add(sku, 1, of, price.of_days(of.days()));
                if (names_seats_) {
                    line.license = license.value;
                } else {
                    line.invoice = history_.invoices()[lot.invoice].id;
                }
            }
        }
    }

    void add_member(UserId user) {
        for (const auto& of : days_.member_days(user, period_)) {
            Exact amount;
            for (auto day = of.days.begin; day < of.days.end; ++day.number)
                amount += days_.member_price(of.sku, day).of_days(1);
            auto& line = add(history_.product(of.sku).sku, 1, of.days, amount);
            if (names_seats_) line.email = "user" + std::to_string(user.value);
        }
    }

    const AccountHistory& history_;
    SeatDays days_;
    DayPeriod period_;
    bool names_seats_;
};

Reconciled judged(const AccountHistory& history, const std::vector<BillLine>& lines) {
    const SeatDays days(history, {}, last_instant);
    Reconciler reconciler;
    std::uint64_t number = 2;
    for (auto line : lines) {
        line.line = number++;
        reconciler.add(line);
    }
    Reconciled done;
    const auto user_of = [](std::string_view email, const DayPeriod&) {
        return UserId(static_cast<std::uint32_t>(std::stoul(std::string(email.substr(4)))));
    };
    done.totals = reconciler.finish(days, {}, user_of, [&](const LineVerdict& verdict) {
        done.verdicts.push_back(verdict);
        done.messages.push_back(message(
            verdict, [](UserId) { return std::nullopt; }, schema::Language::EN));
    });
    return done;
}

bool is_fine(const LineVerdict& of) {
    return (of.verdict == Verdict::correct || of.verdict == Verdict::still_in_queue) && of.at_issue.is_zero() &&
           of.arithmetic == Arithmetic::match;
}

// What is not fine, as rows.
std::vector<std::string> complaints(const Reconciled& done) {
    std::vector<std::string> rows;
    for (const auto& of : done.verdicts) {
        if (!is_fine(of)) rows.push_back(row_of(of));
    }
    return rows;
}

std::string money(const Exact& amount) { return to_text(*to_decimal(amount, 2), 2); }

// The line at the end, with another one made of it.
std::vector<BillLine> with(const std::vector<BillLine>& lines, std::size_t index, const BillLine& changed) {
    auto all = lines;
    all.erase(all.begin() + static_cast<std::ptrdiff_t>(index));
    all.push_back(changed);
    return all;
}

std::string shown(const BillLine& line) {
    return "line of " + line.sku + " " + to_text(line.period.begin) + " to " + to_text(line.period.end) + ", " +
           to_text(line.quantity) + " for " + to_text(line.amount, 2) + ", license " +
           std::to_string(line.license.value_or(0)) + " " + line.email + " " + line.invoice;
}

std::vector<std::string> shown(const Reconciled& done) {
    std::vector<std::string> rows;
    for (const auto& of : done.verdicts) rows.push_back(row_of(of));
    return rows;
}

void check_amount(const AccountHistory& history, const std::vector<BillLine>& lines, std::size_t index) {
    const auto& line = lines[index];
    const auto last = std::to_string(lines.size() + 1), after = std::to_string(lines.size() + 2);
    INFO(shown(line));
    const auto amount = to_exact(line.amount);
    {
        INFO("billed twice");
        auto twice = lines;
        twice.push_back(line);
        CHECK(complaints(judged(history, twice)) ==
              std::vector{after + " duplicate match 0.00 " + to_text(line.amount, 2)});
    }
    {
        INFO("1234.56 more");
        auto more = line;
        more.amount = *to_decimal(amount + to_exact(decimal("1234.56")), 2);
        const auto found = judged(history, with(lines, index, more));
        const auto rows = complaints(found);
        REQUIRE(rows.size() == 1);
        CHECK(contains(rows[0], " mismatch " + to_text(line.amount, 2) + " 1234.56"));
        CHECK(rows[0].starts_with(last + " "));
    }
}

void check_days(const AccountHistory& history, const std::vector<BillLine>& lines, std::size_t index) {
    const auto& line = lines[index];
    const auto last = std::to_string(lines.size() + 1);
    INFO(shown(line));
    const auto amount = to_exact(line.amount);
    // What goes on after the days of the bill may go on in the ledger.
    if (line.period.end < line.billed_in->end || line.sku == "month" || line.sku == "days") {
        INFO("a day longer");
        auto longer = line;
        ++longer.period.end.number;
        longer.amount = *to_decimal(amount * longer.period.days() / line.period.days(), 2);
        const auto rows = complaints(judged(history, with(lines, index, longer)));
        REQUIRE(rows.size() == 1);
        CHECK(rows[0].starts_with(last + " "));
        // What is there may be explained by another rounding, if that explains the whole.
        const auto at_issue = to_exact(longer.amount) - amount;
        const bool is_match = contains(rows[0], " match ");
        if (is_match) CHECK(rows[0].ends_with(" " + to_text(line.amount, 2) + " " + money(at_issue)));
    }
    {
        INFO("not billed");
        auto fewer = lines;
        fewer.erase(fewer.begin() + static_cast<std::ptrdiff_t>(index));
        Exact missed;
        for (const auto& of : judged(history, fewer).verdicts) {
            if (is_fine(of)) continue;
            CHECK((of.verdict == Verdict::not_billed || of.verdict == Verdict::wrong_quantity));
            CHECK_FALSE(to_exact(of.at_issue) > 0);
            missed -= to_exact(of.at_issue);
        }
        // Of what was bought, days that were not billed of seats that were are nobody's complaint.
        const bool is_purchased = line.sku == "month" || line.sku == "days";
        if (!is_purchased || line.invoice.empty()) CHECK(missed == amount);
    }
}

}  // namespace

TEST_CASE("a bill of what the ledger has is correct, and of one deviation just that is named") {
    const auto seed = std::random_device{}();
    std::size_t lines_checked = 0;
    for (std::uint64_t i = 0; i < 12; ++i) {
        INFO("seed " << seed << " + " << i);
        RandomLedger ledger(seed + i);
        const Audit audit(ledger.box());
        const auto& history = audit.history();
        const auto first = civil_day(*parse_rfc3339("2024-02-10T00:00:00Z"), *history.zone());
        const auto last = civil_day(ledger.now(), *history.zone());
        const DayPeriod period{CivilDay{first.number - 1}, CivilDay{last.number + 1}};
        for (const bool names_seats : {true, false}) {
            INFO("names seats " << names_seats);
            auto lines = HonestBill(history, period, names_seats).lines;
            std::shuffle(lines.begin(), lines.end(), std::mt19937_64(seed + i));
            const auto done = judged(history, lines);
            CHECK(complaints(done).empty());
            for (std::size_t j = 0; j < done.messages.size() && !complaints(done).empty(); ++j) {
                if (!is_fine(done.verdicts[j])) UNSCOPED_INFO(row_of(done.verdicts[j]) << ": " << done.messages[j]);
            }
            if (!complaints(done).empty()) FAIL_CHECK("see above");
            if (lines.empty() || !complaints(done).empty()) continue;
            lines_checked += lines.size();
            // A history of the days of the bill alone is enough.
            const Audit of_days(ledger.box(), Window{period.begin, last});
            CHECK(shown(judged(of_days.history(), lines)) == shown(done));
            for (int k = 0; k < 4; ++k) {
                const auto index = ledger.below(lines.size());
                check_amount(history, lines, index);
                // Places and seats are all the same where lines do not name them.
                if (names_seats) check_days(history, lines, index);
            }
        }
    }
    CHECK(lines_checked > 200);
}

}  // namespace seatledger::billing
