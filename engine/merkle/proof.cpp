#include "engine/merkle/proof.h"

#include <kj/debug.h>

#include <algorithm>
#include <bit>

namespace seatledger::merkle {
namespace {

// The leaves from `begin` up to, but without, `end`.
struct Range {
    std::uint64_t begin;
    std::uint64_t end;

    [[nodiscard]] std::uint64_t size() const { return end - begin; }
    // Where the left half ends: RFC 6962's k, the largest power of two that is less than the size, which is 2 or more.
    [[nodiscard]] std::uint64_t middle() const { return begin + std::bit_floor(size() - 1); }
};

// RFC 6962's MTH.
std::expected<Hash, StorageFailure> hash_of(const Range& range, const HashReader& reader) {
    std::vector<Hash> peaks;
    for (const auto& peak : peaks_between(range.begin, range.end)) {
        const auto hash = reader(peak);
        if (!hash) return std::unexpected(hash.error());
        peaks.push_back(*hash);
    }
    return root_above(peaks);
}

// The hashes of these, in the order of a proof: the last comes first.
std::expected<Proof, StorageFailure> proof_of(const std::vector<Range>& ranges, const HashReader& reader) {
    Proof proof;
    for (auto range = ranges.rbegin(); range != ranges.rend(); ++range) {
        const auto hash = hash_of(*range, reader);
        if (!hash) return std::unexpected(hash.error());
        proof.push_back(*hash);
    }
    return proof;
}

// Goes from the root down to where the leaf with this index begins a subtree of its own half, and gives what lay on the
// other side; `done(range)` ends it.
template <typename Done>
std::vector<Range> siblings_on_the_way(std::uint64_t index, Range& range, Done done) {
    std::vector<Range> siblings;
    while (!done(range)) {
        const auto middle = range.middle();
        if (index < middle) {
            siblings.push_back({middle, range.end});
            range.end = middle;
        } else {
            siblings.push_back({range.begin, middle});
            range.begin = middle;
        }
    }
    return siblings;
}

bool is_odd(std::uint64_t number) { return number % 2 == 1; }

std::unexpected<std::string> wrong(const char* message) { return std::unexpected<std::string>(message); }

constexpr const char* too_short = "the proof is too short: it ends below the root";
constexpr const char* too_long = "the proof is too long: it goes on above the root";

}  // namespace

std::expected<Hash, StorageFailure> root_of(std::uint64_t size, const HashReader& reader) {
    return hash_of({0, size}, reader);
}

std::expected<Proof, StorageFailure> inclusion_proof(std::uint64_t index, std::uint64_t size,
                                                     const HashReader& reader) {
    KJ_REQUIRE(index < size, index, size);
    Range range{0, size};
    return proof_of(siblings_on_the_way(index, range, [](const Range& at) { return at.size() == 1; }), reader);
}

std::expected<Proof, StorageFailure> consistency_proof(std::uint64_t from, std::uint64_t to, const HashReader& reader) {
    KJ_REQUIRE(from <= to, from, to);
    if (from == 0) return Proof{};
    // Down to the subtree that ends where the smaller tree does: the last one that both have.
    Range range{0, to};
    auto ranges = siblings_on_the_way(from - 1, range, [from](const Range& at) { return at.end == from; });
    // The smaller tree itself is known to whoever asks.
    if (range.begin != 0) ranges.push_back(range);
    return proof_of(ranges, reader);
}

std::expected<void, std::string> verify_inclusion(std::uint64_t index, std::uint64_t size, const Hash& leaf,
                                                  std::span<const Hash> proof, const Hash& root) {
    if (index >= size) return wrong("the leaf's index is not less than the size of the tree");
    // The names are RFC 9162's: the node's place in its level, and the place of the last node there.
    auto fn = index;
    auto sn = size - 1;
    auto r = leaf;
    for (const auto& p : proof) {
        if (sn == 0) return wrong(too_long);
        if (is_odd(fn) || fn == sn) {
            r = node_hash(p, r);
            // A last node without a sibling is its own parent.
            while (!is_odd(fn) && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            r = node_hash(r, p);
        }
        fn >>= 1;
        sn >>= 1;
    }
    if (sn != 0) return wrong(too_short);
    if (r != root) return wrong("the proof leads to another root: it is not of this entry in this tree");
    return {};
}

std::expected<void, std::string> verify_consistency(std::uint64_t from, std::uint64_t to, const Hash& from_root,
                                                    const Hash& to_root, std::span<const Hash> proof) {
    if (from > to) return wrong("the earlier tree is larger than the later one");
    if (from == 0 && from_root != empty_root) return wrong("a tree without leaves has another root");
    if (from == 0 || from == to) {
        if (!proof.empty()) return wrong(too_long);
        if (from == to && from_root != to_root) return wrong("two trees of the same size have different roots");
        return {};
    }
    if (proof.empty()) return wrong(too_short);
    auto fn = from - 1;
    auto sn = to - 1;
    while (is_odd(fn)) {
        fn >>= 1;
        sn >>= 1;
    }
    // A perfect smaller tree is a subtree of the larger one, and not in the proof, since its root is known.
    const bool perfect = std::has_single_bit(from);
    auto fr = perfect ? from_root : proof.front();
    auto sr = fr;
    for (const auto& c : perfect ? proof : proof.subspan(1)) {
        if (sn == 0) return wrong(too_long);
        if (is_odd(fn) || fn == sn) {
            fr = node_hash(c, fr);
            sr = node_hash(c, sr);
            while (!is_odd(fn) && fn != 0) {
                fn >>= 1;
                sn >>= 1;
            }
        } else {
            sr = node_hash(sr, c);
        }
        fn >>= 1;
        sn >>= 1;
    }
    if (sn != 0) return wrong(too_short);
    if (fr != from_root) return wrong("the proof leads to another root of the earlier tree");
    if (sr != to_root) return wrong("the proof leads to another root of the later tree");
    return {};
}

}  // namespace seatledger::merkle
