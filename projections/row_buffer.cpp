#include "projections/row_buffer.h"

#include <algorithm>
#include <boost/sort/spreadsort/integer_sort.hpp>
#include <cstring>

#include "engine/prefetch.h"

namespace seatledger {
namespace {

constexpr std::size_t places_ahead = 16;
constexpr std::size_t halving_samples = 1'000;

std::uint64_t big_endian_word(std::string_view key, std::size_t at) {
    std::uint64_t word = 0;
    if (at < key.size()) std::memcpy(&word, key.data() + at, std::min(sizeof word, key.size() - at));
    return __builtin_bswap64(word);
}

}  // namespace

void RowBuffer::add(std::vector<Place>& to, std::size_t offset, std::size_t key_size, std::string_view value) {
    const std::string_view key(bytes_.data() + offset, key_size);
    to.push_back({big_endian_word(key, 0), big_endian_word(key, 8), offset, static_cast<std::uint32_t>(key_size),
                  static_cast<std::uint32_t>(value.size())});
    bytes_.append(value);
}

void RowBuffer::put(std::string_view key, Sequence version, std::string_view value) {
    const auto offset = bytes_.size();
    bytes_.append(key);
    tables::put_version(bytes_, version);
    add(versioned_, offset, bytes_.size() - offset, value);
}

void RowBuffer::put_index(std::string_view key, std::string_view value) {
    const auto offset = bytes_.size();
    bytes_.append(key);
    add(index_, offset, key.size(), value);
}

void RowBuffer::remove_index(std::string_view key) {
    put_index(key, {});
    index_.back().value_size = removed_size;
}

std::string_view RowBuffer::key_at(const Place& place) const { return {bytes_.data() + place.offset, place.key_size}; }

void RowBuffer::for_each(std::span<Place> places, const std::function<void(const Item&)>& item) const {
    // Of equal keys the later one lies further back in the bytes.
    const auto before = [this](const Place& a, const Place& b) {
        if (a.high != b.high) return a.high < b.high;
        if (a.low != b.low) return a.low < b.low;
        const auto order = key_at(a).compare(key_at(b));
        return order != 0 ? order < 0 : a.offset < b.offset;
    };
    const auto high_bits = [](const Place& place, unsigned shift) { return place.high >> shift; };
    boost::sort::spreadsort::integer_sort(places.begin(), places.end(), high_bits, before);
    // That looks no further than the bits that it was given.
    for (auto run = places.begin(); run != places.end();) {
        const auto end = std::find_if(run, places.end(), [&](const Place& place) { return place.high != run->high; });
        if (!std::is_sorted(run, end, before)) std::sort(run, end, before);
        run = end;
    }
    for (std::size_t i = 0; i < places.size(); ++i) {
        // In the order of the keys the bytes lie all over the place.
        if (i + places_ahead < places.size()) prefetch_line(bytes_.data() + places[i + places_ahead].offset);
        const auto& place = places[i];
        if (i + 1 < places.size() && is_same_key(place, places[i + 1])) continue;
        const bool removed = place.value_size == removed_size;
        item({key_at(place), {bytes_.data() + place.offset + place.key_size, removed ? 0 : place.value_size}, removed});
    }
}

std::array<RowBuffer::Half, 2> RowBuffer::versioned_halves() {
    std::vector<std::uint64_t> samples;
    const auto step = versioned_.size() / halving_samples + 1;
    for (std::size_t i = 0; i < versioned_.size(); i += step) samples.push_back(versioned_[i].high);
    std::ranges::sort(samples);
    const auto middle = samples.empty() ? 0 : samples[samples.size() / 2];
    // What begins alike stays together, and so do the puts of one key.
    const auto second = std::partition(versioned_.begin(), versioned_.end(),
                                       [middle](const Place& place) { return place.high < middle; });
    return {Half(*this, {versioned_.begin(), second}), Half(*this, {second, versioned_.end()})};
}

bool RowBuffer::is_same_key(const Place& a, const Place& b) const {
    return a.high == b.high && a.low == b.low && key_at(a) == key_at(b);
}

void RowBuffer::for_each_versioned(const std::function<void(const Item&)>& item) { for_each(versioned_, item); }
void RowBuffer::for_each_index(const std::function<void(const Item&)>& item) { for_each(index_, item); }

void RowBuffer::clear() {
    bytes_.clear();
    versioned_.clear();
    index_.clear();
}

}  // namespace seatledger
