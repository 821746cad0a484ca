#include "engine/merkle/tree_builder.h"

namespace seatledger::merkle {

std::expected<TreeBuilder, StorageFailure> TreeBuilder::resume(std::uint64_t size, const TileFetch& fetch) {
    TileReader reader(size, fetch);
    auto range = CompactRange::read(size, reader.reader());
    if (!range) return std::unexpected(range.error());
    TreeBuilder builder;
    builder.range_ = std::move(*range);
    for (unsigned level = 0; tile_width(level, 0, size) > 0; ++level) {
        const auto index = (size >> (tile_levels * level)) / tile_width_max;
        const auto width = tile_width(level, index, size);
        if (width == 0) continue;  // the last one is full
        auto& hashes = builder.growing_[{level, index}].hashes;
        for (unsigned i = 0; i < width; ++i) {
            const auto hash = reader.read({level * tile_levels, index * tile_width_max + i});
            if (!hash) return std::unexpected(hash.error());
            hashes.push_back(*hash);
        }
    }
    return builder;
}

void TreeBuilder::append(const Hash& leaf) {
    range_.append(leaf, [this](const Subtree& subtree, const Hash& hash) { grow(subtree, hash); });
}

void TreeBuilder::grow(const Subtree& subtree, const Hash& hash) {
    if (subtree.level % tile_levels != 0) return;
    auto& tile = growing_[{subtree.level / tile_levels, subtree.index / tile_width_max}];
    tile.hashes.push_back(hash);
    if (!std::exchange(tile.has_changed, true)) ++changed_count_;
}

std::vector<TileBytes> TreeBuilder::changed_tiles() const {
    std::vector<TileBytes> tiles;
    tiles.reserve(changed_count_);
    for (const auto& [place, tile] : growing_) {
        if (!tile.has_changed) continue;
        const auto width = static_cast<unsigned>(tile.hashes.size());
        tiles.push_back({{place.first, place.second, width}, join(tile.hashes)});
    }
    return tiles;
}

void TreeBuilder::mark_stored(std::span<const TileBytes> tiles) {
    for (const auto& [tile, bytes] : tiles) {
        const auto found = growing_.find({tile.level, tile.index});
        if (found == growing_.end() || found->second.hashes.size() != tile.width) continue;
        if (std::exchange(found->second.has_changed, false)) --changed_count_;
        if (tile.width == tile_width_max) growing_.erase(found);
    }
}

std::vector<TileBytes> TreeBuilder::take(bool full) {
    auto tiles = changed_tiles();
    std::erase_if(tiles, [&](const TileBytes& each) { return (each.tile.width == tile_width_max) != full; });
    mark_stored(tiles);
    return tiles;
}

std::vector<TileBytes> TreeBuilder::take_full() { return take(true); }

std::vector<TileBytes> TreeBuilder::take_partial() { return take(false); }

}  // namespace seatledger::merkle
