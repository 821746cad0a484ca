// How a Merkle tree is cut into files (c2sp.org/tlog-tiles): tiles of up to 256 hashes, and bundles of up to 256
// entries. Arithmetic only.
//
// The tile with index n at level l holds the hashes of the perfect subtrees (8 · l, 256 · n), (8 · l, 256 · n + 1) …
// The hashes of the levels between are computed from it. A tile that is not full is partial, and replaced by a wider
// one as the tree grows; no tile is empty.
#pragma once

#include <compare>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "engine/merkle/hash.h"
#include "engine/merkle/subtree.h"
#include "events/block.h"

namespace seatledger::merkle {

constexpr unsigned tile_levels = 8;
constexpr unsigned tile_width_max = 1U << tile_levels;
constexpr std::size_t entry_bytes_max = event_bytes_max;

struct Tile {
    unsigned level = 0;               // 0 to 63; from 8 on no tree has any
    std::uint64_t index = 0;          // within the level
    unsigned width = tile_width_max;  // hashes, 1 to 256

    auto operator<=>(const Tile&) const = default;
};

// The entries whose hashes are in the tile with the same index and width at level 0.
struct EntryBundle {
    std::uint64_t index = 0;
    unsigned width = tile_width_max;  // entries, 1 to 256

    auto operator<=>(const EntryBundle&) const = default;
};

// ---- Paths, from the log's own folder on.

inline constexpr std::string_view checkpoint_path = "checkpoint";

// "tile/0/x001/x234/067", "tile/1/000.p/17"
[[nodiscard]] std::string path_of(const Tile& tile);
// "tile/entries/x001/x234/067", "tile/entries/000.p/17"
[[nodiscard]] std::string path_of(const EntryBundle& bundle);

// What path_of() gives and nothing else. Whether a tree has such a tile is for tile_width() to say.
[[nodiscard]] std::optional<std::variant<Tile, EntryBundle>> parse_tile_path(std::string_view path);

// ---- Which tiles there are.

// The width that this tile has in a tree with so many leaves; 0: it has none there.
[[nodiscard]] unsigned tile_width(unsigned level, std::uint64_t index, std::uint64_t tree_size);

// The tiles of a tree of size `to` that one of size `from` does not have, or only narrower: by level, then by index.
// From 0: all of them. `from` must not be larger than `to`. Bundles have changed where tiles of level 0 have. Cost: in
// proportion to what it gives, which is a tile for 255 leaves.
[[nodiscard]] std::vector<Tile> tiles_between(std::uint64_t from, std::uint64_t to);

// The partial tiles of a tree, by level: one a level at most. What a root is computed from lies in them.
[[nodiscard]] std::vector<Tile> partial_tiles(std::uint64_t tree_size);

// ---- What is in them.

// A tile as it is stored and published: its hashes one after the other, as many as it is wide.
struct TileBytes {
    Tile tile;
    std::string bytes;

    bool operator==(const TileBytes&) const = default;
};

// Where in the tiles the hash of a perfect subtree is found: it is the root above `count` hashes, a power of two, from
// `first` on. At most 128 of them.
struct TilePlace {
    unsigned level = 0;
    std::uint64_t index = 0;
    unsigned first = 0;
    unsigned count = 1;

    auto operator<=>(const TilePlace&) const = default;
};
[[nodiscard]] TilePlace place_of(const Subtree& subtree);

// The root above these hashes; there must be a power of two of them. Cost: a hash for each but one.
[[nodiscard]] Hash perfect_root(std::span<const Hash> hashes);

// Puts an entry at the end of a bundle: its length, big-endian in two bytes, and its bytes, of which there must not be
// more than entry_bytes_max.
void append_entry(std::string& bundle, std::string_view entry);

// The entries of a bundle; the views end with it. Fails if an entry is cut off.
[[nodiscard]] std::expected<std::vector<std::string_view>, std::string> entries_of(std::string_view bundle);

}  // namespace seatledger::merkle
