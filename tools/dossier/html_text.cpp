#include "tools/dossier/html_text.h"

#include <fmt/format.h>

#include <cstddef>
#include <cstdint>

#include "server/json.h"
#include "tools/characters.h"

namespace seatledger {
namespace {

enum class Style { text, exact, plain };

std::string shown(char32_t code, Style style) {
    const auto name = fmt::format("U+{:04X}", static_cast<std::uint32_t>(code));
    return style == Style::plain ? "[" + name + "]" : "<span class=\"ctl\">" + name + "</span>";
}

std::string written(std::string_view text, Style style) {
    const auto clean = well_formed(text);
    std::string out;
    out.reserve(clean.size() + clean.size() / 8);
    for (std::size_t at = 0; at < clean.size();) {
        const auto [code, bytes] = first_character(std::string_view(clean).substr(at));
        at += bytes.size();
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
