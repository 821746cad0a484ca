// What the page was given: the line as it was received and read, and what was said about it.
#include "tools/dossier/dossier_page.h"
#include "tools/dossier/html_text.h"

namespace seatledger {
namespace {

// A table of fields; those that the line does not have are left out.
void write_read(DossierPage& page, const billing::BillLine& line) {
    const auto& words = page.words;
    page.open_table("fields", words.read_caption(), {{words.field()}, {words.value()}});
    const auto row = [&](const Phrase<>& name, const std::string& html) {
        page.out += "<tr><th scope=\"row\">" + name() + "</th><td>" + html + "</td></tr>\n";
    };
    const auto text_row = [&](const Phrase<>& name, const std::string& text) {
        if (!text.empty()) row(name, html_text(text));
    };
    const auto number = [](billing::Decimal of) { return billing::to_text(of); };
    row(words.line_kind, words.line_kinds[static_cast<std::size_t>(line.kind)]());
    text_row(words.sku, line.sku);
    text_row(words.bill_sku, line.bill_sku);
    text_row(words.bill_invoice, line.invoice);
    if (line.license) row(words.license, std::to_string(*line.license));
    text_row(words.person, line.email);
    row(words.period, page.days(line.period));
    if (line.billed_in) row(words.billed_in, page.days(*line.billed_in));
    row(words.quantity, number(line.quantity));
    if (line.unit_price) row(words.unit_price, page.money(*line.unit_price));
    row(words.amount, page.money(line.amount));
    if (!line.tax.is_zero()) row(words.tax, page.money(line.tax));
    text_row(words.currency, line.currency);
    text_row(words.line_id, line.id);
    text_row(words.line_corrects, line.corrects);
    text_row(words.description, line.description);
    if (line.line > 0) row(words.line_number, std::to_string(line.line));
    page.close_table();
}

// Who said it, when, and in which event; then what.
void write_one(DossierPage& page, const Dossier::Said& said, const Phrase<>& what) {
    const auto& words = page.words;
    page.out += "<div class=\"saying\"><h3>" + what() + "</h3>\n";
    if (!said.verdict.empty()) page.paragraph(words.decision() + ": <strong>" + html_text(said.verdict) + "</strong>");
    page.out += "<p class=\"note\">" + to_rfc3339(said.effective_at) + " · <bdi>" +
                (said.who.empty() ? page.absent(words.erased) : html_text(said.who)) + "</bdi> · " +
                html_text(words.event()) + " " + page.link(said.sequence) + "</p>\n";
    // Evidence may be a file alone, and a resolution its decision.
    if (!said.text || !said.text->empty()) {
        page.out += "<blockquote class=\"said\">" + page.or_erased(said.text) + "</blockquote>\n";
    }
    if (!said.sha256.empty()) page.paragraph(words.file_elsewhere() + ": " + code(said.sha256), "note");
    page.out += "</div>\n";
}

}  // namespace

void write_line(DossierPage& page) {
    const auto& words = page.words;
    const auto& line = page.dossier.line;
    page.open_section(2);
    if (line.sha256.empty()) page.paragraph(words.only_invoice_line());
    page.open_fields();
    if (!line.sha256.empty()) {
        page.field(words.file_sha256(), code(line.sha256));
        page.field(words.file_row(), std::to_string(line.row));
    }
    if (line.bill_lines) page.field(words.bill_file(), words.whole_bill(std::to_string(*line.bill_lines)));
    if (!line.sha256.empty()) page.field(words.bill_date(), page.or_not_said(line.date));
    // A line of a bill may name the invoice itself.
    if (!line.invoice.empty()) page.field(words.invoice(), html_text(line.invoice));
    if (line.invoice_line) page.field(words.invoice_line(), std::to_string(*line.invoice_line));
    page.close_fields();
    if (!line.sha256.empty()) {
        page.out += "<h3>" + words.raw_text() + "</h3>\n";
        if (line.text) {
            page.out += "<pre dir=\"ltr\">" + html_exact(*line.text) + "</pre>\n";
            page.paragraph(words.raw_note(), "note");
        } else {
            page.paragraph(page.absent(words.erased));
        }
    }
    if (!line.layout.empty()) {
        page.out += "<h3>" + words.layout() + "</h3>\n";
        page.json_fields(line.layout, "kv layout");
    }
    if (line.read) {
        write_read(page, *line.read);
    } else if (!line.unread.empty()) {
        page.paragraph(words.unread(html_text(line.unread)));
    }
    page.close_section();
}

void write_said(DossierPage& page) {
    const auto& words = page.words;
    const auto& dispute = page.dossier.dispute;
    page.open_section(3);
    for (std::size_t i = 0; i < dispute.said.size(); ++i) {
        const auto& said = dispute.said[i];
        write_one(page, said, i == 0 ? words.claim : said.verdict.empty() ? words.evidence : words.resolution);
    }
    if (!dispute.is_resolved) page.paragraph(words.not_resolved(), "note");
    page.close_section();
}

}  // namespace seatledger
