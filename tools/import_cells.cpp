#include "tools/import_cells.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>
#include <ranges>
#include <utility>
#include <vector>

#include "events/text.h"
#include "tools/sha256.h"

namespace seatledger {
namespace {

using std::chrono::year_month_day;

constexpr std::size_t id_bytes_max = 64;

// The signs that currencies are written with, each with those that it may stand for.
constexpr std::pair<std::string_view, std::string_view> currency_signs[] = {
    {"$", "USD AUD CAD NZD SGD HKD TWD MXN CLP COP ARS"},
    {"US$", "USD"},
    {"A$", "AUD"},
    {"CA$", "CAD"},
    {"R$", "BRL"},
    {"€", "EUR"},
    {"£", "GBP"},
    {"¥", "JPY CNY"},
    {"₹", "INR"},
    {"₽", "RUB"},
    {"₩", "KRW"},
    {"₴", "UAH"},
    {"₺", "TRY"},
    {"₪", "ILS"},
    {"zł", "PLN"},
    {"Kč", "CZK"},
    {"kr", "SEK NOK DKK ISK"},
    {"R", "ZAR"},
};

bool is_sign_of(std::string_view sign, std::string_view currency) {
    if (sign.empty() || fold_case(sign) == fold_case(currency)) return true;
    return std::ranges::any_of(currency_signs, [&](const auto& known) {
        return known.first == sign && known.second.find(currency) != std::string_view::npos;
    });
}

// The number as parse_amount() reads it: separators of thousands, which must stand before every third digit, are
// left out. So a number with the other decimal mark is never read a hundred times too large.
std::optional<std::string> plain_number(std::string_view text, DecimalMark mark) {
    const char decimal = mark == DecimalMark::point ? '.' : ',';
    const std::string_view separators = mark == DecimalMark::point ? ", '" : ". '";
    const auto whole = text.substr(0, text.find(decimal));
    const auto rest = text.substr(whole.size());

    const auto separator = whole.find_first_of(separators);
    std::string plain;
    for (const auto part : std::views::split(whole, separator == whole.npos ? decimal : whole[separator])) {
        const std::string_view group(part.begin(), part.end());
        const bool first = plain.empty();
        if (separator != whole.npos && (first ? group.size() > 3 : group.size() != 3)) return {};
        if (separator != whole.npos && first && group.starts_with('0')) return {};  // 0,500 is no thousands
        if (group.empty()) return {};
        plain += group;
    }
    if (!rest.empty()) plain.append(".").append(rest.substr(1));
    return plain;
}

// What a cell says around a number, and the number.
struct WrittenNumber {
    std::string before;
    std::string digits;  // from the first digit to the last
    std::string after;
};

// Blanks of every kind as one that is ASCII, none at the ends.
std::string plain_blanks(std::string_view cell) {
    std::string text(cell);
    for (const std::string_view blank : {"\u00A0", "\u2009", "\u202F"}) {
        for (auto at = text.find(blank); at != text.npos; at = text.find(blank)) text.replace(at, blank.size(), " ");
    }
    return fold_blanks(text);
}

// Nothing if the text has no digit.
std::optional<WrittenNumber> find_number(std::string_view text) {
    constexpr std::string_view digits = "0123456789";
    const auto first = text.find_first_of(digits);
    if (first == text.npos) return {};
    const auto end = text.find_last_of(digits) + 1;
    return WrittenNumber{fold_blanks(text.substr(0, first)), std::string(text.substr(first, end - first)),
                         fold_blanks(text.substr(end))};
}

std::string not_a_number(DecimalMark mark) {
    return std::string("is not a number with a decimal ") + (mark == DecimalMark::point ? "point" : "comma") +
           ": correct it, or say with --decimals how numbers are written";
}

// Takes the mark away where the text begins or ends with it.
bool take(std::string& text, std::string_view mark) {
    if (text.starts_with(mark)) {
        text.erase(0, mark.size());
    } else if (text.ends_with(mark)) {
        text.erase(text.size() - mark.size());
    } else {
        return false;
    }
    text = fold_blanks(text);
    return true;
}

// Takes the number's sign away from what stands around it: whether it is negative. Nothing if it has several.
std::optional<bool> take_sign(WrittenNumber& number) {
    constexpr std::pair<std::string_view, bool> signs[] = {{"-", true}, {"\u2212", true}, {"+", false}};
    const bool opened = take(number.before, "(");
    if (opened != take(number.after, ")")) return {};
    std::optional<bool> negative;
    if (opened) negative = true;
    for (auto* side : {&number.before, &number.after}) {
        for (const auto& [mark, is_minus] : signs) {
            if (!take(*side, mark)) continue;
            if (negative) return {};
            negative = is_minus;
        }
    }
    for (const auto& side : {number.before, number.after}) {
        if (side.find_first_of("-+()") != side.npos) return {};
    }
    return negative.value_or(false);
}

// Whether it is digits, and a point and digits if any, with nothing around them: a number that needs no looking at.
bool is_plain_number(std::string_view text) {
    const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
    if (text.starts_with('-')) text.remove_prefix(1);
    const auto point = text.find('.');
    const auto whole = text.substr(0, point);
    if (whole.empty() || !std::ranges::all_of(whole, is_digit)) return false;
    if (point == text.npos) return true;
    text.remove_prefix(point + 1);
    return !text.empty() && std::ranges::all_of(text, is_digit);
}

// `is_unit` tells what may stand beside the number, and `other_unit` what is wrong with anything else.
template <typename IsUnit, typename OtherUnit>
std::expected<billing::Decimal, std::string> read_signed(std::string_view cell, DecimalMark mark, IsUnit is_unit,
                                                         OtherUnit other_unit) {
    if (mark == DecimalMark::point && is_plain_number(cell)) {
        if (const auto number = billing::parse_decimal(cell)) return *number;
    }
    auto text = plain_blanks(cell);
    if (text.starts_with('\'')) text.erase(0, 1);
    auto number = find_number(text);
    const auto negative = number ? take_sign(*number) : std::nullopt;
    if (!negative) return std::unexpected(not_a_number(mark));
    if (!is_unit(number->before) || !is_unit(number->after)) return std::unexpected(other_unit());
    const auto plain = plain_number(number->digits, mark);
    const auto decimal = plain ? billing::parse_decimal(*plain) : std::nullopt;
    if (!decimal) return std::unexpected(not_a_number(mark));
    return *negative ? billing::negated(*decimal) : *decimal;
}

}  // namespace

std::string fold_blanks(std::string_view text) {
    const auto is_blank = [](char c) { return static_cast<unsigned char>(c) <= ' ' || c == '\x7F'; };
    // As nearly all cells are.
    if (std::ranges::none_of(text, is_blank)) return std::string(text);
    std::string folded;
    for (const char c : text) {
        if (!is_blank(c)) {
            folded += c;
        } else if (!folded.empty() && folded.back() != ' ') {
            folded += ' ';
        }
    }
    if (folded.ends_with(' ')) folded.pop_back();
    return folded;
}

std::string_view cut(std::string_view text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) return text;
    auto length = bytes_max;
    while (length > 0 && (static_cast<unsigned char>(text[length]) & 0xC0) == 0x80) --length;
    return text.substr(0, length);
}

std::string digest(std::string_view text, std::size_t digits) {
    Sha256 hash;
    hash.add(text);
    return hash.hex().substr(0, digits);
}

std::string short_id(std::string_view text) {
    if (text.size() <= id_bytes_max) return std::string(text);
    const auto suffix = "~" + digest(text, 8);
    return std::string(cut(text, id_bytes_max - suffix.size())) + suffix;
}

std::optional<std::uint32_t> read_number(std::string_view digits) {
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
    if (error != std::errc() || end != digits.data() + digits.size()) return {};
    return number;
}

std::string_view pattern_of(DateOrder order) {
    switch (order) {
        case DateOrder::iso: return "YYYY-MM-DD";
        case DateOrder::mdy: return "MM/DD/YYYY";
        case DateOrder::dmy: return "DD/MM/YYYY";
    }
    return "";
}

std::optional<year_month_day> read_date(std::string_view text, DateOrder order, YearDigits digits) {
    const auto separator = text.find_first_not_of("0123456789");
    if (separator == std::string_view::npos) return {};
    const std::string_view separators = order == DateOrder::iso ? "-" : "/.-";
    if (separators.find(text[separator]) == std::string_view::npos) return {};

    std::array<std::string_view, 3> parts;
    parts[0] = text.substr(0, separator);
    const auto second = text.find(text[separator], separator + 1);
    if (second == text.npos || text.find(text[separator], second + 1) != text.npos) return {};
    parts[1] = text.substr(separator + 1, second - separator - 1);
    parts[2] = text.substr(second + 1);
    const std::size_t year_at = order == DateOrder::iso ? 0 : 2;
    const std::size_t month_at = order == DateOrder::mdy ? 0 : 1;
    const std::size_t day_at = 3 - year_at - month_at;
    const bool short_year = parts[year_at].size() == 2 && digits == YearDigits::two_or_four && order != DateOrder::iso;
    if (!short_year && parts[year_at].size() != 4) return {};
    if (parts[month_at].size() > 2 || parts[day_at].size() > 2) return {};

    auto y = read_number(parts[year_at]);
    const auto m = read_number(parts[month_at]), d = read_number(parts[day_at]);
    if (!y || !m || !d) return {};
    if (short_year) *y += 2000;
    const year_month_day date(std::chrono::year(static_cast<int>(*y)), std::chrono::month(*m), std::chrono::day(*d));
    if (*y == 0 || !date.ok()) return {};
    return date;
}

std::expected<Amount, std::string> read_cost(std::string_view cell, DecimalMark mark, const std::string& currency) {
    const auto text = plain_blanks(cell);
    if (text.empty()) return Amount();

    const auto objection = "the purchase cost \"" + text + "\" ";
    const auto unreadable = objection + not_a_number(mark);
    const auto number = find_number(text);
    if (!number) return std::unexpected(unreadable);
    for (const auto& sign : {number->before, number->after}) {
        if (sign.find_first_of("-(") != sign.npos) {
            return std::unexpected(objection + "is negative: a purchase costs nothing or more");
        }
        if (!is_sign_of(sign, currency)) {
            return std::unexpected(objection + "is not in " + currency +
                                   ": correct it, or import such rows into an account of theirs with --currency");
        }
    }
    const auto plain = plain_number(number->digits, mark);
    const auto amount = plain ? parse_amount(*plain) : std::nullopt;
    if (!amount) return std::unexpected(unreadable);
    if (!is_whole_minor_units(*amount, minor_unit_digits(currency).value_or(2))) {
        return std::unexpected(objection + "has more decimals than " + currency +
                               ": round it, or say with --decimals how numbers are written");
    }
    return *amount;
}

std::expected<billing::Decimal, std::string> read_decimal(std::string_view text, DecimalMark mark) {
    return read_signed(text, mark, std::mem_fn(&std::string::empty), [&] { return not_a_number(mark); });
}

std::expected<billing::Decimal, std::string> read_money(std::string_view text, DecimalMark mark,
                                                        std::string_view currency) {
    const auto other = [&] {
        return currency.empty() ? not_a_number(mark)
                                : "is not in " + std::string(currency) + ": correct it or the currency";
    };
    return read_signed(
        text, mark, [&](const std::string& unit) { return is_sign_of(unit, currency); }, other);
}

}  // namespace seatledger
