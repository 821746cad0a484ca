#include "engine/fold.h"

#include <kj/exception.h>

#include <string_view>

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

// Puts the accounts' ids side by side: where they lie, each would be a line or two of memory to fetch, most often all
// that folding looks at of the event itself.
void EventReader::gather_accounts(Item& item) {
    item.accounts.clear();
    for (const auto& head : item.heads) item.accounts += head.account;
    std::size_t at = 0;
    for (auto& head : item.heads) {
        head.account = std::string_view(item.accounts).substr(at, head.account.size());
        at += head.account.size();
    }
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
    for (const auto& entry : lasting.entries()) {
        if (entry.sequence > after_) item.heads.emplace_back(entry);
    }
    gather_accounts(item);
    // Not right behind each head: what has just been written in two pieces is slow to read as one.
    item.subjects.reserve(item.heads.size());
    for (const auto& head : item.heads) {
        item.subjects.push_back({head.account, {}, head.user, head.license, CachedState::account_hash(head.account)});
    }
    return true;
} catch (const kj::Exception& exception) {
    item.failure = StorageFailure{exception.getDescription().cStr()};
    return false;
}

}  // namespace seatledger
