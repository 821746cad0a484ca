#include "engine/merkle/tree_builder.h"

#include <map>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/merkle_oracle.h"

namespace seatledger::merkle {
namespace {

using namespace testing;

// The tiles of a tree, as a store keeps them.
class Kept {
 public:
    void put(std::span<const TileBytes> tiles) {
        for (const auto& [tile, bytes] : tiles) {
            REQUIRE(bytes.size() == tile.width * hash_bytes);
            kept_[{tile.level, tile.index}] = bytes;
        }
    }
    void lose(unsigned level, std::uint64_t index) { kept_.erase({level, index}); }

    [[nodiscard]] TileFetch fetch() const {
        return [this](const Tile& tile) -> std::expected<std::vector<Hash>, StorageFailure> {
            const auto found = kept_.find({tile.level, tile.index});
            if (found == kept_.end()) return std::unexpected(StorageFailure{"there is no " + path_of(tile)});
            return split(found->second).value();
        };
    }
    [[nodiscard]] const auto& tiles() const { return kept_; }

 private:
    std::map<std::pair<unsigned, std::uint64_t>, std::string> kept_;
};

// Every tile of a tree, cut from the oracle by the specification's formula.
std::map<std::pair<unsigned, std::uint64_t>, std::string> naive_tiles(MerkleOracle& oracle, std::uint64_t size) {
    std::map<std::pair<unsigned, std::uint64_t>, std::string> tiles;
    for (unsigned level = 0; size >> (8 * level) > 0; ++level) {
        const auto leaves = std::uint64_t{1} << (8 * level);
        for (std::uint64_t n = 0; n < size / leaves; ++n) {
            tiles[{level, n / 256}] += bytes_of(oracle.mth(n * leaves, (n + 1) * leaves));
        }
    }
    return tiles;
}

void store(TreeBuilder& tree, Kept& kept) {
    const auto tiles = tree.changed_tiles();
    CHECK(tree.changed_count() == tiles.size());
    kept.put(tiles);
    tree.mark_stored(tiles);
    CHECK(tree.changed_count() == 0);
    CHECK(tree.changed_tiles().empty());
}

}  // namespace

TEST_CASE("a tree that is built has the root of the specification at every size", "[merkle]") {
    auto oracle = merkle_oracle(1'100);
    TreeBuilder tree;
    for (std::uint64_t size = 0; size <= oracle.size(); ++size) {
        INFO(size);
        CHECK(tree.size() == size);
        REQUIRE(tree.root() == oracle.mth(0, size));
        if (size == oracle.size()) break;
        if (size % 2 == 0) {
            tree.append(oracle.entry(size));
        } else {
            tree.append(leaf_hash(oracle.entry(size)));
        }
    }
}

TEST_CASE("what is stored of a tree is its tiles, wherever it was stored and gone on with", "[merkle]") {
    const auto seed = GENERATE(3u, Catch::rngSeed());
    INFO("seed " << seed);
    std::mt19937 random(seed);
    auto oracle = merkle_oracle(66'300);  // a tile at level 2
    TreeBuilder tree;
    Kept kept;
    while (tree.size() < oracle.size()) {
        const std::uint64_t steps[] = {1, 255, 256, 257, random() % 300, random() % 20'000};
        const auto to = std::min(oracle.size(), tree.size() + steps[random() % std::size(steps)]);
        while (tree.size() < to) tree.append(oracle.entry(tree.size()));
        store(tree, kept);
        REQUIRE(tree.root() == oracle.mth(0, to));
        if (random() % 2 == 0) continue;
        auto again = TreeBuilder::resume(to, kept.fetch());
        REQUIRE(again.has_value());
        CHECK(again->size() == to);
        CHECK(again->root() == tree.root());
        CHECK(again->changed_count() == 0);
        tree = std::move(*again);
    }
    CHECK(kept.tiles() == naive_tiles(oracle, oracle.size()));
}

TEST_CASE("a tree is gone on with from tiles that have become wider since", "[merkle]") {
    auto oracle = merkle_oracle(900);
    TreeBuilder tree;
    Kept kept;
    while (tree.size() < oracle.size()) tree.append(oracle.entry(tree.size()));
    store(tree, kept);
    for (const std::uint64_t size : {0, 1, 255, 256, 257, 511, 512, 700, 899}) {
        INFO(size);
        auto earlier = TreeBuilder::resume(size, kept.fetch());
        REQUIRE(earlier.has_value());
        CHECK(earlier->root() == oracle.mth(0, size));
        while (earlier->size() < oracle.size()) earlier->append(oracle.entry(earlier->size()));
        CHECK(earlier->root() == tree.root());
        Kept again;
        again.put(earlier->changed_tiles());
        for (const auto& [place, bytes] : again.tiles()) CHECK(kept.tiles().at(place) == bytes);
        CHECK(again.tiles().contains({0, 3}));
        CHECK(again.tiles().contains({0, 0}) == (size < 256));
    }
}

TEST_CASE("only what is marked as stored is forgotten, and not what has grown since", "[merkle]") {
    auto oracle = merkle_oracle(600);
    TreeBuilder tree;
    while (tree.size() < 520) tree.append(oracle.entry(tree.size()));
    auto before = tree.changed_tiles();  // two full ones, a partial one, and one above
    REQUIRE(before.size() == 4);
    tree.mark_stored(std::span(before).first(2));
    CHECK(tree.changed_tiles() == std::vector<TileBytes>(before.begin() + 2, before.end()));
    tree.append(oracle.entry(520));
    tree.mark_stored(before);
    const auto after = tree.changed_tiles();
    REQUIRE(after.size() == 1);
    CHECK(after[0].tile == Tile{0, 2, 9});
    CHECK(tree.changed_count() == 1);
}

TEST_CASE("a tree is not gone on with if a tile that it needs is not there", "[merkle]") {
    auto oracle = merkle_oracle(600);
    for (const auto& [level, index] : {std::pair(0U, 2U), std::pair(1U, 0U)}) {
        TreeBuilder tree;
        Kept kept;
        while (tree.size() < oracle.size()) tree.append(oracle.entry(tree.size()));
        store(tree, kept);
        kept.lose(level, index);
        const auto again = TreeBuilder::resume(oracle.size(), kept.fetch());
        REQUIRE_FALSE(again.has_value());
        CHECK(again.error().message.find("tile/" + std::to_string(level)) != std::string::npos);
    }
}

}  // namespace seatledger::merkle
