// Rows on their way into the database: collected in any order, put down in the order of their keys.
#pragma once

#include <array>
#include <cstdint>
#include <functional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "events/ids.h"
#include "projections/tables.h"

namespace seatledger {

// One thread.
class RowBuffer {
 private:
    // The key's first 16 bytes, as numbers that sort alike, spare most comparisons a look at the key itself.
    struct Place {
        std::uint64_t high;
        std::uint64_t low;
        std::uint64_t offset;
        std::uint32_t key_size;
        std::uint32_t value_size;
    };

 public:
    // A row of a versioned table, or of an index. `key` without the version.
    void put(std::string_view key, Sequence version, std::string_view value);
    void put_index(std::string_view key, std::string_view value);
    void remove_index(std::string_view key);

    [[nodiscard]] std::size_t versioned_count() const { return versioned_.size(); }
    [[nodiscard]] std::size_t count() const { return versioned_.size() + index_.size(); }
    [[nodiscard]] std::size_t bytes() const { return bytes_.size(); }

    struct Item {
        std::string_view key;
        std::string_view value;
        bool removed = false;
    };
    // Every row once, sorted; of several puts of the same key the last.
    void for_each_versioned(const std::function<void(const Item&)>& item);
    void for_each_index(const std::function<void(const Item&)>& item);

    // The versioned rows in two halves of about the same size, all keys of the first before those of the second. Both
    // may be gone through at the same time, on two threads.
    class Half {
     public:
        void for_each(const std::function<void(const Item&)>& item) const { buffer_.for_each(places_, item); }

     private:
        friend class RowBuffer;
        Half(const RowBuffer& buffer, std::span<Place> places) : buffer_(buffer), places_(places) {}
        const RowBuffer& buffer_;
        std::span<Place> places_;
    };
    [[nodiscard]] std::array<Half, 2> versioned_halves();

    void clear();

 private:
    static constexpr std::uint32_t removed_size = 0xFFFFFFFF;

    void add(std::vector<Place>& to, std::size_t offset, std::size_t key_size, std::string_view value);
    void for_each(std::span<Place> places, const std::function<void(const Item&)>& item) const;
    [[nodiscard]] std::string_view key_at(const Place& place) const;
    [[nodiscard]] bool is_same_key(const Place& a, const Place& b) const;

    std::string bytes_;
    std::vector<Place> versioned_;
    std::vector<Place> index_;
};

}  // namespace seatledger
