// What a dossier proposes.
#include <algorithm>
#include <optional>

#include "events/text.h"
#include "projections/billing/bill_lines.h"
#include "tools/dispute_commands.h"
#include "tools/dossier/dossier_parts.h"

namespace seatledger {
namespace {

using billing::Decimal;

constexpr unsigned micro_digits = 6;

// In millionths; nothing where it is finer, or larger than any amount.
std::optional<std::int64_t> to_millionths(Decimal amount) {
    const auto short_amount = billing::shortest(amount);
    if (short_amount.scale > micro_digits) return std::nullopt;
    auto units = short_amount.units;
    for (auto scale = unsigned{short_amount.scale}; scale < micro_digits; ++scale) units *= 10;
    if (units != static_cast<std::int64_t>(units)) return std::nullopt;
    return static_cast<std::int64_t>(units);
}

// The line of the ledger's invoice that the disputed one is, if it is known.
struct InvoiceLine {
    const billing::InvoiceFacts* invoice = nullptr;
    std::uint32_t number = 0;  // from 1
};

std::optional<InvoiceLine> invoice_line_of(const billing::AccountHistory& history, const Dossier::Line& line) {
    const auto* invoice = history.find_invoice(line.invoice.empty() ? line.read->invoice : line.invoice);
    if (invoice == nullptr) return std::nullopt;
    if (line.invoice_line) return InvoiceLine{invoice, *line.invoice_line};
    std::optional<InvoiceLine> found;
    for (std::uint32_t number = 1; number <= invoice->lines.size(); ++number) {
        if (history.product(invoice->lines[number - 1].sku).sku != line.read->sku) continue;
        if (found) return std::nullopt;
        found = InvoiceLine{invoice, number};
    }
    return found;
}

// What the ledger would take; empty: nothing, or it is not known of what.
std::string command_for(const DossierFacts& facts, const billing::AccountHistory& history, const Dossier& dossier) {
    const auto of = invoice_line_of(history, dossier.line);
    const auto amount = to_millionths(dossier.remedy.amount);
    if (!of || !amount || of->number > of->invoice->lines.size()) return {};
    if (!of->invoice->paid || of->invoice->reversed || of->invoice->voided) return {};
    if (of->invoice->currency != dossier.judgement->verdict.currency) return {};
    const auto& line = of->invoice->lines[of->number - 1];
    auto rest = line.amount.millionths;
    for (const auto& credit : line.credits) rest -= credit.amount.millionths;
    if (*amount > rest) return {};
    return credit_command(facts.inputs.account,
                          {facts.inputs.dispute, of->invoice->id, of->number, *amount, of->invoice->currency});
}

}  // namespace

void add_remedy(const DossierFacts& facts, const billing::AccountHistory& history, Dossier& dossier) {
    using Kind = Dossier::Remedy::Kind;
    auto& remedy = dossier.remedy;
    for (const auto& of : facts.events.all()) {
        if (!of.event().isInvoiceCredited() || !is_about_dispute(of.event(), facts.inputs.dispute)) continue;
        remedy.credited_by.push_back(of.sequence);
        const Decimal amount{of.event().getInvoiceCredited().getAmount().getAmount(), micro_digits};
        remedy.credited = billing::shortest(billing::difference(remedy.credited, billing::negated(amount)));
    }
    if (!dossier.judgement) return;
    const auto& verdict = dossier.judgement->verdict;
    if (verdict.state != billing::LineState::judged) return;
    if (verdict.at_issue.is_zero()) {
        remedy.kind = Kind::none;
    } else if (verdict.at_issue.is_negative()) {
        remedy.kind = Kind::billed_too_little;
        remedy.amount = billing::negated(verdict.at_issue);
    } else {
        const auto rest = billing::difference(verdict.at_issue, remedy.credited);
        const bool is_done = rest.is_zero() || rest.is_negative();
        remedy.kind = is_done ? Kind::done : Kind::credit;
        if (is_done) return;
        remedy.amount = rest;
        remedy.command = command_for(facts, history, dossier);
    }
}

}  // namespace seatledger
