#include "engine/merkle/tlog_proof.h"

#include <optional>

#include "engine/base64.h"
#include "engine/merkle/lines.h"

namespace seatledger::merkle {
namespace {

constexpr std::string_view first_line = "c2sp.org/tlog-proof@v1";
constexpr std::string_view extra_begin = "extra ";
constexpr std::string_view index_begin = "index ";
constexpr std::size_t hashes_max = 64;  // a tree has less than 2^64 leaves

std::unexpected<std::string> wrong(const char* message) { return std::unexpected<std::string>(message); }

}  // namespace

std::string format(const TlogProof& proof) {
    auto text = std::string(first_line) + "\n";
    if (!proof.extra.empty()) text.append(extra_begin).append(to_base64(proof.extra)).append("\n");
    text.append(index_begin).append(std::to_string(proof.index)).append("\n");
    for (const auto& hash : proof.proof) text.append(to_text(hash)).append("\n");
    return text.append("\n").append(proof.checkpoint);
}

std::expected<TlogProof, std::string> parse_tlog_proof(std::string_view text) {
    TlogProof proof;
    if (take_line(text) != first_line) return wrong("the proof does not begin with c2sp.org/tlog-proof@v1");
    auto line = take_line(text);
    if (line && line->starts_with(extra_begin)) {
        const auto extra = from_base64(line->substr(extra_begin.size()));
        if (!extra || extra->empty()) return wrong("the proof's extra data is not base64");
        proof.extra = *extra;
        line = take_line(text);
    }
    const auto index =
        line && line->starts_with(index_begin) ? parse_decimal(line->substr(index_begin.size())) : std::nullopt;
    if (!index) return wrong("the proof does not say the index of its entry");
    proof.index = *index;
    for (line = take_line(text); line && !line->empty(); line = take_line(text)) {
        const auto hash = parse_hash(*line);
        if (!hash) return wrong("the proof has a line that is not a hash in base64");
        if (proof.proof.size() == hashes_max) return wrong("the proof has more hashes than any tree has levels");
        proof.proof.push_back(*hash);
    }
    if (!line) return wrong("the proof has no blank line before its checkpoint");
    if (const auto note = parse_note(text); !note) return std::unexpected(note.error());
    proof.checkpoint = text;
    return proof;
}

std::expected<Proved, std::string> verify(std::string_view text, std::string_view entry, const VerifierKey& key) {
    const auto proof = parse_tlog_proof(text);
    if (!proof) return std::unexpected(proof.error());
    auto checkpoint = open_checkpoint(proof->checkpoint, key);
    if (!checkpoint) return std::unexpected(checkpoint.error());
    const auto included =
        verify_inclusion(proof->index, checkpoint->size, leaf_hash(entry), proof->proof, checkpoint->root);
    if (!included) return std::unexpected(included.error());
    return Proved{proof->index, std::move(*checkpoint)};
}

}  // namespace seatledger::merkle
