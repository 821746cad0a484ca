#include "tools/dossier/calendar_picture.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <iterator>
#include <vector>

namespace seatledger {
namespace {

using Days = std::span<const Dossier::Day>;

constexpr std::size_t months_max = 14;  // beyond that, years

// From Monday, 0, to Sunday, 6. 1970-01-01 was a Thursday.
int weekday_of(CivilDay day) { return ((day.number + 3) % 7 + 7) % 7; }

// The longest head of `days` of which all days have the same `part` of their date.
template <typename Part>
Days head_of(Days days, Part part) {
    const auto first = part(date_of(days.front().day));
    std::size_t size = 1;
    while (size < days.size() && part(date_of(days[size].day)) == first) ++size;
    return days.first(size);
}

constexpr auto month_part = [](const Date& date) { return date.year * 12 + static_cast<int>(date.month) - 1; };
constexpr auto year_part = [](const Date& date) { return date.year; };

// 1–15, 17, 20–31 with `day_name` of each.
template <typename Has, typename Name>
std::string runs(Days days, Has has, Name day_name) {
    std::string text;
    for (std::size_t at = 0; at < days.size(); ++at) {
        if (!has(days[at])) continue;
        auto last = at;
        while (last + 1 < days.size() && has(days[last + 1])) ++last;
        if (!text.empty()) text += ", ";
        text += day_name(days[at].day);
        if (last > at) text += "–" + day_name(days[last].day);
        at = last;
    }
    return text;
}

// What a picture shows, for those who do not see it.
template <typename Name>
std::string described(Days days, const DossierPhrases& words, Name day_name) {
    std::string text;
    const auto add = [&](const std::string& what, const std::string& when) {
        if (!when.empty()) text += (text.empty() ? "" : "; ") + what + ": " + when;
    };
    for (const auto state : {DayState::covered, DayState::partly, DayState::uncovered, DayState::unbilled}) {
        const auto has = [&](const Dossier::Day& day) { return state_of(day) == state; };
        add(words.day_states[static_cast<std::size_t>(state)](), runs(days, has, day_name));
    }
    add(words.event_mark(), runs(
                                days, [](const Dossier::Day& day) { return !day.events.empty(); }, day_name));
    return text.empty() ? words.day_states[0]() : text;
}

// `id`: of nothing else on the page.
std::string picture(const std::string& id, const std::string& title, const std::string& description, int width,
                    int height, const std::string& content) {
    return fmt::format(
        "<svg xmlns=\"http://www.w3.org/2000/svg\" role=\"img\" aria-labelledby=\"{0}-title {0}-desc\" viewBox=\"0 0 "
        "{1} {2}\"><title id=\"{0}-title\">{3}</title><desc id=\"{0}-desc\">{4}</desc>\n{5}</svg>\n",
        id, width, height, title, description, content);
}

std::string use(char symbol, std::size_t state, int x, int y) {
    return fmt::format("<use href=\"#{}{}\" x=\"{}\" y=\"{}\"/>", symbol, state, x, y);
}

std::string mark(char symbol, int x, int y) {
    return fmt::format("<use href=\"#{}e\" x=\"{}\" y=\"{}\"/>", symbol, x, y);
}

// ---- A month: weeks as rows.
namespace month {
constexpr int cell_width = 28, cell_height = 24, step_x = 31, step_y = 27, head = 36;

std::string picture_of(Days days, const DossierPhrases& words) {
    const auto date = date_of(days.front().day);
    const auto title = words.month(words.months[date.month - 1](), std::to_string(date.year));
    const auto first = weekday_of(CivilDay{days.front().day.number - static_cast<int>(date.day) + 1});
    std::string content = fmt::format("<text class=\"month\" x=\"1\" y=\"14\">{}</text>\n", title);
    for (int i = 0; i < 7; ++i) {
        content += fmt::format("<text class=\"weekday\" x=\"{}\" y=\"31\">{}</text>", 1 + i * step_x + cell_width / 2,
                               words.weekdays[static_cast<std::size_t>(i)]());
    }
    content += '\n';
    int rows = 0;
    for (const auto& day : days) {
        const auto number = static_cast<int>(date_of(day.day).day);
        const auto place = first + number - 1;
        const auto x = 1 + place % 7 * step_x;
        const auto y = head + place / 7 * step_y;
        rows = std::max(rows, place / 7 + 1);
        content += use('d', static_cast<std::size_t>(state_of(day)), x, y);
        if (!day.events.empty()) content += mark('d', x, y);
        content += fmt::format("<text x=\"{}\" y=\"{}\">{}</text>\n", x + cell_width / 2, y + 16, number);
    }
    const auto day_name = [](CivilDay day) { return std::to_string(date_of(day).day); };
    return picture("month-" + to_text(days.front().day).substr(0, 7), title, described(days, words, day_name),
                   6 * step_x + cell_width + 2, head + (rows - 1) * step_y + cell_height + 1, content);
}
}  // namespace month

// ---- A year: weeks as columns.
namespace year {
constexpr int step = 12, left = 30, head = 16;

std::string picture_of(Days days, const DossierPhrases& words) {
    const auto title = std::to_string(date_of(days.front().day).year);
    const auto january = civil_day(Date{.year = date_of(days.front().day).year, .month = 1, .day = 1}).value();
    const auto first = weekday_of(january);
    const auto column = [&](CivilDay day) { return (day.number - january.number + first) / 7; };
    std::string content;
    for (const int i : {0, 2, 4, 6}) {
        content += fmt::format("<text class=\"side\" x=\"{}\" y=\"{}\">{}</text>", left - 6, head + i * step + 9,
                               words.weekdays[static_cast<std::size_t>(i)]());
    }
    content += '\n';
    for (const auto& day : days) {
        const auto date = date_of(day.day);
        const auto x = left + column(day.day) * step;
        const auto y = head + weekday_of(day.day) * step;
        if (date.day == 1) {
            // Above the column in which the month begins; by its number, since names are too long for some languages.
            const auto beside = weekday_of(day.day) == 0 ? x : x + step;
            content += fmt::format("<text class=\"top\" x=\"{}\" y=\"11\">{}</text>", beside, date.month);
        }
        content += use('y', static_cast<std::size_t>(state_of(day)), x, y);
        if (!day.events.empty()) content += mark('y', x, y);
        if (date.day % 7 == 0) content += '\n';
    }
    const auto day_name = [](CivilDay day) { return to_text(day).substr(5); };
    return picture("year-" + title, title, described(days, words, day_name), left + 54 * step, head + 7 * step,
                   content);
}
}  // namespace year

std::string symbol(std::string_view id, std::string_view content) {
    return fmt::format("<g id=\"{}\">{}</g>\n", id, content);
}

std::string swatch(const std::string& content) {
    return "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"swatch\" viewBox=\"0 0 30 26\" aria-hidden=\"true\">" +
           content + "</svg>";
}

}  // namespace

DayState state_of(const Dossier::Day& day) {
    if (!day.is_billed || day.billed.is_zero())
        return day.entitled.value_or(0) > 0 ? DayState::unbilled : DayState::none;
    if (day.covered == 0) return DayState::uncovered;
    const auto size = day.billed.is_negative() ? billing::negated(day.billed) : day.billed;
    const auto covered = day.covered < 0 ? -day.covered : day.covered;
    // Whole seats: as many as are billed, a part of one counted as one.
    auto whole = size.units;
    for (unsigned i = 0; i < size.scale; ++i) whole = whole / 10 + (whole % 10 == 0 ? 0 : 1);
    return covered >= whole ? DayState::covered : DayState::partly;
}

std::string calendar_symbols() {
    std::string out =
        "<svg xmlns=\"http://www.w3.org/2000/svg\" class=\"symbols\" width=\"0\" height=\"0\" aria-hidden=\"true\">"
        "<defs>\n";
    // A grey that prints; the number stays legible on all of them. Hatches are lines, not patterns: those become
    // coarse on some printers.
    constexpr std::string_view rect = "<rect class=\"{}\" x=\"{}\" y=\"{}\" width=\"{}\" height=\"{}\"/>";
    const auto cell = [&](std::string_view kind) { return fmt::format(fmt::runtime(rect), kind, 0.5, 0.5, 27, 23); };
    out += symbol("d0", cell("none"));
    out += symbol("d1", cell("covered"));
    out += symbol("d2", cell("covered") +
                            "<path class=\"uncovered\" d=\"M27.5 .5V23.5H.5Z\"/><path class=\"hatch\" "
                            "d=\"M7.5 23.5L27.5 6.5M14.5 23.5L27.5 12.5M21.5 23.5L27.5 18.5\"/>");
    out += symbol("d3", cell("uncovered") +
                            "<path class=\"hatch\" d=\"M.5 5.5L6.5 .5M.5 11.5L13.5 .5M.5 17.5L20.5 .5M.5 23.5L27.5 "
                            ".5M7.5 23.5L27.5 6.5M14.5 23.5L27.5 12.5M21.5 23.5L27.5 18.5\"/>");
    std::string dots = cell("unbilled");
    for (const int y : {5, 12, 19}) {
        for (const int x : {5, 14, 23})
            dots += fmt::format("<circle class=\"dot\" cx=\"{}\" cy=\"{}\" r=\"1.3\"/>", x, y);
    }
    out += symbol("d4", dots);
    out += symbol("de", "<path class=\"mark\" d=\"M19.5 0H28V8.5Z\"/>");

    const auto small = [&](std::string_view kind) { return fmt::format(fmt::runtime(rect), kind, 0.5, 0.5, 10, 10); };
    out += symbol("y0", small("none"));
    out += symbol("y1", small("covered"));
    out += symbol("y2", small("covered") +
                            "<path class=\"uncovered\" d=\"M10.5 .5V10.5H.5Z\"/><path class=\"hatch\" "
                            "d=\"M5.5 10.5L10.5 5.5\"/>");
    out += symbol("y3", small("uncovered") +
                            "<path class=\"hatch\" d=\"M.5 5.5L5.5 .5M.5 10.5L10.5 .5M5.5 10.5L10.5 "
                            "5.5\"/>");
    out += symbol("y4", small("unbilled") + "<circle class=\"dot\" cx=\"5.5\" cy=\"5.5\" r=\"1.6\"/>");
    out += symbol("ye", "<path class=\"mark\" d=\"M5 0H11V6Z\"/>");
    return out + "</defs></svg>\n";
}

std::string day_swatch(DayState state) { return swatch(use('d', static_cast<std::size_t>(state), 1, 1)); }
std::string event_swatch() { return swatch(use('d', 0, 1, 1) + mark('d', 1, 1)); }

std::string calendar_picture(std::span<const Dossier::Day> days, const DossierPhrases& words) {
    if (days.empty()) return {};
    const auto months = month_part(date_of(days.back().day)) - month_part(date_of(days.front().day)) + 1;
    const auto is_long = months > static_cast<int>(months_max);
    std::string out = is_long ? "<div class=\"years\">\n" : "<div class=\"months\">\n";
    while (!days.empty()) {
        const auto part = is_long ? head_of(days, year_part) : head_of(days, month_part);
        days = days.subspan(part.size());
        if (is_long) {
            out += fmt::format("<div class=\"year\"><p>{}</p>{}</div>\n", date_of(part.front().day).year,
                               year::picture_of(part, words));
        } else {
            out += "<div class=\"month\">" + month::picture_of(part, words) + "</div>\n";
        }
    }
    return out + "</div>\n";
}

}  // namespace seatledger
