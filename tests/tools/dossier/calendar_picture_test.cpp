#include "tools/dossier/calendar_picture.h"

#include <algorithm>
#include <array>

#include "tests/support/catch.h"
#include "tests/tools/dossier/sample_dossiers.h"

namespace seatledger {
namespace {

using namespace testing;

std::size_t count(std::string_view text, std::string_view part) {
    std::size_t found = 0;
    for (auto at = text.find(part); at != text.npos; at = text.find(part, at + part.size())) ++found;
    return found;
}

// How many cells of the picture have which state; `symbol`: d in months, y in years.
std::array<std::size_t, day_states_count> drawn(std::string_view picture, const std::string& symbol) {
    std::array<std::size_t, day_states_count> cells{};
    for (std::size_t i = 0; i < cells.size(); ++i) {
        cells[i] = count(picture, "href=\"#" + symbol + std::to_string(i) + "\"");
    }
    return cells;
}

std::array<std::size_t, day_states_count> counted(const Dossier& dossier) {
    std::array<std::size_t, day_states_count> days{};
    for (const auto& day : dossier.calendar) ++days[static_cast<std::size_t>(state_of(day))];
    return days;
}

std::size_t with_events(const Dossier& dossier) {
    return static_cast<std::size_t>(
        std::ranges::count_if(dossier.calendar, [](const auto& day) { return !day.events.empty(); }));
}

}  // namespace

TEST_CASE("a day's state says what of it is billed and what the ledger has") {
    struct Row {
        bool is_billed;
        std::string billed;
        std::int64_t covered;
        std::uint64_t entitled;
        DayState state;
    };
    for (const auto& row : {Row{false, "0", 0, 0, DayState::none}, Row{false, "0", 0, 3, DayState::unbilled},
                            Row{true, "0", 0, 3, DayState::unbilled}, Row{true, "2", 2, 2, DayState::covered},
                            Row{true, "2.00", 2, 2, DayState::covered}, Row{true, "2", 3, 3, DayState::covered},
                            Row{true, "2", 1, 2, DayState::partly}, Row{true, "2", 0, 2, DayState::uncovered},
                            Row{true, "1.5", 1, 1, DayState::partly}, Row{true, "1.5", 2, 2, DayState::covered},
                            Row{true, "-2", 2, 0, DayState::covered}, Row{true, "-2", 0, 0, DayState::uncovered}}) {
        INFO(row.billed << " billed, " << row.covered << " covered, " << row.entitled << " due");
        Dossier::Day day;
        day.is_billed = row.is_billed;
        day.billed = sample_number(row.billed);
        day.covered = row.covered;
        day.entitled = row.entitled;
        CHECK(state_of(day) == row.state);
    }
}

TEST_CASE("the calendar has a cell a day with its state, and a mark where there were events") {
    const auto& words = dossier_phrases(schema::Language::EN);
    const auto month = unbound_license(schema::Language::EN);
    const auto picture = calendar_picture(month.calendar, words);
    CHECK(drawn(picture, "d") == counted(month));
    CHECK(drawn(picture, "d") == std::array<std::size_t, day_states_count>{0, 15, 0, 16, 0});
    CHECK(count(picture, "#de\"") == with_events(month));
    CHECK(count(picture, "<svg ") == 1);

    const auto year = wrong_price(schema::Language::EN);
    const auto pictures = calendar_picture(year.calendar, words);
    CHECK(drawn(pictures, "d") == counted(year));
    CHECK(count(pictures, "#de\"") == with_events(year));
    CHECK(count(pictures, "<svg ") == 13);

    const auto years = wrong_price(schema::Language::EN, 5);
    const auto strips = calendar_picture(years.calendar, words);
    CHECK(drawn(strips, "y") == counted(years));
    CHECK(count(strips, "#ye\"") == with_events(years));
    CHECK(count(strips, "<svg ") == 6);
}

TEST_CASE("a month's days stand below their weekdays") {
    const auto picture =
        calendar_picture(unbound_license(schema::Language::EN).calendar, dossier_phrases(schema::Language::EN));
    // 1 July 2026 is a Wednesday, the third column; 6 July the Monday of the second row.
    CHECK(contains(picture,
                   "<use href=\"#d1\" x=\"63\" y=\"36\"/><use href=\"#de\" x=\"63\" y=\"36\"/><text x=\"77\" "
                   "y=\"52\">1</text>"));
    CHECK(contains(picture, "<use href=\"#d1\" x=\"1\" y=\"63\"/><text x=\"15\" y=\"79\">6</text>"));
}

TEST_CASE("a picture says what it shows to those who do not see it") {
    const auto picture =
        calendar_picture(unbound_license(schema::Language::EN).calendar, dossier_phrases(schema::Language::EN));
    CHECK(contains(picture, "role=\"img\""));
    CHECK(contains(picture, ">July 2026</title>"));
    CHECK(contains(picture,
                   "billed, and covered by the ledger: 1–15; billed, not covered by the ledger: 16–31; at "
                   "least one event took effect: 1, 15</desc>"));
}

TEST_CASE("no days are no picture") { CHECK(calendar_picture({}, dossier_phrases(schema::Language::EN)).empty()); }

}  // namespace seatledger
