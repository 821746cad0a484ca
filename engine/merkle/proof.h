// Proofs that a leaf is in a tree, and that a tree is the beginning of another (RFC 6962, sections 2.1.1 and 2.1.2),
// and their verification (RFC 9162, sections 2.1.3.2 and 2.1.4.2), which needs nothing but the proof.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <vector>

#include "engine/failure.h"
#include "engine/merkle/hash.h"
#include "engine/merkle/subtree.h"

namespace seatledger::merkle {

// The hashes, the leaf's sibling first, the root's child last. At most 64.
using Proof = std::vector<Hash>;

// ---- Making them. Any thread, where the reader may be called there. Fails if the reader does. Cost: a read for each
// bit of the tree's size at most twice.

// The root of the tree of the first `size` leaves.
[[nodiscard]] std::expected<Hash, StorageFailure> root_of(std::uint64_t size, const HashReader& reader);

// That the leaf with this index, which is less than `size`, is in the tree of the first `size` leaves. Empty for the
// only leaf of a tree.
[[nodiscard]] std::expected<Proof, StorageFailure> inclusion_proof(std::uint64_t index, std::uint64_t size,
                                                                   const HashReader& reader);

// That the tree of the first `from` leaves is the beginning of that of the first `to`; `from` is not larger than `to`.
// Empty where both are the same, and for the tree without leaves, which is the beginning of every other.
[[nodiscard]] std::expected<Proof, StorageFailure> consistency_proof(std::uint64_t from, std::uint64_t to,
                                                                     const HashReader& reader);

// ---- Verifying them. Pure. Takes whatever somebody may have sent: numbers that cannot be, proofs that are too short
// or too long. The error is one line that says what is wrong. Cost: a hash of a node for each hash of the proof, or
// two.

[[nodiscard]] std::expected<void, std::string> verify_inclusion(std::uint64_t index, std::uint64_t size,
                                                                const Hash& leaf, std::span<const Hash> proof,
                                                                const Hash& root);

[[nodiscard]] std::expected<void, std::string> verify_consistency(std::uint64_t from, std::uint64_t to,
                                                                  const Hash& from_root, const Hash& to_root,
                                                                  std::span<const Hash> proof);

}  // namespace seatledger::merkle
