#include "engine/merkle/tiles.h"

#include <algorithm>
#include <limits>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/merkle/tile_reader.h"
#include "tests/support/catch.h"
#include "tests/support/merkle_oracle.h"

namespace seatledger::merkle {
namespace {

using namespace testing;

constexpr auto number_max = std::numeric_limits<std::uint64_t>::max();

// As the specification says it: every tile of the tree, from the definition of its width.
std::vector<Tile> naive_tiles(std::uint64_t size) {
    std::vector<Tile> tiles;
    for (unsigned level = 0; size > 0; ++level, size /= 256) {
        for (std::uint64_t index = 0; index < size / 256; ++index) tiles.push_back({level, index, 256});
        if (size % 256 != 0) tiles.push_back({level, size / 256, static_cast<unsigned>(size % 256)});
    }
    return tiles;
}

}  // namespace

TEST_CASE("tiles and bundles have the paths of the specification", "[merkle]") {
    const std::vector<std::pair<Tile, std::string>> tiles = {
        {{0, 0, 256}, "tile/0/000"},
        {{0, 0, 1}, "tile/0/000.p/1"},
        {{1, 5, 255}, "tile/1/005.p/255"},
        {{3, 999, 256}, "tile/3/999"},
        {{0, 1000, 256}, "tile/0/x001/000"},
        {{0, 1'234'067, 256}, "tile/0/x001/x234/067"},
        {{63, 1'234'067, 112}, "tile/63/x001/x234/067.p/112"},
        {{0, 1'000'000'000, 256}, "tile/0/x001/x000/x000/000"},
        {{0, number_max, 256}, "tile/0/x018/x446/x744/x073/x709/x551/615"},
    };
    for (const auto& [tile, path] : tiles) {
        INFO(path);
        CHECK(path_of(tile) == path);
        const auto parsed = parse_tile_path(path);
        REQUIRE(parsed);
        REQUIRE(std::holds_alternative<Tile>(*parsed));
        CHECK(std::get<Tile>(*parsed) == tile);
    }
    const std::vector<std::pair<EntryBundle, std::string>> bundles = {
        {{0, 256}, "tile/entries/000"},
        {{1'234'067, 256}, "tile/entries/x001/x234/067"},
        {{67, 17}, "tile/entries/067.p/17"},
    };
    for (const auto& [bundle, path] : bundles) {
        INFO(path);
        CHECK(path_of(bundle) == path);
        const auto parsed = parse_tile_path(path);
        REQUIRE(parsed);
        REQUIRE(std::holds_alternative<EntryBundle>(*parsed));
        CHECK(std::get<EntryBundle>(*parsed) == bundle);
    }
    CHECK_THROWS(path_of(Tile{0, 0, 0}));
    CHECK_THROWS(path_of(Tile{0, 0, 257}));
    CHECK_THROWS(path_of(Tile{64, 0, 256}));
}

TEST_CASE("any other path is no tile's", "[merkle]") {
    for (const std::string path : {
             "",
             "tile",
             "tile/",
             "tile/0",
             "tile/0/",
             "tile//000",
             "/tile/0/000",
             "tile/0/000/",
             "tile/0/0",
             "tile/0/00",
             "tile/0/0000",
             "tile/0/1234",
             "tile/0/x000/000",
             "tile/0/x000/001",
             "tile/0/001/000",
             "tile/0/x001",
             "tile/0/x001/",
             "tile/0/x001/x000",
             "tile/0/x1/000",
             "tile/0/X001/000",
             "tile/00/000",
             "tile/64/000",
             "tile/-1/000",
             "tile/+1/000",
             "tile/a/000",
             "tile/0/00a",
             "tile/0/ 00",
             "tile/0/000.p/0",
             "tile/0/000.p/256",
             "tile/0/000.p/01",
             "tile/0/000.p/",
             "tile/0/000.p",
             "tile/0/000.p/1/",
             "tile/0/000.p/+1",
             "tile/0/000.p/1.p/1",
             "tile/0/.p/1",
             "tile/0/000/000",
             "tile/0/x001/../000",
             "tile/0/../000",
             "tile/entries",
             "tile/entries/",
             "tile/entries/0",
             "tile/entries/000.p/256",
             "tile/entries/0/000",
             "checkpoint",
             "tile/0/x018/x446/x744/x073/x709/x551/616",
             "tile/0/x999/x999/x999/x999/x999/x999/x999/999",
         }) {
        INFO(path);
        CHECK_FALSE(parse_tile_path(path));
    }
}

TEST_CASE("whatever is taken for a tile's path is written so again", "[merkle]") {
    const auto seed = GENERATE(5u, Catch::rngSeed());
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    const std::string letters = "0123456789x/.p-etrisn \n";
    int taken = 0;
    for (int i = 0; i < 20'000; ++i) {
        const auto width = static_cast<unsigned>(1 + random() % 256);
        const auto index = random() >> (random() % 64);
        auto path = random() % 2 == 0 ? path_of(Tile{static_cast<unsigned>(random() % 64), index, width})
                                      : path_of(EntryBundle{index, width});
        for (auto changes = random() % 3; changes > 0; --changes) {
            const auto at = random() % path.size();
            const auto how = random() % 3;
            if (how == 0) path[at] = letters[random() % letters.size()];
            if (how == 1) path.erase(at, 1);
            if (how == 2) path.insert(at, 1, letters[random() % letters.size()]);
        }
        const auto parsed = parse_tile_path(path);
        if (!parsed) continue;
        ++taken;
        CHECK(std::visit([](const auto& what) { return path_of(what); }, *parsed) == path);
    }
    CHECK(taken > 6'000);
    CHECK(taken < 20'000);
}

TEST_CASE("a tree has the tiles that the specification says", "[merkle]") {
    // Its examples.
    const auto large = tiles_between(0, 70'000);
    CHECK(std::ranges::count(large, Tile{0, 273, 112}) == 1);
    CHECK(std::ranges::count(large, Tile{1, 0, 256}) == 1);
    CHECK(std::ranges::count(large, Tile{1, 1, 17}) == 1);
    CHECK(std::ranges::count(large, Tile{2, 0, 1}) == 1);
    CHECK(large.size() == 273 + 1 + 1 + 1 + 1);
    CHECK(tiles_between(0, 256) == std::vector<Tile>{{0, 0, 256}, {1, 0, 1}});

    CHECK(tiles_between(0, 0).empty());
    for (const std::uint64_t size : {1, 2, 255, 256, 257, 511, 512, 65'535, 65'536, 65'537, 65'792, 131'072}) {
        INFO(size);
        CHECK(tiles_between(0, size) == naive_tiles(size));
        for (const auto& tile : naive_tiles(size)) CHECK(tile_width(tile.level, tile.index, size) == tile.width);
        CHECK(tile_width(0, size / 256 + (size % 256 == 0 ? 0 : 1), size) == 0);
    }
    CHECK(tile_width(6, 255, number_max) == 255);
    CHECK(tile_width(7, 1, number_max) == 0);
    CHECK(tile_width(7, 0, number_max) == 255);
    CHECK(tile_width(8, 0, number_max) == 0);
    CHECK(tile_width(63, 0, number_max) == 0);
    CHECK(tile_width(0, number_max, number_max) == 0);
    CHECK(tile_width(0, 0, 0) == 0);
}

TEST_CASE("a tree that grew has those tiles anew that the smaller one has not", "[merkle]") {
    const std::vector<std::uint64_t> sizes = {0,   1,   2,   255,    256,    257,    300,
                                              511, 512, 513, 65'535, 65'536, 65'537, 66'000};
    for (const auto from : sizes) {
        const auto old = naive_tiles(from);
        const std::set<Tile> had(old.begin(), old.end());
        for (const auto to : sizes) {
            if (to < from) continue;
            INFO(from << " to " << to);
            auto expected = naive_tiles(to);
            std::erase_if(expected, [&](const Tile& tile) { return had.contains(tile); });
            CHECK(tiles_between(from, to) == expected);
        }
    }
    CHECK(tiles_between(number_max - 1, number_max) == std::vector<Tile>{{0, number_max / 256, 255}});
    CHECK(tiles_between(number_max - 255, number_max).size() == 1);
    CHECK_THROWS(tiles_between(2, 1));
}

TEST_CASE("a tree has a partial tile at each level where the last one is not full", "[merkle]") {
    for (const std::uint64_t size : {0, 1, 255, 256, 257, 511, 512, 65'535, 65'536, 65'537, 65'792, 131'072, 131'328}) {
        INFO(size);
        auto expected = naive_tiles(size);
        std::erase_if(expected, [](const Tile& tile) { return tile.width == tile_width_max; });
        CHECK(partial_tiles(size) == expected);
    }
    const auto largest = partial_tiles(number_max);
    CHECK(largest.size() == 8);
    CHECK(largest.back() == Tile{7, 0, 255});
    CHECK(partial_tiles(std::uint64_t{1} << 63) == std::vector<Tile>{{7, 0, 128}});
}

TEST_CASE("every perfect subtree has its place in the tiles", "[merkle]") {
    CHECK(place_of({0, 0}) == TilePlace{0, 0, 0, 1});
    CHECK(place_of({0, 511}) == TilePlace{0, 1, 255, 1});
    CHECK(place_of({7, 3}) == TilePlace{0, 1, 128, 128});
    CHECK(place_of({8, 3}) == TilePlace{1, 0, 3, 1});
    CHECK(place_of({10, 64}) == TilePlace{1, 1, 0, 4});
    CHECK(place_of({63, 1}) == TilePlace{7, 0, 128, 128});
    CHECK(place_of({0, number_max}) == TilePlace{0, number_max / 256, 255, 1});

    auto oracle = merkle_oracle(70'000);
    TileReader tiles(oracle.size(), [&](const Tile& tile) -> std::expected<std::vector<Hash>, StorageFailure> {
        return oracle.tile(tile.level, tile.index, tile.width);
    });
    for (unsigned level = 0; level <= 16; ++level) {
        const auto last = (oracle.size() >> level) - 1;
        for (const auto index : {std::uint64_t{0}, std::min<std::uint64_t>(1, last), last / 2, last}) {
            INFO(level << " " << index);
            CHECK(tiles.read({level, index}).value() == oracle.mth(index << level, (index + 1) << level));
        }
    }
}

TEST_CASE("a tile is fetched once, with its width in this tree, and refused if it is too narrow", "[merkle]") {
    auto oracle = merkle_oracle(300);
    std::vector<Tile> fetched;
    TileReader tiles(290, [&](const Tile& tile) -> std::expected<std::vector<Hash>, StorageFailure> {
        fetched.push_back(tile);
        auto hashes = oracle.tile(tile.level, tile.index, tile.width);
        if (tile.index == 1) hashes.push_back(leaf_hash("of a tile that has become wider"));
        return hashes;
    });
    CHECK(tiles.read({0, 3}).value() == oracle.mth(3, 4));
    CHECK(tiles.read({3, 1}).value() == oracle.mth(8, 16));
    CHECK(tiles.read({0, 289}).value() == oracle.mth(289, 290));
    CHECK(tiles.read({5, 8}).value() == oracle.mth(256, 288));
    CHECK(tiles.read({8, 0}).value() == oracle.mth(0, 256));
    CHECK(fetched == std::vector<Tile>{{0, 0, 256}, {0, 1, 34}, {1, 0, 1}});
    CHECK_THROWS(tiles.read({0, 290}));  // is not in the tree, though it is in the tile
    CHECK_THROWS(tiles.read({6, 4}));

    TileReader narrow(290, [](const Tile& tile) -> std::expected<std::vector<Hash>, StorageFailure> {
        return std::vector<Hash>(tile.width - 1);
    });
    CHECK(narrow.read({0, 256}).error().message == "tile/0/001.p/34 has 33 hashes, and must have 34");
    TileReader failing(290, [](const Tile&) -> std::expected<std::vector<Hash>, StorageFailure> {
        return std::unexpected(StorageFailure{"the disk is gone"});
    });
    CHECK(failing.read({0, 0}).error().message == "the disk is gone");
}

TEST_CASE("bundles have a length of two bytes before each entry", "[merkle]") {
    std::string bundle;
    append_entry(bundle, "");
    append_entry(bundle, "abc");
    CHECK(bundle == std::string("\0\0\0\x03"
                                "abc",
                                7));
    const std::string longest(entry_bytes_max, 'x');
    append_entry(bundle, longest);
    CHECK(bundle.substr(7, 2) == "\xFF\xFF");
    CHECK(entries_of(bundle).value() == std::vector<std::string_view>{"", "abc", longest});
    CHECK(entries_of("").value().empty());
    CHECK(entries_of(std::string_view(bundle).substr(0, 6)).error() == "the bundle is cut off in its entry 2");
    CHECK_FALSE(entries_of(std::string_view(bundle).substr(0, 3)));
    CHECK_FALSE(entries_of(std::string_view(bundle).substr(0, bundle.size() - 1)));
    CHECK_THROWS(append_entry(bundle, longest + "x"));
}

}  // namespace seatledger::merkle
