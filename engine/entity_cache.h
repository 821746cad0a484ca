// A bounded set of values by key, over something slower that has them all. What was changed and is not yet in the
// slower place stays; of the rest, what was not used lately goes first.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "engine/huge_pages.h"
#include "engine/prefetch.h"
#include "events/ids.h"

namespace seatledger {

// One thread. References stay valid until evict() or erase(). `Hash` gives 32 well-mixed bits; it and `Equal` are
// transparent where keys are looked up by something else than a Key.
//
// With a million entries a look-up is spent waiting for memory, so there are few places to wait for: the index, eight
// bytes an entry, which tells by the hash alone where the slot is, and the slot with key and value in one. Both can be
// asked for beforehand.
template <typename Key, typename Value, typename Hash, typename Equal = std::equal_to<>>
class EntityCache {
 public:
    using KeyType = Key;
    static constexpr std::size_t cache_line_bytes = 64;
    struct alignas(cache_line_bytes) Slot {
        Sequence changed;  // the newest event that changed it; 0: it is as the slower place has it
        std::uint32_t hash = 0;
        bool used = false;
        bool occupied = false;
        Key key{};
        Value value{};
    };

    EntityCache() : index_(index_places_min) {}
    ~EntityCache() {
        for (std::uint32_t number = 1; number <= slots_taken_; ++number) std::destroy_at(&slot_at(number));
    }
    EntityCache(const EntityCache&) = delete;
    EntityCache& operator=(const EntityCache&) = delete;

    // Null: not held.
    template <typename Probe>
    [[nodiscard]] Slot* find(const Probe& key) {
        // One command asks for the same thing several times.
        if (recent_ != nullptr && Equal()(recent_->key, key)) return recent_;
        return search(key);
    }

    // A look-up ahead of time: begins to fetch from memory what it will look at, in two steps that lie some time apart.
    // The second gives the slot of a key with this hash, most likely the one that is meant; null: none is held.
    void prefetch_index(std::uint32_t hash) const { prefetch_line(&index_[hash & mask()]); }
    [[nodiscard]] Slot* prefetch_slot(std::uint32_t hash) const {
        for (auto at = hash & mask(); index_[at].slot != 0; at = (at + 1) & mask()) {
            if (index_[at].hash != hash) continue;
            auto* const slot = &slot_at(index_[at].slot);
            prefetch_line(slot);
            // Behind a large key the value begins in the next line.
            if constexpr (sizeof(Key) >= cache_line_bytes) prefetch_line(&slot->value);
            return slot;
        }
        return nullptr;
    }
    // That find() will ask for what is in this slot next: it looks there first. Null: nothing.
    void expect(Slot* slot) {
        if (slot == nullptr || !slot->occupied) return;
        slot->used = true;
        recent_ = slot;
    }

    // `key` must not be held.
    Slot& insert(Key key, Value value) {
        if (2 * (size_ + 1) > index_.size()) grow();
        const auto number = take_slot();
        auto& slot = slot_at(number);
        const auto hash = Hash()(key);
        slot = {Sequence(), hash, true, true, std::move(key), std::move(value)};
        put({hash, number});
        ++size_;
        return slot;
    }

    void erase(Slot& slot) {
        if (recent_ == &slot) recent_ = nullptr;
        free_.push_back(remove(slot));
        --size_;
        slot = {};
    }

    [[nodiscard]] std::size_t size() const { return size_; }

    // Lets go of values until no more than `count_max` are held, as far as the slower place has them: those last
    // changed at or before `settled`. Cost: amortised constant for each one let go of, and at most two passes.
    void evict(std::size_t count_max, Sequence settled) {
        for (std::size_t steps = 2 * std::size_t{slots_taken_}; steps > 0 && size() > count_max; --steps) {
            if (++hand_ > slots_taken_) hand_ = 1;
            auto& slot = slot_at(hand_);
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
    // Open addressing with linear probing, at most half full. Slots are numbered from 1; 0: the place is empty.
    struct Place {
        std::uint32_t hash = 0;
        std::uint32_t slot = 0;
    };
    using Index = std::vector<Place, PageAllocator<Place>>;
    static constexpr std::size_t index_places_min = 16;
    // Whole huge pages, since a slot is whole cache lines.
    static constexpr std::uint32_t chunk_slots = huge_page_bytes / cache_line_bytes;

    // Apart, so that what is found at once is found without a call.
    template <typename Probe>
    [[nodiscard, gnu::noinline]] Slot* search(const Probe& key) {
        const auto hash = Hash()(key);
        for (auto at = hash & mask();; at = (at + 1) & mask()) {
            const auto& place = index_[at];
            if (place.slot == 0) return nullptr;
            if (place.hash != hash) continue;
            auto& slot = slot_at(place.slot);
            if (!Equal()(slot.key, key)) continue;
            slot.used = true;
            return recent_ = &slot;
        }
    }

    [[nodiscard]] std::size_t mask() const { return index_.size() - 1; }
    [[nodiscard]] Slot& slot_at(std::uint32_t number) const {
        return reinterpret_cast<Slot*>(chunks_[(number - 1) / chunk_slots].get())[(number - 1) % chunk_slots];
    }

    [[nodiscard]] std::uint32_t take_slot() {
        if (!free_.empty()) {
            const auto number = free_.back();
            free_.pop_back();
            return number;
        }
        if (slots_taken_ % chunk_slots == 0) {
            chunks_.push_back(allocate_pages(chunk_slots * sizeof(Slot), chunks_.empty() ? huge_page_bytes : 0));
        }
        ++slots_taken_;
        std::construct_at(&slot_at(slots_taken_));
        return slots_taken_;
    }

    void put(Place place) {
        auto at = place.hash & mask();
        while (index_[at].slot != 0) at = (at + 1) & mask();
        index_[at] = place;
    }

    void grow() {
        const auto places = std::exchange(index_, Index(2 * index_.size()));
        for (const auto& place : places) {
            if (place.slot != 0) put(place);
        }
    }

    // Takes the slot out of the index, and gives its number. What comes behind it moves up, so that no search stops too
    // early (Knuth, The Art of Computer Programming, volume 3, 6.4, algorithm R).
    std::uint32_t remove(const Slot& slot) {
        auto hole = slot.hash & mask();
        while (index_[hole].slot == 0 || &slot_at(index_[hole].slot) != &slot) hole = (hole + 1) & mask();
        const auto number = index_[hole].slot;
        for (auto at = (hole + 1) & mask(); index_[at].slot != 0; at = (at + 1) & mask()) {
            const auto home = index_[at].hash & mask();
            if (((at - home) & mask()) < ((at - hole) & mask())) continue;
            index_[hole] = index_[at];
            hole = at;
        }
        index_[hole] = {};
        return number;
    }

    Index index_;
    std::vector<Pages> chunks_;
    std::vector<std::uint32_t> free_;
    std::uint32_t slots_taken_ = 0;  // numbers that were ever given out
    std::uint32_t hand_ = 0;
    std::size_t size_ = 0;
    Slot* recent_ = nullptr;
};

}  // namespace seatledger
