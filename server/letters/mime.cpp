#include "server/letters/mime.h"

#include <fmt/format.h>
#include <idn2.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "engine/base64.h"
#include "events/text.h"

namespace seatledger {
namespace {

constexpr std::string_view line_end = "\r\n";
constexpr std::size_t line_bytes_max = 76;  // RFC 2045, section 6.7 and 6.8; RFC 2047, section 2
constexpr std::string_view word_begin = "=?utf-8?B?";
constexpr std::string_view word_end = "?=";
constexpr std::size_t word_bytes_max = 75;

bool is_ascii(std::string_view text) {
    return std::ranges::all_of(text, [](unsigned char c) { return c < 0x80; });
}

// How many bytes of `text`, at most `bytes_max`, can be taken off its front without splitting a character.
std::size_t whole_characters(std::string_view text, std::size_t bytes_max) {
    if (text.size() <= bytes_max) return text.size();
    auto size = bytes_max;
    while (size > 0 && (static_cast<unsigned char>(text[size]) & 0xC0) == 0x80) --size;
    return size > 0 ? size : bytes_max;  // of bytes that are no UTF-8 any place is as good
}

// Encoded words, one a line, the first on a line that has `column` bytes already.
std::string encoded_words(std::string_view text, std::size_t column) {
    std::string words;
    while (!text.empty()) {
        const auto room = std::min(word_bytes_max, line_bytes_max - column) - word_begin.size() - word_end.size();
        const auto size = whole_characters(text, room / 4 * 3);
        if (!words.empty()) words.append(line_end).append(" ");
        words.append(word_begin).append(to_base64(text.substr(0, size))).append(word_end);
        text.remove_prefix(size);
        column = 1;
    }
    return words;
}

// As it is only where nobody can take it for anything else.
bool needs_encoding(std::string_view text, std::size_t column) {
    return !is_ascii(text) || column + text.size() > line_bytes_max || text.find("=?") != text.npos ||
           text.starts_with(' ') || text.ends_with(' ');
}

std::string quoted(std::string_view text) {
    std::string result = "\"";
    for (const char c : text) {
        if (c == '"' || c == '\\') result += '\\';
        result += c;
    }
    return result + '"';
}

// ---- Addresses.

bool is_letter_or_digit(char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
           static_cast<unsigned char>(c) >= 0x80;
}

// Parts of what `is_allowed` says, with single dots between them.
template <typename IsAllowed>
bool is_dotted(std::string_view text, IsAllowed is_allowed) {
    if (text.empty() || text.starts_with('.') || text.ends_with('.') || text.find("..") != text.npos) return false;
    return std::ranges::all_of(text, [&](char c) { return c == '.' || is_allowed(c); });
}

bool is_dot_atom(std::string_view text) {
    constexpr std::string_view others = "!#$%&'*+-/=?^_`{|}~";
    return is_dotted(text, [&](char c) { return is_letter_or_digit(c) || others.find(c) != others.npos; });
}

bool is_quoted_string(std::string_view text) {
    if (text.size() < 2 || !text.starts_with('"') || !text.ends_with('"')) return false;
    const auto inside = text.substr(1, text.size() - 2);
    for (std::size_t i = 0; i < inside.size(); ++i) {
        if (inside[i] == '"') return false;
        if (inside[i] == '\\' && ++i == inside.size()) return false;
    }
    return true;
}

bool is_domain(std::string_view text) {
    if (text.starts_with('[') && text.ends_with(']')) {  // [192.0.2.1], [IPv6:2001:db8::1]
        return std::ranges::all_of(text.substr(1, text.size() - 2), [](char c) {
            return c == '.' || c == ':' || c == '-' || (is_letter_or_digit(c) && static_cast<unsigned char>(c) < 0x80);
        });
    }
    return is_dotted(text, [](char c) { return c == '-' || c == '_' || is_letter_or_digit(c); });
}

// The domain in ASCII: почта.example as xn--80a1acny.example (IDNA 2008). Nothing if there is no such form.
std::optional<std::string> ascii_domain(std::string_view domain) {
    if (is_ascii(domain)) return std::string(domain);
    const std::string text(domain);  // ends with a NUL
    std::uint8_t* ascii = nullptr;
    if (idn2_lookup_u8(reinterpret_cast<const std::uint8_t*>(text.c_str()), &ascii,
                       IDN2_NFC_INPUT | IDN2_NONTRANSITIONAL) != IDN2_OK) {
        return {};
    }
    const std::unique_ptr<std::uint8_t, decltype(&idn2_free)> owned(ascii, idn2_free);
    return std::string(reinterpret_cast<const char*>(ascii));
}

// ---- Bodies.

std::string quoted_printable(std::string_view text) {
    constexpr std::string_view digits = "0123456789ABCDEF";
    std::string result;
    std::size_t column = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte == '\n') {
            result += line_end;
            column = 0;
            continue;
        }
        const bool is_last = i + 1 == text.size() || text[i + 1] == '\n';
        // A blank at the end of a line would get lost on the way.
        const bool is_plain = byte > ' ' ? byte < 0x7F && byte != '=' : byte == ' ' && !is_last;
        const std::size_t size = is_plain ? 1 : 3;
        // The last place of a line is for the "=" that says that it goes on, unless the line ends here.
        if (column + size > line_bytes_max - (is_last ? 0 : 1)) {
            result.append("=").append(line_end);
            column = 0;
        }
        if (is_plain) {
            result += text[i];
        } else {
            result += {'=', digits[byte >> 4], digits[byte & 15]};
        }
        column += size;
    }
    return result;
}

std::string base64_lines(std::string_view text) {
    std::string with_line_ends;
    for (const char c : text) {
        if (c == '\n') with_line_ends += '\r';
        with_line_ends += c;
    }
    constexpr std::size_t bytes_a_line = line_bytes_max / 4 * 3;
    std::string result;
    for (std::string_view rest = with_line_ends; !rest.empty();
         rest.remove_prefix(std::min(rest.size(), bytes_a_line))) {
        result.append(to_base64(rest.substr(0, bytes_a_line))).append(line_end);
    }
    return result;
}

}  // namespace

std::string text_field(std::string_view name, std::string_view text) {
    auto field = std::string(name) + ": ";
    field += needs_encoding(text, field.size()) ? encoded_words(text, field.size()) : std::string(text);
    return field.append(line_end);
}

std::string address_field(std::string_view name, std::string_view display_name, std::string_view address) {
    auto field = std::string(name) + ": ";
    const auto spec = addr_spec(address);
    if (!spec) return field.append("undisclosed-recipients:;").append(line_end);
    if (display_name.empty()) return field.append(*spec).append(line_end);
    const auto plain = quoted(display_name);
    field += needs_encoding(display_name, field.size() + plain.size() - display_name.size())
                 ? encoded_words(display_name, field.size())
                 : plain;
    const auto column = field.size() - (field.rfind('\n') + 1);
    if (column + spec->size() + std::string_view(" <>").size() > line_bytes_max) field += line_end;
    return field.append(" <").append(*spec).append(">").append(line_end);
}

std::optional<std::string> addr_spec(std::string_view address) {
    const auto at = address.find('@');
    if (at == address.npos || address.find('@', at + 1) != address.npos || !is_plain_text(address)) return {};
    const auto local = address.substr(0, at);
    if (local.empty() || !is_domain(address.substr(at + 1))) return {};
    const auto domain = ascii_domain(address.substr(at + 1));
    if (!domain) return {};
    return (is_dot_atom(local) || is_quoted_string(local) ? std::string(local) : quoted(local)) + "@" + *domain;
}

std::string mail_date(Instant instant) {
    constexpr std::array weekdays = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};
    constexpr std::array months = {"Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    constexpr std::int64_t micros_a_day = 86'400'000'000;
    const auto since_first = instant.micros - first_instant.micros;  // which was a Monday
    const auto text = to_rfc3339(instant);
    const std::string_view utc = text;  // 2020-09-07T12:00:00.000000Z
    const auto month = static_cast<std::size_t>((utc[5] - '0') * 10 + (utc[6] - '0'));
    return fmt::format("{}, {} {} {} {} +0000", weekdays[static_cast<std::size_t>(since_first / micros_a_day % 7)],
                       utc.substr(8, 2), months[month - 1], utc.substr(0, 4), utc.substr(11, 8));
}

EncodedBody encode_body(std::string_view text) {
    EncodedBody readable{"quoted-printable", quoted_printable(text)};
    EncodedBody dense{"base64", base64_lines(text)};
    return readable.text.size() <= dense.text.size() ? readable : dense;
}

}  // namespace seatledger
