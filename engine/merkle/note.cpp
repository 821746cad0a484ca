#include "engine/merkle/note.h"

#include <kj/debug.h>

#include <algorithm>

#include "engine/base64.h"
#include "engine/merkle/lines.h"
#include "events/utf8.h"

namespace seatledger::merkle {
namespace {

constexpr std::string_view line_begin = "— ";

// Unicode's White_Space beyond ASCII.
constexpr std::array<std::string_view, 19> spaces = {
    "\u0085", "\u00A0", "\u1680", "\u2000", "\u2001", "\u2002", "\u2003", "\u2004", "\u2005", "\u2006",
    "\u2007", "\u2008", "\u2009", "\u200A", "\u2028", "\u2029", "\u202F", "\u205F", "\u3000"};

bool is_control(char c) { return static_cast<unsigned char>(c) < 0x20; }

// Calls `each` for its characters, one after the other, until that gives false. False if it did, or if `text` is no
// UTF-8.
template <typename Each>
bool all_characters(std::string_view text, Each each) {
    while (!text.empty()) {
        const auto length = utf8_length(text);
        if (length == 0 || !each(text.substr(0, length))) return false;
        text.remove_prefix(length);
    }
    return true;
}

std::unexpected<std::string> wrong(std::string message) { return std::unexpected(std::move(message)); }

std::expected<NoteSignature, std::string> parse_signature(std::string_view line) {
    if (!line.starts_with(line_begin)) {
        return wrong("behind its last blank line the note has a line that does not begin with a dash: \"— \"");
    }
    line.remove_prefix(line_begin.size());
    const auto name_end = line.find(' ');
    const auto name = line.substr(0, name_end);
    if (name_end == line.npos || !is_key_name(name)) return wrong("the note has a signature without a key's name");
    const auto bytes = from_base64(line.substr(name_end + 1));
    if (!bytes) return wrong("the note has a signature that is not base64");
    NoteSignature signature{std::string(name), {}, {}};
    if (bytes->size() <= signature.id.size()) return wrong("the note has a signature that is too short");
    std::copy_n(bytes->begin(), signature.id.size(), signature.id.begin());
    signature.signature = bytes->substr(signature.id.size());
    return signature;
}

}  // namespace

bool is_key_name(std::string_view name) {
    return !name.empty() && all_characters(name, [](std::string_view character) {
        if (character.size() > 1) return std::ranges::find(spaces, character) == spaces.end();
        return character != "+" && character != " " && !is_control(character[0]);
    });
}

bool is_note_text(std::string_view text) {
    return text.ends_with('\n') && all_characters(text, [](std::string_view character) {
               return character == "\n" || !is_control(character[0]);
           });
}

std::string format(const Note& note) {
    auto text = note.text + "\n";
    for (const auto& signature : note.signatures) {
        std::string bytes(signature.id.begin(), signature.id.end());
        bytes += signature.signature;
        text.append(line_begin).append(signature.name).append(" ").append(to_base64(bytes)).append("\n");
    }
    return text;
}

std::expected<Note, std::string> parse_note(std::string_view text) {
    if (text.size() > note_bytes_max) {
        return wrong("the note has more than " + std::to_string(note_bytes_max) + " bytes");
    }
    if (!is_note_text(text)) {
        return wrong("the note is not UTF-8 without control characters that ends with a newline");
    }
    const auto blank = text.rfind("\n\n");
    if (blank == text.npos) return wrong("the note has no blank line before its signatures");
    Note note{std::string(text.substr(0, blank + 1)), {}};
    for (auto rest = text.substr(blank + 2); !rest.empty();) {
        if (note.signatures.size() == note_signatures_max) {
            return wrong("the note has more than " + std::to_string(note_signatures_max) + " signatures");
        }
        auto signature = parse_signature(*take_line(rest));
        if (!signature) return wrong(signature.error());
        note.signatures.push_back(std::move(*signature));
    }
    if (note.signatures.empty()) return wrong("the note has no signature");
    return note;
}

std::string sign_note(std::string_view text, const SigningKey& key) {
    KJ_REQUIRE(is_note_text(text), "not the text of a note");
    const auto& verifier = key.verifier();
    return format({std::string(text), {{verifier.name(), verifier.id(), key.sign(text)}}});
}

std::expected<std::string, std::string> open_note(std::string_view note, std::span<const VerifierKey> keys) {
    auto parsed = parse_note(note);
    if (!parsed) return wrong(parsed.error());
    bool verified = false;
    for (const auto& signature : parsed->signatures) {
        for (const auto& key : keys) {
            if (signature.name != key.name() || signature.id != key.id()) continue;
            if (!key.verifies(parsed->text, signature.signature)) {
                return wrong("the signature by " + key.name() + " is wrong: the note was changed");
            }
            verified = true;
        }
    }
    if (!verified) return wrong("the note has no signature by a key that is known");
    return std::move(parsed->text);
}

}  // namespace seatledger::merkle
