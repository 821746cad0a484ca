// The key by which checkpoints are signed, in a file of its own (engine/vault/secret_key_file.h): whoever has it can
// sign in the ledger's name.
#pragma once

#include <expected>
#include <filesystem>
#include <string>

#include "engine/merkle/note.h"
#include "engine/random.h"

namespace seatledger {

// Reads the key, or makes one, durably, where there is no file: then the log goes on under another verifier key than it
// had before, if it had one. `origin`: the key's name, which is the log's origin; empty: merkle::default_origin().
// Fails if the file cannot be read or made, is no such file or can be read by others, or if the origin cannot be the
// name of a key; with what to do.
[[nodiscard]] std::expected<merkle::SigningKey, std::string> open_signing_key(const std::filesystem::path& file,
                                                                              const std::string& origin,
                                                                              RandomSource& random);

}  // namespace seatledger
