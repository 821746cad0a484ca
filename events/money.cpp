#include "events/money.h"

#include <algorithm>
#include <array>
#include <cstddef>
#include <limits>

namespace seatledger {

namespace {

constexpr int decimals_max = 6;
constexpr int decimals_of_unknown_currency = 2;
constexpr std::uint64_t millionths_a_unit = 1'000'000;

struct CurrencyGroup {
    int minor_unit_digits;
    std::string_view codes;  // each followed by a blank
};

// ISO 4217, list one (current currencies and funds), up to amendment 180 (in force since 2026-01-01). Not here are
// the thirteen codes for which it gives no minor unit (metals, units of account, XTS, XXX): no bill can be in them.
constexpr std::array currency_groups = {
    CurrencyGroup{0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF "},
    CurrencyGroup{2,
                  "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BOV BRL BSD BTN BWP BYN BZD CAD CDF "
                  "CHE CHF CHW CNY COP COU CRC CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD "
                  "GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL "
                  "MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR "
                  "PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP "
                  "TRY TTD TWD TZS UAH USD USN UYU UZS VED VES WST XAD XCD XCG YER ZAR ZMW ZWG "},
    CurrencyGroup{3, "BHD IQD JOD KWD LYD OMR TND "},
    CurrencyGroup{4, "CLF UYW "},
};

constexpr std::size_t letters = 26;
constexpr std::int8_t no_currency = -1;

constexpr std::size_t index_of(std::string_view code) {
    std::size_t index = 0;
    for (const char letter : code) index = index * letters + static_cast<std::size_t>(letter - 'A');
    return index;
}

constexpr auto digits_by_code = [] {
    std::array<std::int8_t, letters * letters * letters> digits{};
    digits.fill(no_currency);
    for (const CurrencyGroup& group : currency_groups) {
        for (std::size_t start = 0; start < group.codes.size(); start += 4) {
            digits[index_of(group.codes.substr(start, 3))] = static_cast<std::int8_t>(group.minor_unit_digits);
        }
    }
    return digits;
}();

bool is_digit(char character) { return character >= '0' && character <= '9'; }

// How many millionths a unit with `digits` decimals has.
std::int64_t millionths_a_minor_unit(int digits) {
    constexpr std::array<std::int64_t, decimals_max + 1> powers = {1'000'000, 100'000, 10'000, 1'000, 100, 10, 1};
    return powers[static_cast<std::size_t>(std::clamp(digits, 0, decimals_max))];
}

// Appends a digit to a number that is counted downwards, so that the lowest Amount can be read as well: its
// magnitude has no positive counterpart.
bool append_digit(std::int64_t& negated, char digit) {
    return !__builtin_mul_overflow(negated, 10, &negated) && !__builtin_sub_overflow(negated, digit - '0', &negated);
}

}  // namespace

std::optional<int> minor_unit_digits(std::string_view code) {
    const bool is_code = code.size() == 3 && std::ranges::all_of(code, [](char c) { return c >= 'A' && c <= 'Z'; });
    if (!is_code) return std::nullopt;
    const std::int8_t digits = digits_by_code[index_of(code)];
    if (digits == no_currency) return std::nullopt;
    return digits;
}

std::optional<Amount> parse_amount(std::string_view text) {
    const bool is_negative = text.starts_with('-');
    if (is_negative) text.remove_prefix(1);

    const std::size_t point = text.find('.');
    const std::string_view whole = text.substr(0, point);
    const std::string_view decimals = point == text.npos ? "0" : text.substr(point + 1);
    if (whole.empty() || decimals.empty() || decimals.size() > decimals_max) return std::nullopt;
    if (!std::ranges::all_of(whole, is_digit) || !std::ranges::all_of(decimals, is_digit)) return std::nullopt;

    std::int64_t negated = 0;
    for (const char digit : whole) {
        if (!append_digit(negated, digit)) return std::nullopt;
    }
    for (std::size_t place = 0; place < decimals_max; ++place) {
        if (!append_digit(negated, place < decimals.size() ? decimals[place] : '0')) return std::nullopt;
    }
    if (is_negative) return Amount{negated};
    if (negated == std::numeric_limits<std::int64_t>::min()) return std::nullopt;
    return Amount{-negated};
}

std::string format_amount(Amount amount, std::string_view currency) {
    const bool is_negative = amount.millionths < 0;
    const auto bits = static_cast<std::uint64_t>(amount.millionths);
    const std::uint64_t magnitude = is_negative ? 0 - bits : bits;

    std::string text = is_negative ? "-" : "";
    text += std::to_string(magnitude / millionths_a_unit);

    std::array<char, decimals_max> decimals{};
    std::uint64_t rest = magnitude % millionths_a_unit;
    for (std::size_t place = decimals.size(); place-- > 0; rest /= 10)
        decimals[place] = static_cast<char>('0' + rest % 10);
    auto shown = static_cast<std::size_t>(minor_unit_digits(currency).value_or(decimals_of_unknown_currency));
    for (std::size_t place = shown; place < decimals.size(); ++place) {
        if (decimals[place] != '0') shown = place + 1;
    }
    if (shown > 0) text.append(1, '.').append(decimals.data(), shown);
    return text;
}

std::optional<Amount> add(Amount a, Amount b) {
    Amount sum;
    if (__builtin_add_overflow(a.millionths, b.millionths, &sum.millionths)) return std::nullopt;
    return sum;
}

std::optional<Amount> multiply(Amount a, std::uint64_t count) {
    Amount product;
    if (__builtin_mul_overflow(a.millionths, count, &product.millionths)) return std::nullopt;
    return product;
}

std::optional<Amount> round_to_minor_unit(Amount amount, int digits) {
    const std::int64_t unit = millionths_a_minor_unit(digits);
    const std::int64_t rest = amount.millionths % unit;
    const Amount towards_zero{amount.millionths - rest};
    if (2 * rest >= unit) return add(towards_zero, Amount{unit});
    if (2 * rest <= -unit) return add(towards_zero, Amount{-unit});
    return towards_zero;
}

bool is_whole_minor_units(Amount amount, int digits) {
    return amount.millionths % millionths_a_minor_unit(digits) == 0;
}

}  // namespace seatledger
