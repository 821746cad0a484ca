#include "projections/address_cache.h"

#include <utility>

namespace seatledger {
namespace {

constexpr std::size_t shard_people_max = 2'048;

std::uint64_t key_of(AccountNumber account, UserId user) { return std::uint64_t{account.value} << 32 | user.value; }

}  // namespace

std::optional<SealedAddress> AddressCache::find(AccountNumber account, UserId user, Sequence at) const {
    const auto key = key_of(account, user);
    auto& shard = shard_of(key);
    const std::lock_guard lock(shard.mutex);
    const auto kept = shard.people.find(key);
    if (kept == shard.people.end() || at < kept->second.address.since || at > kept->second.until) return {};
    return kept->second.address;
}

void AddressCache::keep(AccountNumber account, UserId user, SealedAddress address, Sequence until) {
    const auto key = key_of(account, user);
    auto& shard = shard_of(key);
    const std::lock_guard lock(shard.mutex);
    auto& people = shard.people;
    // What is asked for is soon there again.
    if (people.size() >= shard_people_max && !people.contains(key)) people.clear();
    const auto kept = people.find(key);
    if (kept != people.end() && kept->second.until >= until) return;
    people.insert_or_assign(key, Kept{std::move(address), until});
}

}  // namespace seatledger
