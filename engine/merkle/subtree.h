// The perfect subtrees of a Merkle tree, and how their hashes are asked for. A tree that grows keeps every perfect
// subtree that it ever had: what is known of one need never be forgotten, nor computed anew.
#pragma once

#include <compare>
#include <cstdint>
#include <expected>
#include <functional>
#include <span>
#include <vector>

#include "engine/failure.h"
#include "engine/merkle/hash.h"

namespace seatledger::merkle {

// That of the 2^level leaves from index · 2^level on. Level 0: a leaf.
struct Subtree {
    unsigned level = 0;  // 0 to 63
    std::uint64_t index = 0;

    auto operator<=>(const Subtree&) const = default;
};

// Gives the hash of a perfect subtree; its leaves are in the tree, else it is a bug. Fails if the storage does.
using HashReader = std::function<std::expected<Hash, StorageFailure>(const Subtree&)>;

// The perfect subtrees that together are the leaves from `begin` up to, but without, `end`, from left to right: as few
// as there may be. `begin` must be a multiple of the largest power of two that is not larger than the number of leaves;
// 0 always is. At most 64.
[[nodiscard]] std::vector<Subtree> peaks_between(std::uint64_t begin, std::uint64_t end);

// The root above such subtrees, given their hashes from left to right; of none: the root of the tree without leaves.
// Cost: a hash for each but one.
[[nodiscard]] Hash root_above(std::span<const Hash> peaks);

}  // namespace seatledger::merkle
