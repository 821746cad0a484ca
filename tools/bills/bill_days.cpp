#include "tools/bills/bill_days.h"

#include <chrono>
#include <optional>

#include "events/calendar.h"
#include "events/instant.h"
#include "events/text.h"

namespace seatledger::billing {
namespace {

using std::chrono::year_month_day;

constexpr std::int64_t micros_a_second = 1'000'000;
constexpr std::int64_t micros_a_minute = 60 * micros_a_second;
constexpr std::int64_t micros_a_day = 24 * 60 * micros_a_minute;

CivilDay day_of(year_month_day date) {
    return {static_cast<std::int32_t>(std::chrono::sys_days(date).time_since_epoch().count())};
}

// 9999-12-31: no instant can be named after it.
const CivilDay last_day = day_of(std::chrono::year(9999) / 12 / 31);

// Takes what matches off the front of a text.
class Scanner {
 public:
    explicit Scanner(std::string_view text) : rest_(text) {}

    [[nodiscard]] bool at_end() const { return rest_.empty(); }

    bool take(std::string_view text) {
        const bool matches = fold_case(rest_.substr(0, text.size())) == fold_case(text);
        if (matches) rest_.remove_prefix(text.size());
        return matches;
    }

    // A number of so many digits that is not above `max`.
    std::optional<std::int64_t> take_number(std::size_t digits_min, std::size_t digits_max, std::int64_t max) {
        const auto digits = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
        if (digits < digits_min || digits > digits_max) return {};
        std::int64_t number = 0;
        for (const char digit : rest_.substr(0, digits)) number = number * 10 + (digit - '0');
        if (number > max) return {};
        rest_.remove_prefix(digits);
        return number;
    }

    // The decimals of a second, cut to microseconds.
    std::optional<std::int64_t> take_fraction() {
        const auto digits = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
        if (digits == 0 || digits > 9) return {};
        auto six = std::string(rest_.substr(0, std::min<std::size_t>(digits, 6)));
        six.resize(6, '0');
        rest_.remove_prefix(digits);
        return read_number(six);
    }

 private:
    std::string_view rest_;
};

struct DayTime {
    std::int64_t micros = 0;                    // since midnight
    std::optional<std::int64_t> offset_micros;  // ahead of UTC; nothing: the cell does not say

    [[nodiscard]] bool is_midnight() const { return micros == 0; }
    [[nodiscard]] bool is_last_minute() const { return micros >= micros_a_day - micros_a_minute; }
};

// The hour on a clock of twelve hours as one of twenty-four.
std::optional<std::int64_t> hour_of_day(std::int64_t hour, bool afternoon) {
    if (hour < 1 || hour > 12) return {};
    return hour % 12 + (afternoon ? 12 : 0);
}

// Z, UTC, GMT, +02:00, +0200 or +02. False: what is left is none of it.
bool take_offset(Scanner& scanner, DayTime& time) {
    scanner.take(" ");
    if (scanner.at_end()) return true;
    if (scanner.take("Z") || scanner.take("UTC") || scanner.take("GMT")) {
        time.offset_micros = 0;
        return scanner.at_end();
    }
    const bool behind = scanner.take("-");
    if (!behind && !scanner.take("+")) return false;
    // Hours and minutes without a colon are one number of four digits.
    std::int64_t minutes = 0;
    if (const auto together = scanner.take_number(3, 4, 2359)) {
        if (*together % 100 > 59) return false;
        minutes = *together / 100 * 60 + *together % 100;
    } else if (const auto hours = scanner.take_number(1, 2, 23)) {
        const auto rest = scanner.take(":") ? scanner.take_number(2, 2, 59) : 0;
        if (!rest) return false;
        minutes = *hours * 60 + *rest;
    } else {
        return false;
    }
    time.offset_micros = (behind ? -minutes : minutes) * micros_a_minute;
    return scanner.at_end();
}

std::optional<DayTime> read_time(std::string_view text) {
    Scanner scanner(text);
    auto hour = scanner.take_number(1, 2, 23);
    const auto minute = hour && scanner.take(":") ? scanner.take_number(2, 2, 59) : std::nullopt;
    if (!minute) return {};
    DayTime time;
    time.micros = *minute * micros_a_minute;
    if (scanner.take(":")) {
        const auto second = scanner.take_number(2, 2, 59);
        const auto fraction = second && scanner.take(".") ? scanner.take_fraction() : 0;
        if (!second || !fraction) return {};
        time.micros += *second * micros_a_second + *fraction;
    }
    scanner.take(" ");
    const bool morning = scanner.take("AM");
    if (morning || scanner.take("PM")) hour = hour_of_day(*hour, !morning);
    if (!hour || !take_offset(scanner, time)) return {};
    time.micros += *hour * 60 * micros_a_minute;
    return time;
}

// Nothing outside the years 1 to 9999.
std::optional<CivilDay> place_instant(CivilDay written, const DayTime& time, Bound bound, const BillFormat& format) {
    const Instant instant{written.number * micros_a_day + time.micros - *time.offset_micros};
    if (instant < first_instant || instant > last_instant) return {};
    const auto day = civil_day(instant, *format.zone);
    if (bound == Bound::begin) return day;
    // The end of the day before is the beginning of this one.
    const bool begins_day = end_of_day({day.number - 1}, *format.zone) == instant;
    return begins_day && !format.ends_inclusive ? day : CivilDay{day.number + 1};
}

std::optional<CivilDay> place(CivilDay written, const std::optional<DayTime>& time, Bound bound,
                              const BillFormat& format) {
    const CivilDay next{written.number + 1};
    if (!time || time->is_midnight()) return bound == Bound::end && format.ends_inclusive ? next : written;
    if (bound == Bound::end && time->is_last_minute()) return next;
    if (time->offset_micros) return place_instant(written, *time, bound, format);
    return bound == Bound::end ? next : written;
}

}  // namespace

std::expected<CivilDay, std::string> read_day(std::string_view cell, Bound bound, const BillFormat& format) {
    const auto unreadable = [&] {
        return std::unexpected("is not a day written " + std::string(pattern_of(format.dates)) +
                               ", alone or with a time: correct it, or say with --dates how days are written");
    };
    const auto parting = cell.find_first_of("Tt ");
    const auto date = read_date(cell.substr(0, parting), format.dates, YearDigits::two_or_four);
    if (!date) return unreadable();
    std::optional<DayTime> time;
    if (parting != cell.npos) {
        time = read_time(cell.substr(parting + 1));
        if (!time) return unreadable();
    }
    const auto day = place(day_of(*date), time, bound, format);
    if (!day || *day > last_day) return std::unexpected("lies outside the years 1 to 9999: correct it");
    return *day;
}

}  // namespace seatledger::billing
