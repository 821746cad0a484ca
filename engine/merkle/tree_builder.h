// The Merkle tree of a log that grows, and those of its tiles that have changed since they were stored.
#pragma once

#include <cstddef>
#include <cstdint>
#include <expected>
#include <map>
#include <span>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/failure.h"
#include "engine/merkle/compact_range.h"
#include "engine/merkle/hash.h"
#include "engine/merkle/tile_reader.h"
#include "engine/merkle/tiles.h"

namespace seatledger::merkle {

// One thread. Memory: 8 KiB at most for each tile that has changed, and for each level of tiles.
class TreeBuilder {
 public:
    // Without leaves.
    TreeBuilder() = default;

    // Goes on with a tree of `size` leaves whose tiles were stored. Fails if fetching one does; whether they are the
    // right ones shows when root() is compared. Cost: two tiles for each level of tiles at most.
    [[nodiscard]] static std::expected<TreeBuilder, StorageFailure> resume(std::uint64_t size, const TileFetch& fetch);

    // Takes the next leaf: the bytes of an entry, or their leaf_hash(). Cost: one hash of a node on average. The root
    // of a smaller tree is to be asked for when it has that size.
    void append(std::string_view entry) { append(leaf_hash(entry)); }
    void append(const Hash& leaf);

    // Number of leaves.
    [[nodiscard]] std::uint64_t size() const { return range_.size(); }
    // Cost: 64 hashes at most.
    [[nodiscard]] Hash root() const { return range_.root(); }

    // Those that were never marked as stored as they are now: by level, then by index.
    [[nodiscard]] std::vector<TileBytes> changed_tiles() const;
    // How many they are. Cost: none.
    [[nodiscard]] std::size_t changed_count() const { return changed_count_; }
    // Forgets of these what changed_tiles() gave. One that has become wider since stays changed.
    void mark_stored(std::span<const TileBytes> tiles);
    // Those of changed_tiles() that are full, or that are not, marked as stored.
    [[nodiscard]] std::vector<TileBytes> take_full();
    [[nodiscard]] std::vector<TileBytes> take_partial();

 private:
    // A tile that is not full, or not stored as it is.
    struct Growing {
        std::vector<Hash> hashes;
        bool has_changed = false;
    };

    void grow(const Subtree& subtree, const Hash& hash);
    [[nodiscard]] std::vector<TileBytes> take(bool full);

    CompactRange range_;
    std::map<std::pair<unsigned, std::uint64_t>, Growing> growing_;  // by level and index
    std::size_t changed_count_ = 0;
};

}  // namespace seatledger::merkle
