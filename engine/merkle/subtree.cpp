#include "engine/merkle/subtree.h"

#include <kj/debug.h>

#include <algorithm>
#include <bit>

namespace seatledger::merkle {

std::vector<Subtree> peaks_between(std::uint64_t begin, std::uint64_t end) {
    KJ_REQUIRE(begin <= end, begin, end);
    KJ_REQUIRE(begin % std::bit_floor(std::max<std::uint64_t>(end - begin, 1)) == 0, begin, end);
    std::vector<Subtree> peaks;
    while (begin < end) {
        const auto leaves = std::bit_floor(end - begin);
        const auto level = static_cast<unsigned>(std::countr_zero(leaves));
        peaks.push_back({level, begin >> level});
        begin += leaves;
    }
    return peaks;
}

Hash root_above(std::span<const Hash> peaks) {
    if (peaks.empty()) return empty_root;
    auto root = peaks.back();
    for (auto at = peaks.size() - 1; at > 0; --at) root = node_hash(peaks[at - 1], root);
    return root;
}

}  // namespace seatledger::merkle
