// A bounded set of values by key, over something slower that has them all. What was changed and is not yet in the
// slower place stays; of the rest, what was not used lately goes first.
#pragma once

#include <boost/functional/hash.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <cstdint>
#include <deque>
#include <functional>
#include <type_traits>
#include <utility>
#include <vector>

#include "events/ids.h"

namespace seatledger {

// One thread. References stay valid until evict() or erase(). `Hash` and `Equal` are transparent where keys are looked
// up by something else than a Key.
template <typename Key, typename Value, typename Hash = boost::hash<Key>, typename Equal = std::equal_to<>>
class EntityCache {
 public:
    struct Slot {
        Key key;
        Value value;
        Sequence changed;  // the newest event that changed it; 0: it is as the slower place has it
        bool used = false;
        bool occupied = false;
    };

    // Null: not held.
    template <typename Probe>
    [[nodiscard]] Slot* find(const Probe& key) {
        // One command asks for the same thing several times.
        if (recent_ != nullptr && Equal()(recent_->key, key)) return recent_;
        const auto found = index_.find(key);
        if (found == index_.end()) return nullptr;
        recent_ = *found;
        recent_->used = true;
        return recent_;
    }

    // `key` must not be held.
    Slot& insert(Key key, Value value) {
        Slot* slot = nullptr;
        if (free_.empty()) {
            slot = &slots_.emplace_back();
        } else {
            slot = free_.back();
            free_.pop_back();
        }
        *slot = {std::move(key), std::move(value), Sequence(), true, true};
        index_.insert(slot);
        return *slot;
    }

    void erase(Slot& slot) {
        if (recent_ == &slot) recent_ = nullptr;
        index_.erase(&slot);
        slot = {};
        free_.push_back(&slot);
    }

    [[nodiscard]] std::size_t size() const { return index_.size(); }

    // Lets go of values until no more than `count_max` are held, as far as the slower place has them: those last
    // changed at or before `settled`. Cost: amortised constant for each one let go of, and at most two passes.
    void evict(std::size_t count_max, Sequence settled) {
        for (std::size_t steps = 2 * slots_.size(); steps > 0 && size() > count_max; --steps) {
            if (hand_ >= slots_.size()) hand_ = 0;
            auto& slot = slots_[hand_++];
            if (!slot.occupied || slot.changed > settled) continue;
            if (slot.used) {
                slot.used = false;
            } else {
                erase(slot);
            }
        }
        // What is used again has to say so again.
        recent_ = nullptr;
    }

 private:
    // The index has no keys of its own.
    template <typename Probe>
    static const auto& key_of(const Probe& probe) {
        if constexpr (std::is_same_v<Probe, Slot*>) {
            return probe->key;
        } else {
            return probe;
        }
    }
    struct SlotHash {
        using is_transparent = void;
        std::size_t operator()(const auto& probe) const { return Hash()(key_of(probe)); }
    };
    struct SlotEqual {
        using is_transparent = void;
        bool operator()(const auto& a, const auto& b) const { return Equal()(key_of(a), key_of(b)); }
    };

    boost::unordered_flat_set<Slot*, SlotHash, SlotEqual> index_;
    std::deque<Slot> slots_;
    std::vector<Slot*> free_;
    std::size_t hand_ = 0;
    Slot* recent_ = nullptr;
};

}  // namespace seatledger
