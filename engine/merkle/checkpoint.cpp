#include "engine/merkle/checkpoint.h"

#include <kj/debug.h>

#include "engine/hex.h"
#include "engine/merkle/lines.h"

namespace seatledger::merkle {
namespace {

constexpr std::size_t origin_key_bytes = 4;

std::unexpected<std::string> wrong(const char* message) { return std::unexpected<std::string>(message); }

}  // namespace

std::string default_origin(const PublicKey& key) {
    const auto hash = plain_hash(bytes_of(key));
    return "seatledger-" + to_hex(bytes_of(hash).substr(0, origin_key_bytes));
}

std::string format(const Checkpoint& checkpoint) {
    const auto& origin = checkpoint.origin;
    KJ_REQUIRE(!origin.empty() && origin.find('\n') == origin.npos, origin);
    return origin + "\n" + std::to_string(checkpoint.size) + "\n" + to_text(checkpoint.root) + "\n";
}

std::expected<Checkpoint, std::string> parse_checkpoint(std::string_view text) {
    const auto origin = take_line(text);
    if (!origin || origin->empty()) return wrong("the checkpoint does not begin with an origin");
    const auto size_line = take_line(text);
    const auto size = size_line ? parse_decimal(*size_line) : std::nullopt;
    if (!size) return wrong("the checkpoint's second line is not the size of a tree");
    const auto root_line = take_line(text);
    const auto root = root_line ? parse_hash(*root_line) : std::nullopt;
    if (!root) return wrong("the checkpoint's third line is not a hash in base64");
    while (!text.empty()) {
        const auto line = take_line(text);
        if (!line) return wrong("the checkpoint does not end with a newline");
        if (line->empty()) return wrong("the checkpoint has an empty line");
    }
    return Checkpoint{std::string(*origin), *size, *root};
}

std::string sign_checkpoint(std::uint64_t size, const Hash& root, const SigningKey& key) {
    return sign_note(format(Checkpoint{key.verifier().name(), size, root}), key);
}

std::expected<Checkpoint, std::string> open_checkpoint(std::string_view note, const VerifierKey& key) {
    const auto text = open_note(note, {&key, 1});
    if (!text) return std::unexpected(text.error());
    auto checkpoint = parse_checkpoint(*text);
    if (checkpoint && checkpoint->origin != key.name()) {
        return std::unexpected("the checkpoint is of " + checkpoint->origin + ", but the key is of " + key.name());
    }
    return checkpoint;
}

}  // namespace seatledger::merkle
