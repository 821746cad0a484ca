// The part of the page about the verdict: amounts, how it came about, and what every other rule would say.
#include <fmt/format.h>

#include "projections/billing/verdict_message.h"
#include "tools/dossier/dossier_page.h"
#include "tools/dossier/html_text.h"

namespace seatledger {
namespace {

using billing::LineState;
using billing::LineVerdict;

// The word for it, and below or beside it what it is called in JSON.
template <typename Named>
std::string named(const DossierPage& page, Named value) {
    return html_text(label_of(value, page.dossier.language)) + " " + code(name_of(value));
}

template <typename Named>
std::string named_cell(const DossierPage& page, Named value) {
    return html_text(label_of(value, page.dossier.language)) + " <span class=\"code\">" + html_text(name_of(value)) +
           "</span>";
}

template <typename Named>
std::string all_named(const DossierPage& page, const std::vector<Named>& values) {
    std::string list;
    for (const auto value : values) list += (list.empty() ? "" : "; ") + named(page, value);
    return list;
}

std::string end_rule(const DossierPage& page, const billing::PriceBook& book) {
    return book.end_inclusive ? page.words.end_counted() : page.words.end_not_counted();
}

void write_amounts(DossierPage& page, const LineVerdict& verdict) {
    const auto& words = page.words;
    page.open_table("amounts", words.amounts_caption(), {{words.field()}, {words.amount(), true}});
    const auto row = [&](const Phrase<>& name, billing::Decimal amount, std::string_view css_class) {
        page.out += fmt::format("<tr{}><th scope=\"row\">{}</th><td class=\"n\">{}</td></tr>\n", css_class, name(),
                                page.money(amount));
    };
    row(words.billed_amount, verdict.amount, "");
    row(words.explained, verdict.explained, "");
    row(words.at_issue, verdict.at_issue, " class=\"total\"");
    row(words.conceded, verdict.conceded, "");
    page.close_table();
}

void write_price(DossierPage& page, const billing::VerdictDetails& details) {
    const auto& words = page.words;
    if (details.price_in_force) page.field(words.price_in_force(), page.money(*details.price_in_force));
    if (details.price_since) page.field(words.price_since(), page.link(details.price_since));
    if (details.price_copied) page.field(words.price_copied(), page.link(details.price_copied));
    if (details.billed_price_of) page.field(words.billed_price_of(), page.link(details.billed_price_of));
}

void write_judged(DossierPage& page, const LineVerdict& verdict) {
    const auto& words = page.words;
    const auto& details = verdict.details;
    page.out += "<h3>" + words.judged_caption() + "</h3>\n";
    page.open_fields();
    page.field(words.verdict(), named(page, verdict.verdict));
    page.field(words.arithmetic(), named(page, verdict.arithmetic));
    if (!verdict.roundings.empty()) page.field(words.rounding(), all_named(page, verdict.roundings));
    if (!verdict.day_counts.empty()) page.field(words.day_count(), all_named(page, verdict.day_counts));
    if (verdict.difference) page.field(words.difference(), page.money(*verdict.difference));
    if (verdict.of_line > 0) page.field(words.of_line(), std::to_string(verdict.of_line));
    if (details.seat_days_billed != 0) {
        page.field(words.seat_days_billed(), std::to_string(details.seat_days_billed));
        page.field(words.seat_days_covered(), std::to_string(details.seat_days_covered));
    }
    write_price(page, details);
    if (!verdict.because.empty()) {
        page.field(words.because(),
                   page.links(verdict.because) + (verdict.because_has_more ? ", " + words.and_more() : ""));
    }
    page.close_fields();
}

void write_deficits(DossierPage& page, const std::vector<billing::Deficit>& deficits) {
    const auto& words = page.words;
    if (deficits.empty()) return;
    page.open_table("deficits", words.deficits_caption(),
                    {{words.reason()}, {words.seat_days(), true}, {words.seats_most(), true}});
    for (const auto& deficit : deficits) {
        page.out += fmt::format("<tr><th scope=\"row\">{}</th><td class=\"n\">{}</td><td class=\"n\">{}</td></tr>\n",
                                named(page, deficit.reason), deficit.seat_days, deficit.seats);
    }
    page.close_table();
}

void write_rule(DossierPage& page, const billing::PriceBook& book, const LineVerdict& verdict, bool is_applied) {
    const bool is_judged = verdict.state == LineState::judged;
    page.out += is_applied ? "<tr class=\"applied\">" : "<tr>";
    page.out += "<th scope=\"row\">" + named_cell(page, book.rounding) +
                (is_applied ? " <span class=\"tag\">" + page.words.applied() + "</span>" : "") + "</th>";
    page.out += "<td>" + end_rule(page, book) + "</td>";
    page.out += "<td>" + (is_judged ? named_cell(page, verdict.verdict) : page.words.set_aside()) + "</td>";
    page.out += "<td>" + (is_judged ? named_cell(page, verdict.arithmetic) : "–") + "</td>";
    page.out += "<td class=\"n\">" + page.money(verdict.explained) + "</td><td class=\"n\">" +
                page.money(verdict.at_issue) + "</td></tr>\n";
}

void write_rules(DossierPage& page) {
    const auto& words = page.words;
    const auto& dossier = page.dossier;
    page.open_table("rules", words.rules_caption(),
                    {{words.rounding()},
                     {words.term_end()},
                     {words.verdict()},
                     {words.arithmetic()},
                     {words.explained(), true},
                     {words.at_issue(), true}});
    write_rule(page, dossier.price_book, dossier.judgement->verdict, true);
    for (const auto& rule : dossier.other_rules) write_rule(page, rule.price_book, rule.verdict, false);
    page.close_table();
    page.paragraph(words.rules_note(), "note");
}

}  // namespace

void write_verdict(DossierPage& page) {
    page.open_section(4);
    if (const auto& judgement = page.dossier.judgement) {
        const auto& verdict = judgement->verdict;
        page.paragraph("<bdi>" + html_text(judgement->message) + "</bdi>");
        write_amounts(page, verdict);
        if (verdict.state == LineState::judged) {
            write_judged(page, verdict);
            write_deficits(page, verdict.details.deficits);
        }
        write_rules(page);
    } else {
        page.paragraph(page.words.no_verdict());
    }
    page.close_section();
}

}  // namespace seatledger
