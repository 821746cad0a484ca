#include "engine/vault/key_cache.h"

#include <algorithm>
#include <bit>

namespace seatledger {

KeyCache::KeyCache(std::size_t keys_max) : sets_(std::bit_ceil((std::max(keys_max, ways) + ways - 1) / ways)) {}

KeyCache::Entry* KeyCache::find_in(Set& set, KeyNumber number) {
    const auto found = std::ranges::find(set, number, &Entry::number);
    return found == set.end() ? nullptr : &*found;
}

// An empty one, or else one that was not used since all were.
KeyCache::Entry& KeyCache::place_in(Set& set) {
    if (auto* const empty = find_in(set, KeyNumber())) return *empty;
    if (std::ranges::all_of(set, &Entry::used_lately)) {
        for (auto& entry : set) entry.used_lately = false;
    }
    return *std::ranges::find(set, false, &Entry::used_lately);
}

KeyCache::Answer KeyCache::find(KeyNumber number) {
    auto& lock = lock_of(number);
    const std::lock_guard guard(lock.mutex);
    Answer answer{.destructions = lock.destructions};
    if (auto* const entry = find_in(set_of(number), number)) {
        entry->used_lately = true;
        answer.known = true;
        if (!entry->destroyed) answer.key = entry->key;
    }
    return answer;
}

bool KeyCache::offer(KeyNumber number, const std::optional<SecretKey>& key, std::uint64_t destructions) {
    auto& lock = lock_of(number);
    const std::lock_guard guard(lock.mutex);
    if (lock.destructions != destructions) return false;
    auto& set = set_of(number);
    auto* const held = find_in(set, number);
    auto& entry = held != nullptr ? *held : place_in(set);
    entry = Entry{.number = number, .key = key.value_or(SecretKey()), .destroyed = !key, .used_lately = true};
    return true;
}

void KeyCache::change(KeyNumber number, bool destroyed) {
    auto& lock = lock_of(number);
    const std::lock_guard guard(lock.mutex);
    ++lock.destructions;
    auto& set = set_of(number);
    auto* const held = find_in(set, number);
    if (!destroyed) {
        if (held != nullptr) *held = Entry();
        return;
    }
    auto& entry = held != nullptr ? *held : place_in(set);
    entry = Entry{.number = number, .key = SecretKey(), .destroyed = true, .used_lately = false};
}

}  // namespace seatledger
