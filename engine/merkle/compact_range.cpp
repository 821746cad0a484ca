#include "engine/merkle/compact_range.h"

#include <bit>

namespace seatledger::merkle {

std::expected<CompactRange, std::string> CompactRange::restore(std::uint64_t size, std::span<const Hash> peaks) {
    if (const auto expected = static_cast<std::size_t>(std::popcount(size)); peaks.size() != expected) {
        return std::unexpected("a tree of " + std::to_string(size) + " leaves has " + std::to_string(expected) +
                               " perfect subtrees, not " + std::to_string(peaks.size()));
    }
    CompactRange range;
    range.size_ = size;
    range.peaks_.assign(peaks.begin(), peaks.end());
    return range;
}

std::expected<CompactRange, StorageFailure> CompactRange::read(std::uint64_t size, const HashReader& reader) {
    CompactRange range;
    range.size_ = size;
    for (const auto& peak : peaks_between(0, size)) {
        const auto hash = reader(peak);
        if (!hash) return std::unexpected(hash.error());
        range.peaks_.push_back(*hash);
    }
    return range;
}

}  // namespace seatledger::merkle
