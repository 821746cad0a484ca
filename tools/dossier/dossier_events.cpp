// The parts of the page about what happened: the events, and what they leave open.
#include <fmt/format.h>

#include <algorithm>

#include "tools/dossier/dossier_page.h"
#include "tools/dossier/html_text.h"

namespace seatledger {
namespace {

using GapKind = Dossier::GapKind;

// Linked where it can be nothing but a file of this folder.
std::string file_link(const std::string& name) {
    const auto is_plain = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '.' || c == '-';
    };
    if (name.empty() || name.starts_with('.') || !std::ranges::all_of(name, is_plain)) return code(name);
    return "<a href=\"" + name + "\">" + code(name) + "</a>";
}

// One after the other, so that hundreds of events do not fill hundreds of pages.
void write_envelope(DossierPage& page, const Dossier::Event& event) {
    const auto& words = page.words;
    const auto day = page.day_of(event.sequence);
    page.open_fields();
    page.field(words.effective_at(),
               to_rfc3339(event.effective_at) + (day ? " (" + words.civil_day(to_text(*day)) + ")" : ""));
    page.field(words.recorded_at(), to_rfc3339(event.recorded_at));
    page.field(words.actor(), (event.actor.empty() ? page.absent(words.erased) : html_text(event.actor)) +
                                  (event.via_vendor ? " (" + words.via_vendor() + ")" : ""));
    if (!event.request_id.empty()) page.field(words.request_id(), html_text(event.request_id));
    if (event.corrects) page.field(words.corrects(), page.link(event.corrects));
    page.close_fields();
}

void write_event(DossierPage& page, const Dossier::Event& event) {
    const auto& words = page.words;
    const auto label = event_label(event.name, page.dossier.language);
    page.out += fmt::format(
        "<article class=\"event{0}\" id=\"event-{1}\" aria-labelledby=\"head-{1}\">\n<div class=\"head\"><h3 "
        "id=\"head-{1}\"><span class=\"seq\">{1}</span> {2}{3}{4}</h3><p class=\"files\">{5} · {6}</p></div>\n"
        "<div class=\"halves\">\n",
        event.is_decisive ? " decisive" : "", event.sequence.value,
        label.empty() ? "" : "<span>" + html_text(label) + "</span> ", code(event.name),
        event.is_decisive ? " <span class=\"tag\">" + words.decisive() + "</span>" : "", file_link(event.entry_file),
        file_link(event.proof_file));
    write_envelope(page, event);
    page.json_fields(event.body, "kv body");
    page.out += "</div></article>\n";
}

std::string sentence(const DossierPage& page, const Dossier::Gap& gap) {
    const auto& words = page.words;
    const auto count = std::to_string(gap.count);
    switch (gap.kind) {
        case GapKind::no_event_in_period: return words.no_event_in_period();
        case GapKind::imported_history: return words.imported_history(count);
        case GapKind::recorded_late: return words.recorded_late(count);
        case GapKind::days_ahead: return words.days_ahead(gap.days ? page.days(*gap.days) : "–");
        case GapKind::text_erased: return words.text_erased();
        case GapKind::line_unread:
            return words.line_unread(page.dossier.line.unread.empty() ? words.erased()
                                                                      : html_text(page.dossier.line.unread));
        case GapKind::judged_alone: return words.judged_alone();
        case GapKind::layout_declared: return words.layout_declared();
        case GapKind::events_chosen: return words.events_chosen();
    }
    return {};
}

}  // namespace

void write_events(DossierPage& page) {
    const auto& events = page.dossier.events;
    page.open_section(6);
    const auto decisive = std::ranges::count(events, true, &Dossier::Event::is_decisive);
    page.paragraph(page.words.events_note(std::to_string(events.size()), std::to_string(decisive)), "note");
    for (const auto& event : events) write_event(page, event);
    page.close_section();
}

void write_gaps(DossierPage& page) {
    const auto& words = page.words;
    const auto& gaps = page.dossier.gaps;
    page.open_section(7);
    if (gaps.empty()) page.paragraph(words.no_gaps());
    if (!gaps.empty()) page.out += "<ul class=\"list gaps\">\n";
    for (const auto& gap : gaps) {
        page.out += "<li>" + sentence(page, gap);
        if (!gap.sequences.empty()) {
            const auto listed = gap.sequences.size();
            const auto rest = gap.count > listed ? ", " + words.more(std::to_string(gap.count - listed)) : "";
            page.out += " <span class=\"note\">" + words.gap_events(page.links(gap.sequences) + rest) + "</span>";
        }
        page.out += "</li>\n";
    }
    if (!gaps.empty()) page.out += "</ul>\n";
    page.close_section();
}

}  // namespace seatledger
