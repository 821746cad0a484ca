#include "engine/merkle/tile_reader.h"

#include <kj/debug.h>

#include <span>
#include <string>

namespace seatledger::merkle {

std::expected<Hash, StorageFailure> TileReader::read(const Subtree& subtree) {
    const auto place = place_of(subtree);
    const auto width = tile_width(place.level, place.index, tree_size_);
    KJ_REQUIRE(place.first + place.count <= width, subtree.level, subtree.index, tree_size_);
    const auto key = std::pair(place.level, place.index);
    auto found = tiles_.find(key);
    if (found == tiles_.end()) {
        const Tile tile{place.level, place.index, width};
        auto hashes = fetch_(tile);
        if (!hashes) return std::unexpected(hashes.error());
        if (hashes->size() < width) {
            return std::unexpected(StorageFailure{path_of(tile) + " has " + std::to_string(hashes->size()) +
                                                  " hashes, and must have " + std::to_string(width)});
        }
        found = tiles_.emplace(key, std::move(*hashes)).first;
    }
    return perfect_root(std::span(found->second).subspan(place.first, place.count));
}

}  // namespace seatledger::merkle
