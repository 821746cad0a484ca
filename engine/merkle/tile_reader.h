// The hashes of a tree as they are read from its tiles.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <map>
#include <utility>
#include <vector>

#include "engine/failure.h"
#include "engine/merkle/hash.h"
#include "engine/merkle/subtree.h"
#include "engine/merkle/tiles.h"

namespace seatledger::merkle {

// Gives the hashes of a tile: the tile's width, or more, if it has become wider since. Fails if the storage does.
using TileFetch = std::function<std::expected<std::vector<Hash>, StorageFailure>(const Tile&)>;

// Reads a tree of one size. One thread. Keeps every tile that it fetched (8 KiB each), so that none is fetched twice:
// for a proof or a few, which take two tiles a level at most.
class TileReader {
 public:
    TileReader(std::uint64_t tree_size, TileFetch fetch) : tree_size_(tree_size), fetch_(std::move(fetch)) {}

    // Fails if fetching does, or if a tile has fewer hashes than it must have. Cost: a tile that was not fetched
    // before, and at most 127 hashes within it; for all hashes of a proof that lie in one tile, 247.
    [[nodiscard]] std::expected<Hash, StorageFailure> read(const Subtree& subtree);

    // For whom a HashReader is wanted; ends with this.
    [[nodiscard]] HashReader reader() {
        return [this](const Subtree& subtree) { return read(subtree); };
    }

 private:
    std::uint64_t tree_size_;
    TileFetch fetch_;
    std::map<std::pair<unsigned, std::uint64_t>, std::vector<Hash>> tiles_;  // by level and index
};

}  // namespace seatledger::merkle
