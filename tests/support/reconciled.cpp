#include "tests/support/reconciled.h"

#include <algorithm>
#include <map>
#include <sstream>

#include "tests/support/billing_oracle.h"
#include "tests/support/catch.h"
#include "tests/support/ledger_box.h"
#include "tests/support/verdict_words.h"
#include "tools/bills/read_bill.h"

namespace seatledger::testing {

using namespace billing;

namespace {

std::string q(std::string_view text) { return "'" + std::string(text) + "'"; }

// Of people in the order of their registration.
std::vector<std::string> registered_in(const Steps& steps) {
    std::vector<std::string> people = {"boss@acme.test"};
    for (const auto& step : steps) {
        const std::string begin = "'registerUser':{'email':'";
        const auto at = step.find(begin);
        if (at == step.npos) continue;
        const auto from = at + begin.size();
        people.push_back(step.substr(from, step.find('\'', from) - from));
    }
    return people;
}

}  // namespace

CivilDay day(std::string_view text) {
    const auto found = parse_civil_day(text);
    REQUIRE(found.has_value());
    return *found;
}

DayPeriod period(std::string_view begin, std::string_view end) { return {day(begin), day(end)}; }

Decimal decimal(std::string_view text) {
    const auto number = parse_decimal(text);
    INFO(text);
    REQUIRE(number.has_value());
    return *number;
}

std::string priced(std::string_view sku, std::string_view term, std::string_view billing, std::string_view price) {
    return "{'defineProduct':{'sku':" + q(sku) + ",'name':'N','type':'t','term':" + q(term) +
           ",'billing':" + q(billing) + ",'unitPrice':{'amount':" + q(price) + ",'currency':'USD'}}}";
}

std::string invoice_of(std::string_view invoice, std::string_view sku, std::string_view line) {
    return acme("'issueInvoice':{'invoice':" + q(invoice) + ",'raisedBy':'boss@acme.test','lines':[{'sku':" + q(sku) +
                "," + std::string(line) + "}]}");
}

Steps bought_at(std::string_view at, std::string_view invoice, std::string_view sku, int quantity,
                std::string_view usd) {
    return {std::string(at), invoiced(invoice, sku, quantity), paid(invoice, usd, "bank-" + std::string(invoice))};
}

std::string credited(std::string_view invoice, int quantity, std::string_view usd) {
    return acme("'creditInvoice':{'invoice':" + q(invoice) + ",'line':1,'quantity':" + std::to_string(quantity) +
                ",'amount':{'amount':" + q(usd) + ",'currency':'USD'},'reason':'r'}");
}

std::string joins(std::string_view queue, std::string_view name, std::string_view role) {
    return acme("'addQueueMember':{'queue':" + q(queue) + ",'email':" + q(std::string(name) + "@acme.test") +
                ",'role':" + q(role) + "}");
}

std::string leaves(std::string_view queue, std::string_view name) {
    return acme("'removeQueueMember':{'queue':" + q(queue) + ",'email':" + q(std::string(name) + "@acme.test") + "}");
}

BillLine charge(std::string_view sku, std::string_view quantity, std::string_view begin, std::string_view end,
                std::string_view amount) {
    BillLine line;
    line.sku = sku;
    line.bill_sku = sku;
    line.period = period(begin, end);
    line.quantity = decimal(quantity);
    line.amount = decimal(amount);
    line.currency = "USD";
    return line;
}

BillLine at_price(BillLine line, std::string_view unit_price) {
    line.unit_price = decimal(unit_price);
    return line;
}

BillLine of_license(BillLine line, std::uint32_t license) {
    line.license = license;
    return line;
}

BillLine of_person(BillLine line, std::string_view name) {
    line.email = std::string(name) + "@acme.test";
    return line;
}

BillLine of_invoice(BillLine line, std::string_view invoice) {
    line.invoice = invoice;
    return line;
}

BillLine of_kind(BillLine line, LineKind kind) {
    line.kind = kind;
    return line;
}

BillLine billed_in(BillLine line, std::string_view begin, std::string_view end) {
    line.billed_in = period(begin, end);
    return line;
}

std::string row_of(const LineVerdict& of) {
    if (of.verdict == billing::Verdict::not_billed) return "not_billed " + to_text(of.explained, 2);
    auto row = std::to_string(of.line) + " ";
    if (of.state == LineState::set_aside) return row + "set_aside " + to_text(of.amount, 2);
    row += std::string(name_of(of.verdict)) + " " + std::string(name_of(of.arithmetic));
    return row + " " + to_text(of.explained, 2) + " " + to_text(of.at_issue, 2);
}

std::vector<std::string> Reconciled::rows() const {
    std::vector<std::string> rows;
    for (const auto& of : verdicts) rows.push_back(row_of(of));
    return rows;
}

Audit::Audit(const Steps& steps) : people_(registered_in(steps)), history_("acme") {
    LedgerBox box;
    box.must_happen(steps);
    history_ = history_of(box.blocks(), "acme");
    events_ = box.events();
    REQUIRE(history_.misfits() == 0);
}

Audit::Audit(const LedgerBox& box, std::optional<Window> window)
    : people_({"boss@acme.test"}), history_(history_of(box.blocks(), "acme", window)), events_(box.events()) {}

std::vector<std::string> Audit::because(const LineVerdict& verdict) const {
    std::vector<std::string> names;
    for (const auto sequence : verdict.because) {
        REQUIRE(sequence.value <= events_.size());
        const auto& event = events_[sequence.value - 1];
        // The body is the one member that is an object itself.
        const auto at = event.find("\":{");
        const auto from = event.rfind('"', at - 1) + 1;
        names.push_back(event.substr(from, at - from));
    }
    return names;
}

UserId Audit::user(std::string_view email) const {
    const auto found = std::ranges::find(people_, email);
    return found == people_.end() ? UserId() : UserId(static_cast<std::uint32_t>(found - people_.begin() + 1));
}

namespace {

Exact exact(Decimal number) { return to_exact(number); }

void check_totals(const Reconciled& done, const std::vector<BillLine>& lines, const std::vector<RefusedLine>& refused) {
    std::map<std::string, Exact> sums, explained, at_issue, conceded, not_billed;
    std::map<std::string, std::uint64_t> counts;
    for (const auto& line : lines) {
        sums[line.currency] += exact(line.amount);
        ++counts[line.currency];
    }
    for (const auto& line : refused) {
        sums[line.currency] += line.amount ? exact(*line.amount) : Exact();
        ++counts[line.currency];
    }
    for (const auto& of : done.verdicts) {
        CHECK(std::ranges::is_sorted(of.because));
        CHECK(std::ranges::adjacent_find(of.because) == of.because.end());
        CHECK(of.because.size() <= LineVerdict::because_max);
        CHECK(exact(of.at_issue) == exact(of.amount) - exact(of.explained));
        CHECK(exact(of.conceded) == (of.at_issue.is_negative() ? exact(of.amount) : exact(of.explained)));
        if (of.verdict == billing::Verdict::not_billed) {
            not_billed[of.currency] += exact(of.explained);
            CHECK(of.line == 0);
        } else if (of.state == LineState::judged) {
            explained[of.currency] += exact(of.explained);
            at_issue[of.currency] += exact(of.at_issue);
            conceded[of.currency] += exact(of.conceded);
        }
    }
    for (const auto& total : done.totals) {
        CHECK(exact(total.amount) == sums[total.currency]);
        CHECK(exact(total.amount) ==
              exact(total.amount_judged) + exact(total.amount_set_aside) + exact(total.amount_refused));
        CHECK(exact(total.amount_judged) == exact(total.explained) + exact(total.at_issue));
        CHECK(exact(total.explained) == explained[total.currency]);
        CHECK(exact(total.at_issue) == at_issue[total.currency]);
        CHECK(exact(total.conceded) == conceded[total.currency]);
        CHECK(exact(total.not_billed) == not_billed[total.currency]);
        CHECK(total.lines == counts[total.currency]);
        std::uint64_t verdicts = 0;
        for (const auto count : total.verdicts) verdicts += count;
        CHECK(verdicts - total.count(billing::Verdict::not_billed) == total.judged);
        sums.erase(total.currency);
    }
    CHECK(sums.empty());
}

}  // namespace

Reconciled Audit::reconciled(std::vector<BillLine> lines, const PriceBook& book, Instant as_of,
                             const std::vector<RefusedLine>& refused) const {
    const SeatDays days(history_, book, as_of);
    Reconciler reconciler;
    std::uint64_t number = 2;
    for (auto& line : lines) {
        if (line.line == 0) line.line = number;
        ++number;
        reconciler.add(line);
    }
    for (const auto& line : refused) reconciler.add(line);
    const EmailOf email_of = [&](UserId id) -> std::optional<std::string> {
        return id.value <= people_.size() ? std::optional(people_[id.value - 1]) : std::nullopt;
    };
    Reconciled done;
    const auto user_of = [&](std::string_view email, const DayPeriod&) { return user(email); };
    done.totals = reconciler.finish(days, book, user_of, [&](const LineVerdict& verdict) {
        done.verdicts.push_back(verdict);
        done.messages.push_back(message(verdict, email_of, schema::Language::EN));
        check_languages(verdict, email_of);
    });
    for (std::size_t i = 0; i < lines.size(); ++i) {
        REQUIRE(i < done.verdicts.size());
        CHECK(done.verdicts[i].line == lines[i].line);
    }
    check_totals(done, lines, refused);
    return done;
}

std::vector<BillLine> lines_of(const std::string& bill, const BillFormat& format, const std::string& mapping) {
    std::istringstream stream(bill);
    const auto parsed = parse_mapping(mapping, "mapping");
    REQUIRE(parsed.has_value());
    std::vector<BillLine> lines;
    const BillSink sink{
        [&](BillLine line, std::string_view) { lines.push_back(std::move(line)); },
        [&](const RefusedLine& line, std::string_view) { FAIL("line " << line.line << ": " << line.reason); }};
    const auto read = read_bill(stream, "bill", format, *parsed, sink);
    if (!read) FAIL("the bill cannot be read");
    return lines;
}

Reconciled Audit::reconciled(const std::string& bill, const BillFormat& format, const std::string& mapping,
                             const PriceBook& book) const {
    return reconciled(lines_of(bill, format, mapping), book);
}

}  // namespace seatledger::testing
