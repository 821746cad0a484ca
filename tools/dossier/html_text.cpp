#include "tools/dossier/html_text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstddef>
#include <iterator>

#include "server/json.h"

namespace seatledger {
namespace {

enum class Style { text, exact, plain };

struct CodeRange {
    char32_t first = 0;
    char32_t last = 0;
};

// What is not seen or moves what is: controls, format characters (Unicode's Cf and line separators), fillers, and what
// XML does not take.
constexpr std::array unseen = {
    CodeRange{0x00, 0x1F},       CodeRange{0x7F, 0x9F},       CodeRange{0xAD, 0xAD},       CodeRange{0x34F, 0x34F},
    CodeRange{0x61C, 0x61C},     CodeRange{0x115F, 0x1160},   CodeRange{0x17B4, 0x17B5},   CodeRange{0x180B, 0x180F},
    CodeRange{0x200B, 0x200F},   CodeRange{0x2028, 0x202E},   CodeRange{0x2060, 0x206F},   CodeRange{0x3164, 0x3164},
    CodeRange{0xFEFF, 0xFEFF},   CodeRange{0xFFA0, 0xFFA0},   CodeRange{0xFFF9, 0xFFFB},   CodeRange{0xFFFE, 0xFFFF},
    CodeRange{0x1BCA0, 0x1BCA3}, CodeRange{0x1D173, 0x1D17A}, CodeRange{0xE0000, 0xE0FFF},
};

bool is_unseen(char32_t code) {
    return std::ranges::any_of(unseen, [&](const CodeRange& of) { return of.first <= code && code <= of.last; });
}

std::size_t length_of(char lead) {
    const auto byte = static_cast<unsigned char>(lead);
    return byte < 0x80 ? 1 : byte < 0xE0 ? 2 : byte < 0xF0 ? 3 : 4;
}

// `bytes` is one character of well-formed UTF-8.
char32_t code_of(std::string_view bytes) {
    const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
    if (bytes.size() == 1) return byte(0);
    char32_t code = byte(0) & (0x7F >> bytes.size());
    for (std::size_t i = 1; i < bytes.size(); ++i) code = code << 6 | (byte(i) & 0x3F);
    return code;
}

std::string shown(char32_t code, Style style) {
    const auto name = fmt::format("U+{:04X}", static_cast<std::uint32_t>(code));
    return style == Style::plain ? "[" + name + "]" : "<span class=\"ctl\">" + name + "</span>";
}

std::string written(std::string_view text, Style style) {
    const auto clean = well_formed(text);
    std::string out;
    out.reserve(clean.size() + clean.size() / 8);
    for (std::size_t at = 0; at < clean.size();) {
        const auto bytes = std::string_view(clean).substr(at, length_of(clean[at]));
        at += bytes.size();
        const auto code = code_of(bytes);
        switch (code) {
            case '&': out += "&amp;"; continue;
            case '<': out += "&lt;"; continue;
            case '>': out += "&gt;"; continue;
            case '"': out += "&quot;"; continue;
            case '\'': out += "&#39;"; continue;
            case '\n':
            case '\t':
                // An attribute would turn them into blanks.
                if (style != Style::text) out += shown(code, style);
                if (style != Style::plain) out += bytes;
                continue;
            default: break;
        }
        if (is_unseen(code)) {
            out += shown(code, style);
        } else {
            out += bytes;
        }
    }
    return out;
}

}  // namespace

std::string html_text(std::string_view text) { return written(text, Style::text); }
std::string html_exact(std::string_view text) { return written(text, Style::exact); }
std::string html_plain(std::string_view text) { return written(text, Style::plain); }

}  // namespace seatledger
