// The part of the page about days: the calendar as a picture, and the same as a table.
#include <fmt/format.h>

#include <span>

#include "tools/dossier/calendar_picture.h"
#include "tools/dossier/dossier_page.h"
#include "tools/dossier/html_text.h"

namespace seatledger {
namespace {

using Days = std::span<const Dossier::Day>;

constexpr std::size_t labelled_events_max = 6;  // of a day; of more there are numbers only

bool says_the_same(const Dossier::Day& a, const Dossier::Day& b) {
    return a.is_billed == b.is_billed && billing::equal(a.billed, b.billed) && a.covered == b.covered &&
           a.bought == b.bought && a.bound == b.bound && a.in_queues == b.in_queues && a.entitled == b.entitled;
}

// The longest head of `days` that is one row: a day with events, or days without any that say the same.
Days row_of(Days days) {
    std::size_t size = 1;
    if (!days.front().events.empty()) return days.first(size);
    while (size < days.size() && days[size].events.empty() && says_the_same(days[size], days.front())) ++size;
    return days.first(size);
}

std::string number(const std::optional<std::uint64_t>& of) { return of ? std::to_string(*of) : "–"; }

std::string events_of(const DossierPage& page, const std::vector<Sequence>& events) {
    if (events.size() > labelled_events_max) return page.links(events);
    std::string list;
    for (const auto sequence : events) {
        const auto* event = page.event(sequence);
        const auto label = event == nullptr ? std::string_view() : event_label(event->name, page.dossier.language);
        list += (list.empty() ? "" : "<br/>") + page.link(sequence) + (label.empty() ? "" : " " + html_text(label));
    }
    return list;
}

void write_row(DossierPage& page, Days days) {
    const auto& first = days.front();
    const auto state = state_of(first);
    auto name = "<span class=\"day\">" + to_text(first.day) + (days.size() > 1 ? " –" : "") + "</span>";
    if (days.size() > 1) name += " <span class=\"day\">" + to_text(days.back().day) + "</span>";
    page.out += fmt::format(
        "<tr><th scope=\"row\">{}</th><td class=\"n\">{}</td><td>{}{}</td><td class=\"n\">{}</td>"
        "<td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td><td class=\"n\">{}</td>"
        "<td class=\"n\">{}</td><td>{}</td></tr>\n",
        name, days.size(), day_swatch(state), page.words.day_states[static_cast<std::size_t>(state)](),
        first.is_billed ? billing::to_text(first.billed) : "–", first.is_billed ? std::to_string(first.covered) : "–",
        number(first.entitled), number(first.bought), number(first.bound), number(first.in_queues),
        events_of(page, first.events));
}

void write_legend(DossierPage& page) {
    page.out += "<ul class=\"legend\" aria-label=\"" + page.words.legend() + "\">\n";
    for (const auto state :
         {DayState::covered, DayState::partly, DayState::uncovered, DayState::unbilled, DayState::none}) {
        page.out += "<li>" + day_swatch(state) + page.words.day_states[static_cast<std::size_t>(state)]() + "</li>\n";
    }
    page.out += "<li>" + event_swatch() + page.words.event_mark() + "</li>\n</ul>\n";
}

}  // namespace

void write_calendar(DossierPage& page) {
    const auto& words = page.words;
    const Days all = page.dossier.calendar;
    page.open_section(5);
    if (all.empty()) {
        page.paragraph(page.dossier.line.read ? words.no_days() : words.no_days_read());
        page.close_section();
        return;
    }
    page.paragraph(words.calendar_note(html_text(page.dossier.account.time_zone)));
    write_legend(page);
    page.out += calendar_picture(all, words);
    page.open_table("by-day", words.day_table_caption(),
                    {{words.day()},
                     {words.day_number(), true},
                     {words.state()},
                     {words.billed(), true},
                     {words.covered(), true},
                     {words.entitled(), true},
                     {words.bought(), true},
                     {words.bound(), true},
                     {words.in_queues(), true},
                     {words.events_of_day()}});
    for (auto rest = all; !rest.empty();) {
        const auto row = row_of(rest);
        write_row(page, row);
        rest = rest.subspan(row.size());
    }
    page.close_table();
    page.paragraph(words.day_table_note(), "note");
    page.close_section();
}

}  // namespace seatledger
