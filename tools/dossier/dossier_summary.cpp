// The first part of the page and its last two: what it comes to, by which log, what is proposed, what it proves.
#include "projections/billing/verdict_message.h"
#include "tools/dossier/dossier_page.h"
#include "tools/dossier/html_text.h"

namespace seatledger {
namespace {

using billing::LineState;

// As one word of a POSIX shell.
std::string shell_word(const std::string& text) {
    std::string word = "'";
    for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return word + "'";
}

void write_figures(DossierPage& page, const billing::LineVerdict& verdict) {
    const auto& words = page.words;
    page.out += "<dl class=\"figures\">\n";
    const auto figure = [&](const Phrase<>& name, billing::Decimal amount) {
        page.out += "<div><dt>" + name() + "</dt><dd>" + page.money(amount) + "</dd></div>\n";
    };
    figure(words.billed_amount, verdict.amount);
    figure(words.explained, verdict.explained);
    figure(words.at_issue, verdict.at_issue);
    figure(words.conceded, verdict.conceded);
    page.out += "</dl>\n";
}

std::string sentence(const DossierPage& page, const billing::LineVerdict& verdict) {
    const auto say = [&](const auto& phrase, billing::Decimal at_issue) {
        return phrase(page.money(verdict.amount), page.money(verdict.explained), page.money(at_issue),
                      page.money(verdict.conceded));
    };
    if (!verdict.at_issue.is_negative()) return say(page.words.summary, verdict.at_issue);
    return say(page.words.summary_too_little, billing::negated(verdict.at_issue));
}

void write_outcome(DossierPage& page) {
    const auto& dossier = page.dossier;
    if (!dossier.judgement) {
        const auto& why = dossier.line.unread;
        page.paragraph(page.words.summary_unread(why.empty() ? page.words.erased() : html_text(why)), "verdict");
        return;
    }
    const auto& verdict = dossier.judgement->verdict;
    write_figures(page, verdict);
    if (verdict.state == LineState::set_aside) {
        page.paragraph(page.words.set_aside() + " " + code(name_of(verdict.state)), "verdict");
    } else {
        page.paragraph(page.words.verdict() + ": " + html_text(label_of(verdict.verdict, dossier.language)) + " " +
                           code(name_of(verdict.verdict)),
                       "verdict");
    }
    const auto amounts = verdict.state == LineState::set_aside ? std::string() : sentence(page, verdict) + " ";
    page.paragraph(amounts + "<bdi>" + html_text(dossier.judgement->message) + "</bdi>");
}

void write_log(DossierPage& page) {
    const auto& words = page.words;
    const auto& dossier = page.dossier;
    const auto& log = dossier.log;
    page.out += "<h3>" + words.log() + "</h3>\n";
    page.open_fields();
    page.field(words.account(), name_and_id(dossier.account));
    if (dossier.dispute.first) page.field(words.disputed_first(), std::to_string(*dossier.dispute.first));
    page.field(words.log_origin(), code(log.origin));
    page.field(words.log_size(), std::to_string(log.size));
    page.field(words.log_time(), to_rfc3339(log.time));
    page.field(words.log_root(), code(log.root));
    page.field(words.log_key(), code(log.verifier_key));
    page.close_fields();
    page.paragraph(words.how_to_verify());
    page.out += "<pre>seatledger verify-dossier . --key " + html_exact(shell_word(log.verifier_key)) + "</pre>\n";
    page.paragraph(words.verify_key(), "note");
}

template <typename Phrases>
void write_list(DossierPage& page, const Phrase<>& heading, const Phrases& items) {
    page.out += "<h3>" + heading() + "</h3>\n<ul class=\"list\">\n";
    for (const auto& item : items) page.out += "<li>" + item() + "</li>\n";
    page.out += "</ul>\n";
}

}  // namespace

void write_summary(DossierPage& page) {
    page.open_section(1);
    write_outcome(page);
    write_log(page);
    page.close_section();
}

bool is_judged_alone(const Dossier& dossier) { return !dossier.line.sha256.empty() && !dossier.line.bill_lines; }

void write_remedy(DossierPage& page) {
    using Kind = Dossier::Remedy::Kind;
    const auto& words = page.words;
    const auto& remedy = page.dossier.remedy;
    page.open_section(8);
    if (page.dossier.dispute.is_resolved && page.dossier.judgement) {
        page.paragraph(words.remedy_resolved("<bdi>" + html_text(page.dossier.dispute.said.back().verdict) + "</bdi>"));
    }
    switch (remedy.kind) {
        case Kind::none:
            page.paragraph(is_judged_alone(page.dossier) ? words.remedy_none_alone() : words.remedy_none(), "verdict");
            break;
        case Kind::done: page.paragraph(words.remedy_done(), "verdict"); break;
        case Kind::credit: page.paragraph(words.remedy_credit(page.money(remedy.amount)), "verdict"); break;
        case Kind::billed_too_little:
            page.paragraph(words.remedy_too_little(page.money(remedy.amount)), "verdict");
            break;
        case Kind::undecided: page.paragraph(words.remedy_undecided(), "verdict"); break;
    }
    if (!remedy.command.empty()) {
        page.paragraph(words.command());
        page.out += "<pre>" + html_exact(remedy.command) + "</pre>\n";
    } else if (remedy.kind == Kind::credit) {
        page.paragraph(words.no_command[static_cast<std::size_t>(remedy.no_command) - 1]());
    }
    if (!remedy.credited_otherwise_by.empty()) {
        page.paragraph(words.credited_otherwise(std::to_string(remedy.invoice_line), html_text(remedy.invoice),
                                                page.money(remedy.credited_otherwise, remedy.credited_in),
                                                page.links(remedy.credited_otherwise_by)));
    }
    if (remedy.kind == Kind::credit) page.paragraph(words.a_person_applies());
    if (!remedy.credited_by.empty()) {
        page.paragraph(words.credited(page.money(remedy.credited, remedy.credited_in), page.links(remedy.credited_by)));
    }
    page.close_section();
}

void write_proofs(DossierPage& page) {
    page.open_section(9);
    write_list(page, page.words.proves, page.words.proofs);
    write_list(page, page.words.proves_not, page.words.no_proofs);
    page.close_section();
}

}  // namespace seatledger
