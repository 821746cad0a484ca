#include "engine/merkle/proof.h"

#include <limits>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/merkle/compact_range.h"
#include "engine/merkle/tile_reader.h"
#include "tests/support/catch.h"
#include "tests/support/merkle_oracle.h"

namespace seatledger::merkle {
namespace {

using namespace testing;

constexpr std::uint64_t size_max = 64;
constexpr auto number_max = std::numeric_limits<std::uint64_t>::max();

HashReader reader_of(MerkleOracle& oracle) {
    return [&oracle](const Subtree& subtree) -> std::expected<Hash, StorageFailure> {
        return oracle.mth(subtree.index << subtree.level, (subtree.index + 1) << subtree.level);
    };
}

Hash changed(Hash hash, std::size_t byte = 0) {
    hash[byte % hash.size()] ^= 1;
    return hash;
}

// The proof with each of its hashes changed, dropped, or doubled, with one more at each end, with two neighbours
// exchanged.
std::vector<Proof> spoiled(const Proof& proof) {
    std::vector<Proof> all;
    for (std::size_t at = 0; at < proof.size(); ++at) {
        const auto place = static_cast<std::ptrdiff_t>(at);
        auto& other = all.emplace_back(proof);
        other[at] = changed(other[at], at);
        auto& shorter = all.emplace_back(proof);
        shorter.erase(shorter.begin() + place);
        auto& longer = all.emplace_back(proof);
        longer.insert(longer.begin() + place, proof[at]);
        if (at == 0) continue;
        auto& swapped = all.emplace_back(proof);
        std::swap(swapped[at], swapped[at - 1]);
    }
    auto& before = all.emplace_back(proof);
    before.insert(before.begin(), leaf_hash("one more"));
    all.emplace_back(proof).push_back(leaf_hash("one more"));
    return all;
}

}  // namespace

TEST_CASE("inclusion of each leaf in each tree is proved as RFC 6962 says, and verified", "[merkle]") {
    auto oracle = merkle_oracle(size_max);
    const auto reader = reader_of(oracle);
    for (std::uint64_t size = 1; size <= size_max; ++size) {
        const auto root = oracle.mth(0, size);
        CHECK(root_of(size, reader).value() == root);
        for (std::uint64_t index = 0; index < size; ++index) {
            INFO(index << " of " << size);
            const auto proof = inclusion_proof(index, size, reader).value();
            CHECK(proof == oracle.path(index, 0, size));
            CHECK(verify_inclusion(index, size, leaf_hash(oracle.entry(index)), proof, root));
        }
    }
}

TEST_CASE("an inclusion proof of which anything was changed is refused", "[merkle]") {
    auto oracle = merkle_oracle(size_max + 1);
    for (std::uint64_t size = 1; size <= size_max; ++size) {
        const auto root = oracle.mth(0, size);
        for (std::uint64_t index = 0; index < size; ++index) {
            INFO(index << " of " << size);
            const auto leaf = leaf_hash(oracle.entry(index));
            const auto proof = oracle.path(index, 0, size);
            REQUIRE(verify_inclusion(index, size, leaf, proof, root));
            bool refused = true;
            for (const auto& other : spoiled(proof)) {
                refused = refused && !verify_inclusion(index, size, leaf, other, root);
            }
            for (std::uint64_t other = 0; other <= size + 1; ++other) {
                if (other != index) refused = refused && !verify_inclusion(other, size, leaf, proof, root);
            }
            refused = refused && !verify_inclusion(index, size, changed(leaf), proof, root) &&
                      !verify_inclusion(index, size, leaf, proof, changed(root, 31)) &&
                      !verify_inclusion(index, size, leaf, proof, oracle.mth(0, size + 1)) &&
                      !verify_inclusion(number_max, size, leaf, proof, root) &&
                      !verify_inclusion(index, 0, leaf, proof, root);
            CHECK(refused);
        }
    }
}

TEST_CASE("a proof is refused for a place and a size that would need another one", "[merkle]") {
    // The same hashes may prove a leaf in trees of several sizes, as RFC 6962 has it: which size it is, is for the
    // checkpoint to say. Where the proofs have other lengths, no place in no tree may be taken for another: else an
    // inner node could be shown as a leaf, or a leaf as one of a tree that is not larger than what lies above it.
    constexpr std::uint64_t trees_max = 24;
    auto oracle = merkle_oracle(trees_max);
    std::map<std::pair<std::uint64_t, std::uint64_t>, Proof> proofs;  // by index and size
    for (std::uint64_t size = 1; size <= trees_max; ++size) {
        for (std::uint64_t index = 0; index < size; ++index) proofs[{index, size}] = oracle.path(index, 0, size);
    }
    std::size_t refused = 0;
    for (const auto& [place, proof] : proofs) {
        const auto& [index, size] = place;
        const auto leaf = leaf_hash(oracle.entry(index));
        for (const auto& [other, other_proof] : proofs) {
            if (other_proof.size() == proof.size()) continue;
            ++refused;
            INFO(index << " of " << size << ", taken for " << other.first << " of " << other.second);
            REQUIRE_FALSE(verify_inclusion(other.first, other.second, leaf, proof, oracle.mth(0, size)));
        }
    }
    CHECK(refused > 10'000);
}

TEST_CASE("that each tree is the beginning of each larger one is proved as RFC 6962 says, and verified", "[merkle]") {
    auto oracle = merkle_oracle(size_max);
    const auto reader = reader_of(oracle);
    for (std::uint64_t to = 0; to <= size_max; ++to) {
        for (std::uint64_t from = 0; from <= to; ++from) {
            INFO(from << " to " << to);
            const auto proof = consistency_proof(from, to, reader).value();
            CHECK(proof == (from == 0 ? Proof{} : oracle.proof(from, to)));
            CHECK(verify_consistency(from, to, oracle.mth(0, from), oracle.mth(0, to), proof));
        }
    }
}

TEST_CASE("a consistency proof of which anything was changed is refused", "[merkle]") {
    auto oracle = merkle_oracle(size_max + 1);
    for (std::uint64_t to = 1; to <= size_max; ++to) {
        for (std::uint64_t from = 1; from <= to; ++from) {
            INFO(from << " to " << to);
            const auto from_root = oracle.mth(0, from);
            const auto to_root = oracle.mth(0, to);
            const auto proof = oracle.proof(from, to);
            REQUIRE(verify_consistency(from, to, from_root, to_root, proof));
            bool refused = true;
            for (const auto& other : spoiled(proof)) {
                refused = refused && !verify_consistency(from, to, from_root, to_root, other);
            }
            refused = refused && !verify_consistency(from, to, changed(from_root), to_root, proof) &&
                      !verify_consistency(from, to, from_root, changed(to_root), proof) &&
                      !verify_consistency(to + 1, to, from_root, to_root, proof) &&
                      !verify_consistency(from, from - 1, from_root, to_root, proof) &&
                      !verify_consistency(number_max, to, from_root, to_root, proof);
            if (from < to) {
                refused = refused && !verify_consistency(from, to, to_root, from_root, proof) &&
                          !verify_consistency(from, from, from_root, to_root, proof) &&
                          !verify_consistency(to, to, from_root, to_root, proof) &&
                          !verify_consistency(0, to, from_root, to_root, proof) &&
                          !verify_consistency(from, to, from_root, to_root, {});
            }
            CHECK(refused);
        }
    }
    // A tree without leaves is the beginning of all, if it is one.
    CHECK(verify_consistency(0, 5, empty_root, oracle.mth(0, 5), {}));
    CHECK(verify_consistency(0, 0, empty_root, empty_root, {}));
    CHECK_FALSE(verify_consistency(0, 5, changed(empty_root), oracle.mth(0, 5), {}));
    CHECK_FALSE(verify_consistency(0, 0, empty_root, oracle.mth(0, 5), {}));
    CHECK_FALSE(verify_consistency(0, 5, empty_root, oracle.mth(0, 5), Proof{empty_root}));
}

TEST_CASE("a consistency proof is refused for sizes that would need another one", "[merkle]") {
    constexpr std::uint64_t to_max = 40;
    auto oracle = merkle_oracle(to_max);
    std::size_t refused = 0;
    for (std::uint64_t to = 2; to <= to_max; ++to) {
        for (std::uint64_t from = 1; from < to; ++from) {
            const auto proof = oracle.proof(from, to);
            const auto check = [&](std::uint64_t other_from, std::uint64_t other_to) {
                if (oracle.proof(other_from, other_to).size() == proof.size()) return;
                ++refused;
                INFO(from << " to " << to << ", taken for " << other_from << " to " << other_to);
                REQUIRE_FALSE(verify_consistency(other_from, other_to, oracle.mth(0, from), oracle.mth(0, to), proof));
            };
            for (std::uint64_t other = 1; other <= to; ++other) check(other, to);
            for (std::uint64_t other = from; other <= to_max; ++other) check(from, other);
        }
    }
    CHECK(refused > 10'000);
}

TEST_CASE("a proof that is one hash too short or too long says so", "[merkle]") {
    auto oracle = merkle_oracle(size_max);
    const auto too_short = "the proof is too short: it ends below the root";
    const auto too_long = "the proof is too long: it goes on above the root";
    for (std::uint64_t size = 1; size <= size_max; ++size) {
        const auto root = oracle.mth(0, size);
        for (std::uint64_t index = 0; index < size; ++index) {
            INFO(index << " of " << size);
            const auto leaf = leaf_hash(oracle.entry(index));
            auto proof = oracle.path(index, 0, size);
            proof.push_back(root);
            REQUIRE(verify_inclusion(index, size, leaf, proof, root).error() == too_long);
            proof.pop_back();
            if (proof.empty()) continue;
            proof.pop_back();
            REQUIRE(verify_inclusion(index, size, leaf, proof, root).error() == too_short);
        }
        for (std::uint64_t from = 1; from <= size; ++from) {
            INFO(from << " to " << size);
            auto proof = oracle.proof(from, size);
            proof.push_back(root);
            REQUIRE(verify_consistency(from, size, oracle.mth(0, from), root, proof).error() == too_long);
            proof.pop_back();
            if (proof.empty()) continue;
            proof.pop_back();
            REQUIRE(verify_consistency(from, size, oracle.mth(0, from), root, proof).error() == too_short);
        }
    }
}

TEST_CASE("a history that was rewritten has no consistency proof", "[merkle]") {
    auto oracle = merkle_oracle(size_max);
    for (std::uint64_t from = 1; from < size_max; ++from) {
        std::vector<std::string> entries;
        for (std::uint64_t index = 0; index < size_max; ++index) entries.push_back(oracle.entry(index));
        entries[from - 1] = "what nobody said";
        MerkleOracle rewritten(entries);
        INFO(from);
        CHECK_FALSE(verify_consistency(from, size_max, oracle.mth(0, from), rewritten.mth(0, size_max),
                                       rewritten.proof(from, size_max)));
    }
}

TEST_CASE("proofs from tiles are the same, where the tiles end too", "[merkle]") {
    auto oracle = merkle_oracle(66'000);
    const std::vector<std::uint64_t> sizes = {255, 256, 257, 511, 512, 513, 65'535, 65'536, 65'537, 65'792, 66'000};
    for (const auto size : sizes) {
        // The tiles of the largest tree, which hold those of each smaller one.
        TileReader tiles(size, [&](const Tile& tile) -> std::expected<std::vector<Hash>, StorageFailure> {
            return oracle.tile(tile.level, tile.index, tile_width(tile.level, tile.index, oracle.size()));
        });
        const auto reader = tiles.reader();
        const auto root = oracle.mth(0, size);
        CHECK(root_of(size, reader).value() == root);
        CHECK(CompactRange::read(size, reader).value().root() == root);
        for (const std::uint64_t index : {0, 1, 127, 254, 255, 256, 257, 511, 32'768, 65'534, 65'535, 65'536, 65'999}) {
            if (index >= size) continue;
            INFO(index << " of " << size);
            const auto proof = inclusion_proof(index, size, reader).value();
            CHECK(proof == oracle.path(index, 0, size));
            CHECK(verify_inclusion(index, size, leaf_hash(oracle.entry(index)), proof, root));
        }
        for (const auto from : sizes) {
            if (from > size) continue;
            INFO(from << " to " << size);
            const auto proof = consistency_proof(from, size, reader).value();
            CHECK(proof == oracle.proof(from, size));
            CHECK(verify_consistency(from, size, oracle.mth(0, from), root, proof));
        }
    }
}

TEST_CASE("the largest trees have proofs, and nobody who sends numbers gets further than an error", "[merkle]") {
    // Any hashes will do, as long as a node's is computed from those below it: all leaves are the same here.
    std::vector<Hash> by_level = {leaf_hash("the same")};
    while (by_level.size() < 64) by_level.push_back(node_hash(by_level.back(), by_level.back()));
    const HashReader reader = [&](const Subtree& subtree) -> std::expected<Hash, StorageFailure> {
        return by_level.at(subtree.level);
    };
    const auto root = root_of(number_max, reader).value();
    for (const auto index : {std::uint64_t{0}, number_max / 2, number_max / 2 + 1, number_max - 1}) {
        INFO(index);
        const auto proof = inclusion_proof(index, number_max, reader).value();
        CHECK(proof.size() <= 64);
        CHECK(verify_inclusion(index, number_max, by_level[0], proof, root));
    }
    for (const auto from : {std::uint64_t{1}, std::uint64_t{1} << 63, number_max - 1}) {
        INFO(from);
        const auto proof = consistency_proof(from, number_max, reader).value();
        CHECK(proof.size() <= 64);
        CHECK(verify_consistency(from, number_max, root_of(from, reader).value(), root, proof));
    }
    CHECK_FALSE(verify_inclusion(number_max, number_max, root, {}, root));
    CHECK_FALSE(verify_inclusion(0, 0, root, {}, root));
    CHECK_FALSE(verify_inclusion(0, 1, root, Proof(100, root), root));
    CHECK_FALSE(verify_consistency(number_max, 1, root, root, {}));
    CHECK_THROWS(inclusion_proof(5, 5, reader));
    CHECK_THROWS(consistency_proof(6, 5, reader));
}

TEST_CASE("a proof fails with the storage that it is read from", "[merkle]") {
    const HashReader failing = [](const Subtree&) { return std::unexpected(StorageFailure{"the disk is gone"}); };
    CHECK(root_of(5, failing).error().message == "the disk is gone");
    CHECK(inclusion_proof(2, 5, failing).error().message == "the disk is gone");
    CHECK(consistency_proof(2, 5, failing).error().message == "the disk is gone");
    CHECK(root_of(0, failing).value() == empty_root);
}

}  // namespace seatledger::merkle
