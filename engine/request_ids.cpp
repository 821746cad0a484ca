#include "engine/request_ids.h"

#include <algorithm>

namespace seatledger {

std::optional<RequestRecord> RequestIds::find(AccountNumber account, std::string_view id, Sequence at) const {
    if (const auto found = recent_.find(Probe{account, id}); found != recent_.end()) return found->second;
    return tables_ == nullptr ? std::nullopt : tables_->request(account, id, at);
}

void RequestIds::remember(AccountNumber account, std::string_view id, std::span<const std::uint8_t> digest,
                          Sequence first, Sequence last) {
    if (const auto known = recent_.find(Probe{account, id}); known != recent_.end()) {
        known->second.last = last;
        return;
    }
    RequestRecord record{first, last, {}};
    std::copy_n(digest.begin(), std::min(digest.size(), record.digest.size()), record.digest.begin());
    Key key{account, std::string(id)};
    order_.emplace_back(last, key);
    recent_.emplace(std::move(key), record);
}

void RequestIds::forget(Sequence checkpoint) {
    while (!order_.empty() && order_.front().first <= checkpoint) {
        recent_.erase(order_.front().second);
        order_.pop_front();
    }
}

}  // namespace seatledger
