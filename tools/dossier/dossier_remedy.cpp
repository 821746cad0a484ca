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
    if (line.invoice_line) {
        if (*line.invoice_line > invoice->lines.size()) return std::nullopt;
        return InvoiceLine{invoice, *line.invoice_line};
    }
    std::optional<InvoiceLine> found;
    for (std::uint32_t number = 1; number <= invoice->lines.size(); ++number) {
        if (history.product(invoice->lines[number - 1].sku).sku != line.read->sku) continue;
        if (found) return std::nullopt;
        found = InvoiceLine{invoice, number};
    }
    return found;
}

Decimal to_decimal(Amount amount) { return {amount.millionths, micro_digits}; }

// What was credited for the invoice's line, but not in the name of this dispute.
void add_credited_otherwise(const InvoiceLine& of, Dossier::Remedy& remedy) {
    remedy.invoice = of.invoice->id;
    remedy.invoice_line = of.number;
    remedy.credited_in = of.invoice->currency;
    for (const auto& credit : of.invoice->lines[of.number - 1].credits) {
        if (std::ranges::find(remedy.credited_by, credit.granted.sequence) != remedy.credited_by.end()) continue;
        remedy.credited_otherwise_by.push_back(credit.granted.sequence);
        remedy.credited_otherwise = shortest(sum(remedy.credited_otherwise, to_decimal(credit.amount)));
    }
}

// The command for the amount, or why there is none.
void add_command(const DossierFacts& facts, const std::optional<InvoiceLine>& of, Dossier::Remedy& remedy,
                 const std::string& currency) {
    using NoCommand = Dossier::Remedy::NoCommand;
    const auto amount = to_millionths(remedy.amount);
    const auto digits = minor_unit_digits(currency);
    const bool is_fine = !amount || !digits || !is_whole_minor_units(Amount{*amount}, *digits);
    if (!of || of->invoice->currency != currency) {
        remedy.no_command = NoCommand::invoice_unknown;
    } else if (!of->invoice->paid || of->invoice->reversed || of->invoice->voided) {
        remedy.no_command = NoCommand::invoice_not_paid;
    } else if (is_fine) {
        remedy.no_command = NoCommand::too_fine;
    } else if (!remedy.credited_otherwise_by.empty()) {
        remedy.no_command = NoCommand::credited_otherwise;
    } else {
        const auto& line = of->invoice->lines[of->number - 1];
        auto rest = line.amount.millionths;
        for (const auto& credit : line.credits) rest -= credit.amount.millionths;
        if (*amount > rest) {
            remedy.no_command = NoCommand::too_little_left;
            return;
        }
        remedy.command = credit_command(facts.inputs.account,
                                        {facts.inputs.dispute, of->invoice->id, of->number, *amount, currency});
    }
}

}  // namespace

void add_remedy(const DossierFacts& facts, const billing::AccountHistory& history, Dossier& dossier) {
    using Kind = Dossier::Remedy::Kind;
    auto& remedy = dossier.remedy;
    for (const auto& of : facts.events.all()) {
        if (!of.event().isInvoiceCredited() || !is_about_dispute(of.event(), facts.inputs.dispute)) continue;
        remedy.credited_by.push_back(of.sequence);
        const auto credit = of.event().getInvoiceCredited().getAmount();
        remedy.credited = shortest(sum(remedy.credited, to_decimal(Amount{credit.getAmount()})));
        remedy.credited_in = view(credit.getCurrency());
    }
    if (!dossier.judgement) return;
    const auto& verdict = dossier.judgement->verdict;
    if (verdict.state != billing::LineState::judged) return;
    const auto of = invoice_line_of(history, dossier.line);
    if (of) add_credited_otherwise(*of, remedy);
    if (verdict.at_issue.is_zero()) {
        remedy.kind = Kind::none;
    } else if (verdict.at_issue.is_negative()) {
        remedy.kind = Kind::billed_too_little;
        remedy.amount = billing::negated(verdict.at_issue);
    } else {
        const bool is_same_money = remedy.credited_in == verdict.currency;
        const auto rest = is_same_money ? billing::difference(verdict.at_issue, remedy.credited) : verdict.at_issue;
        const bool is_done = rest.is_zero() || rest.is_negative();
        remedy.kind = is_done ? Kind::done : Kind::credit;
        if (is_done) return;
        remedy.amount = rest;
        add_command(facts, of, remedy, verdict.currency);
    }
}

}  // namespace seatledger
