// Bills against ledgers, as the tests write them.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "projections/billing/reconcile.h"
#include "projections/billing/verdict_message.h"
#include "tests/support/commands.h"
#include "tests/support/ledger_box.h"
#include "tools/bills/bill_format.h"

namespace seatledger::testing {

[[nodiscard]] CivilDay day(std::string_view text);
// The end left out.
[[nodiscard]] billing::DayPeriod period(std::string_view begin, std::string_view end);
[[nodiscard]] billing::Decimal decimal(std::string_view text);

// A product that costs so many USD.
[[nodiscard]] std::string priced(std::string_view sku, std::string_view term, std::string_view billing,
                                 std::string_view price);
// An invoice of one line, of which `line` is all but its sku: 'quantity':2,'validUntil':'…'
[[nodiscard]] std::string invoice_of(std::string_view invoice, std::string_view sku, std::string_view line);
// Issued and paid at that instant.
[[nodiscard]] Steps bought_at(std::string_view at, std::string_view invoice, std::string_view sku, int quantity,
                              std::string_view usd);
[[nodiscard]] std::string credited(std::string_view invoice, int quantity, std::string_view usd);
[[nodiscard]] std::string joins(std::string_view queue, std::string_view name, std::string_view role = "agent");
[[nodiscard]] std::string leaves(std::string_view queue, std::string_view name);

// A line of a bill in USD. Lines are numbered by reconciled(), 2 the first, unless they have a number.
[[nodiscard]] billing::BillLine charge(std::string_view sku, std::string_view quantity, std::string_view begin,
                                       std::string_view end, std::string_view amount);
[[nodiscard]] billing::BillLine at_price(billing::BillLine line, std::string_view unit_price);
[[nodiscard]] billing::BillLine of_license(billing::BillLine line, std::uint32_t license);
[[nodiscard]] billing::BillLine of_person(billing::BillLine line, std::string_view name);  // name@acme.test
[[nodiscard]] billing::BillLine of_invoice(billing::BillLine line, std::string_view invoice);
[[nodiscard]] billing::BillLine of_kind(billing::BillLine line, billing::LineKind kind);
[[nodiscard]] billing::BillLine billed_in(billing::BillLine line, std::string_view begin, std::string_view end);

struct Reconciled {
    std::vector<billing::LineVerdict> verdicts;
    std::vector<billing::BillTotal> totals;
    std::vector<std::string> messages;  // of the verdicts, in English

    // line verdict arithmetic explained at_issue; without line: not_billed explained
    [[nodiscard]] std::vector<std::string> rows() const;
};

// The account acme after these steps. Its people are boss@acme.test and those of registered(), in their order.
class Audit {
 public:
    explicit Audit(const Steps& steps);
    // What a ledger has now; of its people only the super admin has an address.
    explicit Audit(const LedgerBox& box, std::optional<billing::Window> window = {});

    [[nodiscard]] const billing::AccountHistory& history() const { return history_; }
    // Checks in passing that the totals add up, to the bill's sum and by verdict, and that every message says the same
    // in all languages.
    [[nodiscard]] Reconciled reconciled(std::vector<billing::BillLine> lines, const billing::PriceBook& book = {},
                                        Instant as_of = last_instant,
                                        const std::vector<billing::RefusedLine>& refused = {}) const;
    // A bill as it stands in a file. All its records must be lines.
    [[nodiscard]] Reconciled reconciled(const std::string& bill, const billing::BillFormat& format,
                                        const std::string& mapping = "{}", const billing::PriceBook& book = {}) const;
    [[nodiscard]] std::vector<std::string> rows(std::vector<billing::BillLine> lines,
                                                const billing::PriceBook& book = {}) const {
        return reconciled(std::move(lines), book).rows();
    }
    // What happened in the events that decide the verdict: invoiceIssued, …
    [[nodiscard]] std::vector<std::string> because(const billing::LineVerdict& verdict) const;
    [[nodiscard]] UserId user(std::string_view email) const;

 private:
    std::vector<std::string> people_;
    billing::AccountHistory history_;
    std::vector<std::string> events_;  // as JSON
};

[[nodiscard]] std::string row_of(const billing::LineVerdict& verdict);
// The lines of a bill, all of which can be read.
[[nodiscard]] std::vector<billing::BillLine> lines_of(const std::string& bill, const billing::BillFormat& format,
                                                      const std::string& mapping = "{}");

}  // namespace seatledger::testing
