// A Merkle tree that grows leaf by leaf and keeps only what its root needs: the hashes of the perfect subtrees that its
// leaves fall into, the largest first. (Called a compact range in transparency-dev/merkle, from 0 on.)
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

// One thread. Memory: 32 bytes for each bit that is set in the size, so 2 KiB at most.
class CompactRange {
 public:
    // Without leaves.
    CompactRange() = default;

    // As it was when it had this size and these peaks. Fails if there are not as many peaks as that size has; whether
    // they are the right ones shows when the root is compared.
    [[nodiscard]] static std::expected<CompactRange, std::string> restore(std::uint64_t size,
                                                                          std::span<const Hash> peaks);
    // The tree's first `size` leaves. Fails if the reader does. Cost: a read for each bit that is set in the size.
    [[nodiscard]] static std::expected<CompactRange, StorageFailure> read(std::uint64_t size, const HashReader& reader);

    // Cost: one hash of a node on average.
    void append(const Hash& leaf) {
        append(leaf, [](const Subtree&, const Hash&) {});
    }
    // Calls `completed(subtree, hash)` for every perfect subtree that ends with this leaf, from the leaf itself
    // upwards. Those whose level is a multiple of tile_levels are what tiles are made of.
    template <typename Completed>
    void append(const Hash& leaf, Completed&& completed);

    // Number of leaves.
    [[nodiscard]] std::uint64_t size() const { return size_; }
    // The hashes of peaks_between(0, size()).
    [[nodiscard]] std::span<const Hash> peaks() const { return peaks_; }
    // Cost: a hash for each peak but one.
    [[nodiscard]] Hash root() const { return root_above(peaks_); }

 private:
    std::uint64_t size_ = 0;
    std::vector<Hash> peaks_;
};

template <typename Completed>
void CompactRange::append(const Hash& leaf, Completed&& completed) {
    Subtree subtree{0, size_};
    auto hash = leaf;
    completed(subtree, hash);
    // A subtree with an odd index is the right half of a larger one, whose left half is the last peak.
    while (subtree.index % 2 == 1) {
        hash = node_hash(peaks_.back(), hash);
        peaks_.pop_back();
        subtree = {subtree.level + 1, subtree.index / 2};
        completed(subtree, hash);
    }
    peaks_.push_back(hash);
    ++size_;
}

}  // namespace seatledger::merkle
