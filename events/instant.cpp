#include "events/instant.h"

#include <cassert>
#include <chrono>
#include <cstddef>

namespace seatledger {

namespace {

using std::chrono::days;
using std::chrono::microseconds;
using SysMicros = std::chrono::sys_time<microseconds>;

constexpr std::int64_t micros_a_second = 1'000'000;
constexpr std::size_t decimals_max = 6;

template <int width>
void put_digits(char* out, std::uint32_t number) {
    for (int place = width - 1; place >= 0; --place) {
        out[place] = static_cast<char>('0' + number % 10);
        number /= 10;
    }
}

bool is_digit(char character) { return character >= '0' && character <= '9'; }

// The number that the `width` characters from `position` spell, or -1. The caller has checked the text's length.
int read_digits(std::string_view text, std::size_t position, std::size_t width) {
    int number = 0;
    for (const char character : text.substr(position, width)) {
        if (!is_digit(character)) return -1;
        number = number * 10 + (character - '0');
    }
    return number;
}

// `YYYY-MM-DDThh:mm:ss`, taken as UTC, in seconds since 1970. `text` has at least those 19 characters.
std::optional<std::int64_t> read_date_and_time(std::string_view text) {
    if (text[4] != '-' || text[7] != '-' || (text[10] != 'T' && text[10] != ' ')) return std::nullopt;
    if (text[13] != ':' || text[16] != ':') return std::nullopt;

    const int year = read_digits(text, 0, 4);
    const int month = read_digits(text, 5, 2);
    const int day = read_digits(text, 8, 2);
    if (year < 1 || month < 1 || day < 1) return std::nullopt;
    const std::chrono::year_month_day date{std::chrono::year(year), std::chrono::month(static_cast<unsigned>(month)),
                                           std::chrono::day(static_cast<unsigned>(day))};
    if (!date.ok()) return std::nullopt;

    const int hour = read_digits(text, 11, 2);
    const int minute = read_digits(text, 14, 2);
    const int second = read_digits(text, 17, 2);
    if (hour < 0 || hour > 23 || minute < 0 || minute > 59 || second < 0 || second > 59) return std::nullopt;

    const std::int64_t day_number = std::chrono::sys_days(date).time_since_epoch().count();
    return ((day_number * 24 + hour) * 60 + minute) * 60 + second;
}

// Takes the decimals, if there are any, off the front of `text`.
std::optional<std::int64_t> take_micros(std::string_view& text) {
    if (text.empty() || text.front() != '.') return 0;
    text.remove_prefix(1);
    std::size_t count = 0;
    std::int64_t micros = 0;
    while (count < text.size() && is_digit(text[count])) {
        if (count == decimals_max) return std::nullopt;
        micros = micros * 10 + (text[count] - '0');
        ++count;
    }
    if (count == 0) return std::nullopt;
    text.remove_prefix(count);
    for (; count < decimals_max; ++count) micros *= 10;
    return micros;
}

// `Z` or `+hh:mm` or `-hh:mm`, in seconds east of UTC.
std::optional<std::int64_t> read_offset(std::string_view text) {
    if (text == "Z") return 0;
    if (text.size() != 6 || (text[0] != '+' && text[0] != '-') || text[3] != ':') return std::nullopt;
    const int hours = read_digits(text, 1, 2);
    const int minutes = read_digits(text, 4, 2);
    if (hours < 0 || hours > 23 || minutes < 0 || minutes > 59) return std::nullopt;
    const std::int64_t seconds = (hours * 60 + minutes) * 60;
    return text[0] == '-' ? -seconds : seconds;
}

}  // namespace

std::string to_rfc3339(Instant instant) {
    assert(instant >= first_instant && instant <= last_instant);
    const SysMicros time{microseconds(instant.micros)};
    const auto day = std::chrono::floor<days>(time);
    const std::chrono::year_month_day date(day);
    const std::int64_t micros_of_day = (time - day).count();
    const auto second_of_day = static_cast<std::uint32_t>(micros_of_day / micros_a_second);

    char text[] = "0000-00-00T00:00:00.000000Z";
    put_digits<4>(text, static_cast<std::uint32_t>(static_cast<int>(date.year())));
    put_digits<2>(text + 5, static_cast<unsigned>(date.month()));
    put_digits<2>(text + 8, static_cast<unsigned>(date.day()));
    put_digits<2>(text + 11, second_of_day / 3600);
    put_digits<2>(text + 14, second_of_day / 60 % 60);
    put_digits<2>(text + 17, second_of_day % 60);
    put_digits<6>(text + 20, static_cast<std::uint32_t>(micros_of_day % micros_a_second));
    return std::string(text, sizeof text - 1);
}

std::optional<Instant> parse_rfc3339(std::string_view text) {
    constexpr std::size_t date_and_time_length = 19;
    if (text.size() <= date_and_time_length) return std::nullopt;
    const auto seconds = read_date_and_time(text);
    if (!seconds) return std::nullopt;
    text.remove_prefix(date_and_time_length);
    const auto micros = take_micros(text);
    if (!micros) return std::nullopt;
    const auto offset = read_offset(text);
    if (!offset) return std::nullopt;

    // An offset can carry a year that can be written into one that cannot.
    const Instant instant{(*seconds - *offset) * micros_a_second + *micros};
    if (instant < first_instant || instant > last_instant) return std::nullopt;
    return instant;
}

Instant system_now() {
    const auto now = std::chrono::floor<microseconds>(std::chrono::system_clock::now());
    return Instant{now.time_since_epoch().count()};
}

}  // namespace seatledger
