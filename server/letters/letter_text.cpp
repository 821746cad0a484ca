#include "server/letters/letter_text.h"

#include <date/tz.h>
#include <fmt/format.h>

#include <algorithm>
#include <cstddef>
#include <span>

#include "events/text.h"
#include "server/letters/phrases.h"

namespace seatledger {
namespace {

constexpr std::size_t lines_max = 200;
constexpr std::size_t ranges_max = 100;

// UTC, or the zone's name and its distance from UTC: "Europe/Lisbon, UTC+01:00".
std::string zone_text(const date::time_zone& zone, std::int32_t offset_seconds) {
    const auto& name = zone.name();
    if (name == "UTC" || name == "Etc/UTC") return "UTC";
    const auto distance = std::abs(offset_seconds);
    auto text =
        fmt::format("{}, UTC{}{:02}:{:02}", name, offset_seconds < 0 ? '-' : '+', distance / 3600, distance / 60 % 60);
    if (distance % 60 != 0) text += fmt::format(":{:02}", distance % 60);  // local mean time, until about 1900
    return text;
}

std::string date_text(const Phrases& words, const LocalTime& time) {
    const auto day = time.day == 1 ? words.first_day() : std::to_string(time.day);
    return words.date(day, words.months[time.month - 1](), time.year);
}

// The minute is cut off: nobody is told of a license that it is valid for longer than it is.
std::string moment_text(const Phrases& words, Instant instant, const date::time_zone& zone) {
    const auto time = local_time(instant, zone);
    return words.moment(date_text(words, time), time.hour, time.minute, zone_text(zone, time.offset_seconds));
}

Count count_of(std::span<const LicenseRange> ranges) {
    Count count = 0;
    for (const auto& range : ranges) count += range.count();
    return count;
}

// "10 licenses: No. 1-9, 12"
std::string licenses_text(const Phrases& words, std::span<const LicenseRange> ranges) {
    std::string numbers;
    const auto listed = ranges.first(std::min(ranges.size(), ranges_max));
    for (const auto& range : listed) {
        if (!numbers.empty()) numbers += ", ";
        numbers +=
            range.count() == 1 ? std::to_string(range.first.value) : words.range(range.first.value, range.last.value);
    }
    if (const auto others = count_of(ranges.subspan(listed.size())); others > 0) numbers += " " + words.more(others);
    return words.numbered(counted(words, words.licenses, count_of(ranges)), numbers);
}

// What both kinds of line have: which product, and which licenses of it.
std::span<const LicenseRange> ranges_of(const IssuedLicenses& line) { return {&line.licenses, 1}; }
std::span<const LicenseRange> ranges_of(const EndingLicenses& line) { return line.licenses; }

std::string bound_text(const Phrases&, const IssuedLicenses&) { return {}; }
std::string bound_text(const Phrases& words, const EndingLicenses& line) {
    return "  " + words.bound(line.bound, count_of(line.licenses)) + "\n";
}

template <typename Line>
std::string list_text(const Phrases& words, const std::vector<Line>& lines, const date::time_zone& zone) {
    std::string list;
    Count others = 0;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const auto& line = lines[i];
        if (i >= lines_max) {
            others += count_of(ranges_of(line));
            continue;
        }
        list += on_one_line(line.product) + " (" + on_one_line(line.sku) + ")\n";
        list += "  " + licenses_text(words, ranges_of(line)) + "\n";
        list += bound_text(words, line);
        list += "  " + words.valid_until(moment_text(words, line.valid_until, zone)) + "\n\n";
    }
    if (others > 0) list += words.more(others) + "\n\n";
    return list;
}

template <typename Line>
Count count_of_all(const std::vector<Line>& lines) {
    Count count = 0;
    for (const auto& line : lines) count += count_of(ranges_of(line));
    return count;
}

LetterText text_of(const Phrases& words, const Letter& letter, const PaymentRecorded& payment) {
    const auto count = count_of_all(payment.lines);
    const auto invoice = on_one_line(payment.invoice);
    LetterText text;
    text.subject = words.payment_subject(counted(words, words.issued_in_subject, count), invoice);
    text.body = words.payment(invoice, counted(words, words.issued, count), on_one_line(letter.account_name),
                              on_one_line(letter.account)) +
                "\n\n";
    text.body += list_text(words, payment.lines, *letter.zone);
    text.body += words.payment_advice() + "\n\n" + words.payment_reason() + "\n";
    return text;
}

// The day on which they end; of the first that ends, should they not end on one day.
std::string last_day(const Phrases& words, const TermEnds& term, const date::time_zone& zone) {
    const auto first = std::ranges::min_element(term.products, {}, &EndingLicenses::valid_until);
    return date_text(words, local_time(first == term.products.end() ? Instant{} : first->valid_until, zone));
}

LetterText text_of(const Phrases& words, const Letter& letter, const TermEnds& term) {
    const auto licenses = counted(words, words.licenses_of_term, count_of_all(term.products));
    const auto days = counted(words, words.days, term.days_left);
    const auto day = last_day(words, term, *letter.zone);
    LetterText text;
    text.subject = words.term_subject(licenses, days, day);
    text.body = words.term(days, day, licenses, on_one_line(letter.account_name), on_one_line(letter.account)) + "\n\n";
    text.body += list_text(words, term.products, *letter.zone);
    text.body += words.term_advice() + "\n\n" + words.term_reason() + "\n";
    return text;
}

}  // namespace

LetterText letter_text(const Letter& letter) {
    const auto& words = phrases(letter.language);
    auto text = std::visit([&](const auto& content) { return text_of(words, letter, content); }, letter.content);
    const auto name = on_one_line(letter.to.name);
    text.body = (name.empty() ? words.greeting_without_name() : words.greeting(name)) + "\n\n" + text.body;
    return text;
}

std::string on_one_line(std::string_view text) {
    std::string line(text);
    if (is_plain_text(text)) return line;
    std::string without_controls = line;
    std::ranges::replace_if(
        without_controls, [](unsigned char c) { return c < 0x20 || c == 0x7F; }, ' ');
    if (is_plain_text(without_controls)) return without_controls;
    std::ranges::replace_if(
        without_controls, [](unsigned char c) { return c >= 0x80; }, '?');
    return without_controls;
}

}  // namespace seatledger
