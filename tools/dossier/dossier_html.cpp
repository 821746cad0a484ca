#include "tools/dossier/dossier_html.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "tools/dossier/calendar_picture.h"
#include "tools/dossier/dossier_page.h"
#include "tools/dossier/dossier_style.h"
#include "tools/dossier/html_text.h"

namespace seatledger {
namespace {

// Should anything slip through all the same: a browser runs nothing and loads nothing here.
constexpr std::string_view policy =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

std::string name_of_account(const Dossier::Account& account) {
    return account.name.empty() ? account.id : account.name;
}

void write_head(DossierPage& page) {
    const auto& words = page.words;
    page.out = fmt::format(
        "<!DOCTYPE html>\n<html xmlns=\"http://www.w3.org/1999/xhtml\" lang=\"{0}\" xml:lang=\"{0}\">\n<head>\n"
        "<meta charset=\"utf-8\"/>\n<meta http-equiv=\"Content-Security-Policy\" content=\"{1}\"/>\n"
        "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\"/>\n"
        "<meta name=\"referrer\" content=\"no-referrer\"/>\n"
        "<title>{2}</title>\n<style>{3}</style>\n</head>\n<body>\n",
        words.language_tag(), policy,
        words.document_title(std::to_string(page.dossier.dispute.number),
                             html_plain(name_of_account(page.dossier.account))),
        dossier_style());
}

void write_title(DossierPage& page) {
    const auto& words = page.words;
    const auto& dispute = page.dossier.dispute;
    page.out += "<header>\n<p class=\"kind\">" + words.kind_of_document() + "</p>\n<h1>" +
                words.title(std::to_string(dispute.number)) + "</h1>\n<p class=\"whose\">" +
                name_and_id(page.dossier.account) + " <span class=\"tag\">" +
                (dispute.is_resolved ? words.resolved() : words.open()) + "</span></p>\n</header>\n";
}

void write_contents(DossierPage& page) {
    page.out += "<nav aria-label=\"" + page.words.contents() + "\"><ol>\n";
    for (std::size_t i = 1; i <= page.words.sections.size(); ++i) {
        page.out +=
            fmt::format("<li><span>{0}</span> <a href=\"#part-{0}\">{1}</a></li>\n", i, page.words.sections[i - 1]());
    }
    page.out += "</ol></nav>\n";
}

}  // namespace

std::string to_html(const Dossier& dossier) {
    DossierPage page(dossier);
    write_head(page);
    page.out += calendar_symbols();
    write_title(page);
    write_contents(page);
    page.out += "<main>\n";
    write_summary(page);
    write_line(page);
    write_said(page);
    write_verdict(page);
    write_calendar(page);
    write_events(page);
    write_gaps(page);
    write_remedy(page);
    write_proofs(page);
    page.out += "</main>\n</body>\n</html>\n";
    return std::move(page.out);
}

}  // namespace seatledger
