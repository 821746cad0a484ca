#include "engine/log/log.h"

#include <string>
#include <utility>

namespace seatledger {

std::expected<BlockIndex, StorageFailure> Log::find_block(Sequence first, Words& words) const {
    const auto cursor = read(first);
    const auto block = cursor->next();
    if (!block) return std::unexpected(block.error());
    if (!*block || (*block)->first() != first) {
        return std::unexpected(StorageFailure{"no log block begins at sequence " + std::to_string(first.value)});
    }
    auto index = index_block((*block)->copy_to(words).words());
    if (!index) return std::unexpected(StorageFailure{std::move(index.error())});
    return std::move(*index);
}

}  // namespace seatledger
