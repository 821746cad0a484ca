#include "tools/commands/period.h"

#include "events/calendar.h"

namespace seatledger {
namespace {

// The first day of the month after that of `day`.
std::optional<CivilDay> next_month(CivilDay day) {
    const auto date = date_of(day);
    const bool is_last = date.month == 12;
    return civil_day(Date{is_last ? date.year + 1 : date.year, is_last ? 1 : date.month + 1, 1});
}

}  // namespace

std::optional<billing::DayPeriod> parse_period(std::string_view text) {
    const auto slash = text.find('/');
    std::optional<CivilDay> begin;
    std::optional<CivilDay> end;
    if (slash != std::string_view::npos) {
        begin = parse_civil_day(text.substr(0, slash));
        end = parse_civil_day(text.substr(slash + 1));
    } else if (text.size() == 4) {
        begin = parse_civil_day(std::string(text) + "-01-01");
        if (const auto december = parse_civil_day(std::string(text) + "-12-01")) end = next_month(*december);
    } else if (text.size() == 7) {
        begin = parse_civil_day(std::string(text) + "-01");
        if (begin) end = next_month(*begin);
    } else {
        begin = parse_civil_day(text);
        if (begin) end = CivilDay{begin->number + 1};
    }
    if (!begin || !end || *end <= *begin) return std::nullopt;
    return billing::DayPeriod{*begin, *end};
}

CLI::Option* add_period_option(CLI::App& command, billing::DayPeriod& period) {
    auto* const option = command.add_option_function<std::string>(
        "--period",
        [&period](const std::string& text) {
            const auto parsed = parse_period(text);
            if (!parsed) {
                throw CLI::ValidationError("--period", "\"" + text +
                                                           "\" is no period such as 2020-09, 2020, 2020-09-07 or "
                                                           "2020-09-01/2020-10-01 (the end left out)");
            }
            period = *parsed;
        },
        "Which days: 2020-09, 2020, 2020-09-07, or 2020-09-01/2020-10-01 (the end left out)");
    option->type_name("DAYS");
    return option;
}

}  // namespace seatledger
