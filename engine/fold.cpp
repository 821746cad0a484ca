#include "engine/fold.h"

#include <kj/exception.h>

namespace seatledger {
namespace {

// So many events are worth a thread that reads them.
constexpr std::uint64_t far_events_min = 10'000;

}  // namespace

HeadReader::HeadReader(const Log& log, Sequence after) : after_(after), cursor_(log.read(after.next())) {
    const bool far = log.last().value > after.value + far_events_min;
    if (far) ahead_.emplace([this](Item& item) { return read(item, true); });
}

std::expected<std::span<const rules::EventHead>, StorageFailure> HeadReader::next() {
    if (!ahead_) static_cast<void>(read(own_, false));
    const auto& item = ahead_ ? ahead_->next() : own_;
    if (item.failure) return std::unexpected(*item.failure);
    if (!item.heads.empty()) return item.heads;
    ahead_.reset();
    return {};
}

// Gives whether there may be more. `copies`: the block is not the cursor's any more.
bool HeadReader::read(Item& item, bool copies) try {
    item.heads.clear();
    const auto block = cursor_->next();
    if (!block) {
        item.failure = block.error();
        return false;
    }
    if (!*block) return false;
    const auto lasting = copies ? (*block)->copy_to(item.words) : **block;
    item.heads.reserve(lasting.count());
    for (const auto& entry : lasting.entries()) {
        if (entry.sequence > after_) item.heads.emplace_back(entry);
    }
    return true;
} catch (const kj::Exception& exception) {
    item.failure = StorageFailure{exception.getDescription().cStr()};
    return false;
}

}  // namespace seatledger
