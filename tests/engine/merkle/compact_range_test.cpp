#include "engine/merkle/compact_range.h"

#include <map>
#include <string>
#include <thread>
#include <vector>

#include "engine/hex.h"
#include "tests/support/catch.h"
#include "tests/support/merkle_oracle.h"

namespace seatledger::merkle {
namespace {

using namespace testing;

// Those that implementations of RFC 6962 have in common, and the roots of the trees of the first 0, 1, 2 … of them.
const std::vector<std::string> known_leaves = {
    "", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f",
};
const std::vector<std::string> known_roots = {
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
};

std::string hex(const Hash& hash) { return to_hex(bytes_of(hash)); }

// With a hash for each perfect subtree of any tree of these entries.
HashReader reader_of(MerkleOracle& oracle) {
    return [&oracle](const Subtree& subtree) -> std::expected<Hash, StorageFailure> {
        return oracle.mth(subtree.index << subtree.level, (subtree.index + 1) << subtree.level);
    };
}

}  // namespace

TEST_CASE("the hashes of leaves and nodes are those of RFC 6962", "[merkle]") {
    CHECK(hex(empty_root) == known_roots[0]);
    CHECK(plain_hash("") == empty_root);
    CHECK(hex(plain_hash("abc")) == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    CHECK(hex(leaf_hash("")) == known_roots[1]);
    CHECK(hex(node_hash(leaf_hash(""), leaf_hash(std::string(1, '\0')))) == known_roots[2]);
    // A thread has a context of its own, and what was hashed before is no matter.
    Hash elsewhere{};
    std::jthread([&elsewhere] { elsewhere = leaf_hash(std::string(70'000, 'x')); }).join();
    CHECK(elsewhere == leaf_hash(std::string(70'000, 'x')));
    CHECK(elsewhere == plain_hash(std::string(1, '\0') + std::string(70'000, 'x')));
}

TEST_CASE("hashes are joined as tiles have them, and split again", "[merkle]") {
    const std::vector<Hash> hashes = {leaf_hash("a"), leaf_hash("b")};
    const auto bytes = join(hashes);
    CHECK(bytes == std::string(bytes_of(hashes[0])) + std::string(bytes_of(hashes[1])));
    CHECK(split(bytes) == hashes);
    CHECK(split("") == std::vector<Hash>());
    CHECK_FALSE(split(bytes.substr(1)));
    CHECK_FALSE(split(bytes + "x"));
}

TEST_CASE("a tree that grows has the roots that are known", "[merkle]") {
    CompactRange range;
    std::vector<std::string> entries;
    for (const auto& leaf : known_leaves) entries.push_back(from_hex(leaf).value());
    MerkleOracle oracle(entries);
    for (std::size_t size = 0; size <= entries.size(); ++size) {
        INFO(size);
        CHECK(hex(oracle.mth(0, size)) == known_roots[size]);
        CHECK(hex(range.root()) == known_roots[size]);
        CHECK(range.size() == size);
        if (size < entries.size()) range.append(leaf_hash(entries[size]));
    }
}

TEST_CASE("a tree goes on growing from its size and peaks, and from what is stored", "[merkle]") {
    constexpr std::uint64_t size_max = 300;
    auto oracle = merkle_oracle(size_max);
    const auto reader = reader_of(oracle);
    CompactRange range;
    for (std::uint64_t size = 0; size < size_max; ++size) {
        INFO(size);
        CHECK(range.root() == oracle.mth(0, size));
        auto restored = CompactRange::restore(size, range.peaks()).value();
        auto read = CompactRange::read(size, reader).value();
        CHECK(restored.root() == oracle.mth(0, size));
        CHECK(read.root() == oracle.mth(0, size));
        CHECK(read.size() == size);

        const auto leaf = leaf_hash(oracle.entry(size));
        for (auto* each : {&range, &restored, &read}) {
            each->append(leaf);
            CHECK(each->root() == oracle.mth(0, size + 1));
        }
    }
}

TEST_CASE("a tree is not restored from another number of peaks than its size has", "[merkle]") {
    const std::vector<Hash> two(2, leaf_hash("x"));
    CHECK(CompactRange::restore(6, two));
    CHECK(CompactRange::restore(4, two).error() == "a tree of 4 leaves has 1 perfect subtrees, not 2");
    CHECK_FALSE(CompactRange::restore(7, two));
    CHECK_FALSE(CompactRange::restore(0, two));
    const auto failing = [](const Subtree&) { return std::unexpected(StorageFailure{"the disk is gone"}); };
    CHECK(CompactRange::read(6, failing).error().message == "the disk is gone");
}

TEST_CASE("growing tells of every perfect subtree, once, when it is complete", "[merkle]") {
    constexpr std::uint64_t size_max = 260;
    auto oracle = merkle_oracle(size_max);
    std::map<Subtree, Hash> completed;
    CompactRange range;
    for (std::uint64_t size = 1; size <= size_max; ++size) {
        range.append(leaf_hash(oracle.entry(size - 1)), [&](const Subtree& subtree, const Hash& hash) {
            CHECK((subtree.index + 1) << subtree.level == size);
            CHECK(completed.emplace(subtree, hash).second);
        });
    }
    std::map<Subtree, Hash> expected;
    for (unsigned level = 0; level <= 8; ++level) {
        for (std::uint64_t index = 0; (index + 1) << level <= size_max; ++index) {
            expected.emplace(Subtree{level, index}, oracle.mth(index << level, (index + 1) << level));
        }
    }
    CHECK(completed == expected);
}

TEST_CASE("leaves fall into as few perfect subtrees as there may be", "[merkle]") {
    CHECK(peaks_between(0, 0).empty());
    CHECK(peaks_between(8, 8).empty());
    CHECK(peaks_between(0, 11) == std::vector<Subtree>{{3, 0}, {1, 4}, {0, 10}});
    CHECK(peaks_between(8, 11) == std::vector<Subtree>{{1, 4}, {0, 10}});
    const auto all = peaks_between(0, ~std::uint64_t{0});
    REQUIRE(all.size() == 64);
    CHECK(all.front() == Subtree{63, 0});
    CHECK(all.back() == Subtree{0, ~std::uint64_t{0} - 1});
    CHECK_THROWS(peaks_between(1, 3));
    CHECK_THROWS(peaks_between(3, 1));
}

}  // namespace seatledger::merkle
