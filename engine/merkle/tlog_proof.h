// A proof as a text that needs nothing else (c2sp.org/tlog-proof): that an entry is in the log whose checkpoint it has.
//
//   c2sp.org/tlog-proof@v1
//   extra <base64>            may be missing
//   index <of the entry, from 0 on>
//   <base64 of a hash>        as many as the proof has, the leaf's sibling first
//
//   <the checkpoint, with its signatures>
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "engine/merkle/checkpoint.h"
#include "engine/merkle/note.h"
#include "engine/merkle/proof.h"

namespace seatledger::merkle {

struct TlogProof {
    std::string extra;  // empty: there is none. Nobody has signed it
    std::uint64_t index = 0;
    Proof proof;             // at most 64 hashes
    std::string checkpoint;  // a signed note

    bool operator==(const TlogProof&) const = default;
};

[[nodiscard]] std::string format(const TlogProof& proof);

// Takes what format() gives and nothing else. Verifies nothing. The error says what is wrong.
[[nodiscard]] std::expected<TlogProof, std::string> parse_tlog_proof(std::string_view text);

struct Proved {
    std::uint64_t index = 0;  // of the entry; its sequence is one more
    Checkpoint checkpoint;
};

// Whether the text proves that these bytes are an entry of the log whose key it is. The error is one line that says
// what is wrong. Pure. Any thread. Cost: a fifth of a millisecond.
[[nodiscard]] std::expected<Proved, std::string> verify(std::string_view text, std::string_view entry,
                                                        const VerifierKey& key);

}  // namespace seatledger::merkle
