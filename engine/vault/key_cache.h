// Keys that were used lately, unwrapped. Never one that has been destroyed.
#pragma once

#include <array>
#include <cstdint>
#include <mutex>
#include <optional>
#include <vector>

#include "engine/vault/cipher.h"
#include "events/ids.h"

namespace seatledger {

// Any thread. A key has a few places where it may lie, and those of neighbouring numbers lie under different locks:
// readers hardly ever wait for each other. Entries are wiped when they go. Cost: 30 nanoseconds, and 56 bytes a key.
class KeyCache {
 public:
    // `keys_max` is rounded up to what the places come to.
    explicit KeyCache(std::size_t keys_max);

    struct Answer {
        bool known = false;
        std::optional<SecretKey> key = std::nullopt;  // if known; nothing: the key has been destroyed
        std::uint64_t destructions = 0;
    };
    [[nodiscard]] Answer find(KeyNumber number);

    // Keeps what find() did not know and was read since from elsewhere; `destructions` is what find() gave. False, and
    // nothing is kept: a key has been destroyed since, perhaps this one after it was read. Look again.
    [[nodiscard]] bool offer(KeyNumber number, const std::optional<SecretKey>& key, std::uint64_t destructions);

    // Every answer and every offer that was still on its way when this returns is from before.
    void mark_destroyed(KeyNumber number) { change(number, true); }
    // As if it had never been asked for.
    void forget(KeyNumber number) { change(number, false); }

 private:
    static constexpr std::size_t ways = 4;
    static constexpr std::size_t locks = 64;

    struct Entry {
        KeyNumber number;
        SecretKey key;
        bool destroyed = false;
        bool used_lately = false;
    };
    using Set = std::array<Entry, ways>;
    struct alignas(64) Lock {
        std::mutex mutex;
        std::uint64_t destructions = 0;
    };

    [[nodiscard]] Set& set_of(KeyNumber number) { return sets_[number.value & (sets_.size() - 1)]; }
    [[nodiscard]] Lock& lock_of(KeyNumber number) { return locks_[number.value & (sets_.size() - 1) & (locks - 1)]; }
    [[nodiscard]] static Entry* find_in(Set& set, KeyNumber number);
    [[nodiscard]] static Entry& place_in(Set& set);
    void change(KeyNumber number, bool destroyed);

    std::vector<Set> sets_;  // a power of two
    std::array<Lock, locks> locks_;
};

}  // namespace seatledger
