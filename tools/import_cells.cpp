#include "tools/import_cells.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cstdlib>
#include <ranges>
#include <utility>
#include <vector>

#include "events/text.h"

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
        if (group.empty()) return {};
        plain += group;
    }
    if (!rest.empty()) plain.append(".").append(rest.substr(1));
    return plain;
}

}  // namespace

std::string fold_blanks(std::string_view text) {
    std::string folded;
    for (const char c : text) {
        const bool blank = static_cast<unsigned char>(c) <= ' ' || c == '\x7F';
        if (!blank) {
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
    std::array<unsigned char, EVP_MAX_MD_SIZE> bytes{};
    unsigned size = 0;
    if (EVP_Digest(text.data(), text.size(), bytes.data(), &size, EVP_sha256(), nullptr) != 1) std::abort();
    std::string hex;
    for (std::size_t i = 0; i < digits; ++i) hex += "0123456789abcdef"[(bytes[i / 2] >> (i % 2 == 0 ? 4 : 0)) & 0xF];
    return hex;
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

std::optional<year_month_day> read_date(std::string_view text, DateOrder order) {
    const auto separator = text.find_first_not_of("0123456789");
    if (separator == std::string_view::npos) return {};
    const std::string_view separators = order == DateOrder::iso ? "-" : "/.-";
    if (separators.find(text[separator]) == std::string_view::npos) return {};

    std::vector<std::string_view> parts;
    for (const auto part : std::views::split(text, text[separator])) parts.emplace_back(part.begin(), part.end());
    if (parts.size() != 3) return {};
    const std::size_t year_at = order == DateOrder::iso ? 0 : 2;
    const std::size_t month_at = order == DateOrder::mdy ? 0 : 1;
    const std::size_t day_at = 3 - year_at - month_at;
    if (parts[year_at].size() != 4 || parts[month_at].size() > 2 || parts[day_at].size() > 2) return {};

    const auto y = read_number(parts[year_at]), m = read_number(parts[month_at]), d = read_number(parts[day_at]);
    if (!y || !m || !d) return {};
    const year_month_day date(std::chrono::year(static_cast<int>(*y)), std::chrono::month(*m), std::chrono::day(*d));
    if (*y == 0 || !date.ok()) return {};
    return date;
}

std::expected<Amount, std::string> read_cost(std::string_view cell, DecimalMark mark, const std::string& currency) {
    std::string text(cell);
    for (const std::string_view blank : {"\u00A0", "\u2009", "\u202F"}) {
        for (auto at = text.find(blank); at != text.npos; at = text.find(blank)) text.replace(at, blank.size(), " ");
    }
    text = fold_blanks(text);
    if (text.empty()) return Amount();

    const auto objection = "the purchase cost \"" + text + "\" ";
    constexpr std::string_view digits = "0123456789";
    const auto first = text.find_first_of(digits);
    const auto unreadable = objection + "is not a number with a decimal " +
                            (mark == DecimalMark::point ? "point" : "comma") +
                            ": correct it, or say with --decimals how numbers are written";
    if (first == text.npos) return std::unexpected(unreadable);
    const auto end = text.find_last_of(digits) + 1;
    for (const auto& sign : {text.substr(0, first), text.substr(end)}) {
        if (sign.find_first_of("-(") != sign.npos) {
            return std::unexpected(objection + "is negative: a purchase costs nothing or more");
        }
        if (!is_sign_of(fold_blanks(sign), currency)) {
            return std::unexpected(objection + "is not in " + currency +
                                   ": correct it, or import such rows into an account of theirs with --currency");
        }
    }
    const auto plain = plain_number(std::string_view(text).substr(first, end - first), mark);
    const auto amount = plain ? parse_amount(*plain) : std::nullopt;
    if (!amount) return std::unexpected(unreadable);
    if (!is_whole_minor_units(*amount, minor_unit_digits(currency).value_or(2))) {
        return std::unexpected(objection + "has more decimals than " + currency +
                               ": round it, or say with --decimals how numbers are written");
    }
    return *amount;
}

}  // namespace seatledger
