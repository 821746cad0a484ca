#include "engine/merkle/tiles.h"

#include <kj/debug.h>

#include <algorithm>
#include <bit>
#include <iterator>

#include "engine/merkle/lines.h"

namespace seatledger::merkle {
namespace {

constexpr unsigned level_max = 63;  // that a path may say
constexpr std::string_view tile_folder = "tile/";
constexpr std::string_view entries_folder = "entries/";
constexpr std::string_view partial_mark = ".p/";

// "x001/x234/067", and the width behind it if it is less than all.
std::string index_and_width(std::uint64_t index, unsigned width) {
    KJ_REQUIRE(width >= 1 && width <= tile_width_max, width);
    std::string text;
    for (bool last = true; last || index > 0; last = false, index /= 1000) {
        const auto digits = std::to_string(1000 + index % 1000).substr(1);
        text = last ? digits : "x" + digits + "/" + text;
    }
    if (width < tile_width_max) text.append(partial_mark).append(std::to_string(width));
    return text;
}

// As above, or anything similar: whoever calls it compares.
std::optional<EntryBundle> parse_index_and_width(std::string_view text) {
    EntryBundle parsed;
    if (const auto mark = text.find(partial_mark); mark != text.npos) {
        const auto width = parse_decimal(text.substr(mark + partial_mark.size()));
        if (!width || *width < 1 || *width >= tile_width_max) return std::nullopt;
        parsed.width = static_cast<unsigned>(*width);
        text = text.substr(0, mark);
    }
    std::string digits;
    std::ranges::copy_if(text, std::back_inserter(digits), [](char c) { return c != 'x' && c != '/'; });
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
    const auto index = parse_decimal(digits);
    if (!index) return std::nullopt;
    parsed.index = *index;
    return parsed;
}

// How many whole hashes the tree has at the level of these tiles.
std::uint64_t hashes_at(unsigned level, std::uint64_t tree_size) {
    const auto shift = level * tile_levels;
    return shift < 64 ? tree_size >> shift : 0;
}

}  // namespace

std::string path_of(const Tile& tile) {
    KJ_REQUIRE(tile.level <= level_max, tile.level);
    return std::string(tile_folder) + std::to_string(tile.level) + "/" + index_and_width(tile.index, tile.width);
}

std::string path_of(const EntryBundle& bundle) {
    return std::string(tile_folder).append(entries_folder) + index_and_width(bundle.index, bundle.width);
}

std::optional<std::variant<Tile, EntryBundle>> parse_tile_path(std::string_view path) {
    if (!path.starts_with(tile_folder)) return std::nullopt;
    auto rest = path.substr(tile_folder.size());
    if (rest.starts_with(entries_folder)) {
        const auto bundle = parse_index_and_width(rest.substr(entries_folder.size()));
        if (!bundle || path_of(*bundle) != path) return std::nullopt;
        return *bundle;
    }
    const auto slash = rest.find('/');
    if (slash == rest.npos) return std::nullopt;
    const auto level = parse_decimal(rest.substr(0, slash));
    const auto place = parse_index_and_width(rest.substr(slash + 1));
    if (!level || *level > level_max || !place) return std::nullopt;
    const Tile tile{static_cast<unsigned>(*level), place->index, place->width};
    if (path_of(tile) != path) return std::nullopt;
    return tile;
}

unsigned tile_width(unsigned level, std::uint64_t index, std::uint64_t tree_size) {
    const auto hashes = hashes_at(level, tree_size);
    const auto full = hashes / tile_width_max;
    if (index < full) return tile_width_max;
    return index == full ? static_cast<unsigned>(hashes % tile_width_max) : 0;
}

std::vector<Tile> tiles_between(std::uint64_t from, std::uint64_t to) {
    KJ_REQUIRE(from <= to, from, to);
    std::vector<Tile> tiles;
    for (unsigned level = 0; hashes_at(level, to) > hashes_at(level, from); ++level) {
        // Tiles that are full in the smaller tree stay as they are, a partial one gets wider.
        for (auto index = hashes_at(level, from) / tile_width_max; tile_width(level, index, to) > 0; ++index) {
            tiles.push_back({level, index, tile_width(level, index, to)});
        }
    }
    return tiles;
}

std::vector<Tile> partial_tiles(std::uint64_t tree_size) {
    std::vector<Tile> tiles;
    for (unsigned level = 0; hashes_at(level, tree_size) > 0; ++level) {
        const auto index = hashes_at(level, tree_size) / tile_width_max;
        if (const auto width = tile_width(level, index, tree_size); width > 0) tiles.push_back({level, index, width});
    }
    return tiles;
}

TilePlace place_of(const Subtree& subtree) {
    KJ_REQUIRE(subtree.level < 64, subtree.level);
    const auto above = subtree.level % tile_levels;  // levels above the tile's hashes
    const auto in_level = subtree.index << above;    // below 2^64, since its leaves are
    return {subtree.level / tile_levels, in_level / tile_width_max, static_cast<unsigned>(in_level % tile_width_max),
            1U << above};
}

Hash perfect_root(std::span<const Hash> hashes) {
    KJ_REQUIRE(std::has_single_bit(hashes.size()), hashes.size());
    if (hashes.size() == 1) return hashes[0];
    const auto half = hashes.size() / 2;
    return node_hash(perfect_root(hashes.first(half)), perfect_root(hashes.subspan(half)));
}

void append_entry(std::string& bundle, std::string_view entry) {
    KJ_REQUIRE(entry.size() <= entry_bytes_max, entry.size());
    bundle += static_cast<char>(entry.size() >> 8);
    bundle += static_cast<char>(entry.size() & 0xFF);
    bundle += entry;
}

std::expected<std::vector<std::string_view>, std::string> entries_of(std::string_view bundle) {
    std::vector<std::string_view> entries;
    while (!bundle.empty()) {
        const auto size = bundle.size() < 2 ? std::size_t{0}
                                            : std::size_t{static_cast<unsigned char>(bundle[0])} << 8 |
                                                  static_cast<unsigned char>(bundle[1]);
        if (bundle.size() < 2 + size) {
            return std::unexpected("the bundle is cut off in its entry " + std::to_string(entries.size() + 1));
        }
        entries.push_back(bundle.substr(2, size));
        bundle.remove_prefix(2 + size);
    }
    return entries;
}

}  // namespace seatledger::merkle
