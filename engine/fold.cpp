#include "engine/fold.h"

#include <kj/exception.h>

namespace seatledger {
namespace {

// So many events are worth a thread that reads them.
constexpr std::uint64_t far_events_min = 10'000;

}  // namespace

EventReader::EventReader(const Log& log, Sequence after) : after_(after), cursor_(log.read(after.next())) {
    const bool far = log.last().value > after.value + far_events_min;
    if (far) ahead_.emplace([this](Item& item) { return read(item, true); });
}

std::expected<ReadEvents, StorageFailure> EventReader::next() {
    if (!ahead_) static_cast<void>(read(own_, false));
    const auto& item = ahead_ ? ahead_->next() : own_;
    if (item.failure) return std::unexpected(*item.failure);
    if (!item.heads.empty()) return ReadEvents{item.heads, item.subjects};
    ahead_.reset();
    return ReadEvents();
}

// Gives whether there may be more. `copies`: the block is not the cursor's any more.
bool EventReader::read(Item& item, bool copies) try {
    item.heads.clear();
    item.subjects.clear();
    const auto block = cursor_->next();
    if (!block) {
        item.failure = block.error();
        return false;
    }
    if (!*block) return false;
    const auto lasting = copies ? cursor_->keep(**block, item.words) : **block;
    item.heads.reserve(lasting.count());
    item.subjects.reserve(lasting.count());
    for (const auto& entry : lasting.entries()) {
        if (entry.sequence <= after_) continue;
        const auto& head = item.heads.emplace_back(entry);
        item.subjects.push_back({head.account, {}, head.user, head.license, CachedState::account_hash(head.account)});
    }
    return true;
} catch (const kj::Exception& exception) {
    item.failure = StorageFailure{exception.getDescription().cStr()};
    return false;
}

}  // namespace seatledger
