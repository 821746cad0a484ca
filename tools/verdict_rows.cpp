#include "tools/verdict_rows.h"

#include <capnp/message.h>

#include <algorithm>
#include <string>

#include "events/money.h"
#include "events/text.h"
#include "tools/reconcile.capnp.h"

namespace seatledger {
namespace {

using billing::Arithmetic;
using billing::Decimal;
using billing::LineState;
using billing::Verdict;

void set_money(Decimal amount, const std::string& currency, schema::ExactMoney::Builder to) {
    const auto digits = static_cast<unsigned>(minor_unit_digits(currency).value_or(0));
    to.setAmount(text(billing::to_text(amount, digits)));
    to.setCurrency(text(currency));
}

template <typename Names>
void set_names(const Names& names, capnp::List<capnp::Text>::Builder list) {
    for (unsigned i = 0; i < list.size(); ++i) list.set(i, text(billing::name_of(names[i])));
}

void set_judged(const billing::LineVerdict& verdict, schema::BillVerdict::Builder row) {
    row.setVerdict(text(billing::name_of(verdict.verdict)));
    if (verdict.verdict == Verdict::not_billed) return;
    row.setArithmetic(text(billing::name_of(verdict.arithmetic)));
    if (verdict.arithmetic == Arithmetic::explained_by_rounding) {
        set_names(verdict.roundings, row.initExplainedBy(static_cast<unsigned>(verdict.roundings.size())));
    } else if (verdict.arithmetic == Arithmetic::explained_by_day_count) {
        set_names(verdict.day_counts, row.initExplainedBy(static_cast<unsigned>(verdict.day_counts.size())));
    }
}

// 7 lines: 5 judged (3 correct, 2 wrong_quantity), 1 set aside, 1 refused; 1 not billed
std::string summary_of(const billing::BillTotal& total) {
    std::string verdicts;
    for (std::size_t i = 0; i < billing::verdicts_count; ++i) {
        const auto verdict = static_cast<Verdict>(i);
        if (verdict == Verdict::not_billed || total.count(verdict) == 0) continue;
        verdicts += (verdicts.empty() ? "" : ", ") + std::to_string(total.count(verdict)) + " " +
                    std::string(billing::name_of(verdict));
    }
    auto text = std::to_string(total.lines) + (total.lines == 1 ? " line: " : " lines: ") +
                std::to_string(total.judged) + " judged" + (verdicts.empty() ? "" : " (" + verdicts + ")");
    if (total.set_aside > 0) text += ", " + std::to_string(total.set_aside) + " set aside";
    if (total.refused > 0) text += ", " + std::to_string(total.refused) + " refused";
    if (const auto count = total.refused_without_amount; count > 0) {
        text += " (of " + std::to_string(count) + " of these the amount cannot be read: the sums lack it)";
    }
    if (const auto count = total.count(Verdict::not_billed); count > 0) {
        text += "; not billed: " + std::to_string(count);
    }
    return text;
}

}  // namespace

bool is_contested(const billing::LineVerdict& verdict) {
    return verdict.state == LineState::judged && (verdict.verdict != Verdict::correct || !verdict.at_issue.is_zero());
}

VerdictRows::VerdictRows(RowPrinter& printer, const std::vector<billing::RefusedLine>& refused)
    : printer_(printer), refused_(refused) {
    printer_.expect(capnp::Schema::from<schema::BillVerdict>());
}

void VerdictRows::print_refused(std::uint64_t line) {
    while (refused_printed_ < refused_.size() && (line == 0 || refused_[refused_printed_].line < line)) {
        const auto& refused = refused_[refused_printed_++];
        capnp::MallocMessageBuilder message;
        auto row = message.initRoot<schema::BillVerdict>();
        row.setLine(refused.line);
        row.setState("refused");
        if (refused.amount) set_money(*refused.amount, refused.currency, row.initAmount());
        row.setMessage(text("The line cannot be read: " + refused.reason + "."));
        printer_.print(row.asReader());
    }
}

void VerdictRows::print(const billing::LineVerdict& verdict, std::string_view said) {
    print_refused(verdict.line);
    capnp::MallocMessageBuilder message;
    auto row = message.initRoot<schema::BillVerdict>();
    row.setLine(verdict.line);
    const bool is_judged = verdict.state == LineState::judged;
    row.setState(is_judged ? "judged" : "setAside");
    if (is_judged) set_judged(verdict, row);
    set_money(verdict.amount, verdict.currency, row.initAmount());
    if (is_judged) {
        set_money(verdict.explained, verdict.currency, row.initExplained());
        set_money(verdict.at_issue, verdict.currency, row.initAtIssue());
        set_money(verdict.conceded, verdict.currency, row.initConceded());
        if (verdict.difference) set_money(*verdict.difference, verdict.currency, row.initDifference());
    }
    auto because = row.initBecause(static_cast<unsigned>(verdict.because.size()));
    for (unsigned i = 0; i < because.size(); ++i) because.set(i, verdict.because[i].value);
    row.setBecauseHasMore(verdict.because_has_more);
    row.setOfLine(verdict.of_line);
    row.setMessage(text(said));
    printer_.print(row.asReader());
}

void VerdictRows::finish() { print_refused(0); }

void VerdictRows::print(const billing::BillTotal& total) {
    capnp::MallocMessageBuilder message;
    auto row = message.initRoot<schema::BillVerdict>();
    row.setState("total");
    set_money(total.amount, total.currency, row.initAmount());
    set_money(total.explained, total.currency, row.initExplained());
    set_money(total.at_issue, total.currency, row.initAtIssue());
    set_money(total.conceded, total.currency, row.initConceded());
    auto sums = row.initSums();
    set_money(total.amount_judged, total.currency, sums.initJudged());
    set_money(total.amount_set_aside, total.currency, sums.initSetAside());
    set_money(total.amount_refused, total.currency, sums.initRefused());
    set_money(total.not_billed, total.currency, sums.initNotBilled());
    row.setMessage(text(summary_of(total)));
    printer_.print(row.asReader());
}

}  // namespace seatledger
