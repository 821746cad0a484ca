#include "tools/address_bearers.h"

#include <algorithm>
#include <iterator>

#include "events/text.h"

namespace seatledger {

void AddressBearers::add(UserId user, std::string_view email, Instant from) {
    bearers_[fold_case(email)].push_back({from, user});
}

std::vector<UserId> AddressBearers::all(std::string_view email) const {
    std::vector<UserId> users;
    const auto found = bearers_.find(fold_case(email));
    if (found == bearers_.end()) return users;
    for (const auto& bearer : found->second) users.push_back(bearer.user);
    return users;
}

UserId AddressBearers::find(std::string_view email, Instant before) const {
    const auto found = bearers_.find(fold_case(email));
    if (found == bearers_.end()) return {};
    const auto& bearers = found->second;
    const auto after = std::ranges::lower_bound(bearers, before, {}, &Bearer::from);
    return (after == bearers.begin() ? after : std::prev(after))->user;
}

}  // namespace seatledger
