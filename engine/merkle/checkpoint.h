// Checkpoints (c2sp.org/tlog-checkpoint): what a tree was at some size, in a signed note. Its text has three lines: the
// origin, which says whose log it is, the number of leaves, and the root in base64.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

#include "engine/merkle/hash.h"
#include "engine/merkle/note.h"

namespace seatledger::merkle {

struct Checkpoint {
    std::string origin;
    std::uint64_t size = 0;  // leaves
    Hash root = empty_root;

    bool operator==(const Checkpoint&) const = default;
};

// "seatledger-" and the first 8 hexadecimal digits of SHA-256 of the public key: what a log is called, and its key, if
// nobody says otherwise.
[[nodiscard]] std::string default_origin(const PublicKey& key);

// The text of the note. The origin must be a line: not empty, and without newlines.
[[nodiscard]] std::string format(const Checkpoint& checkpoint);
// Takes what format() gives. Lines behind it are passed over, if they are not empty, as the specification has it: a
// signature covers them, but nothing here says what they mean. The error says what is wrong.
[[nodiscard]] std::expected<Checkpoint, std::string> parse_checkpoint(std::string_view text);

// The signed note. Its origin is the key's name: so a verifier key says of which log it takes checkpoints.
[[nodiscard]] std::string sign_checkpoint(std::uint64_t size, const Hash& root, const SigningKey& key);

// Verifies a note and reads it. Fails, with what is wrong, if the key did not sign it, or if the origin is not the
// key's name. Cost: a tenth of a millisecond.
[[nodiscard]] std::expected<Checkpoint, std::string> open_checkpoint(std::string_view note, const VerifierKey& key);

}  // namespace seatledger::merkle
