// The hash by which texts are found in memory. Never stored.
#pragma once

#define XXH_INLINE_ALL  // a call takes longer than hashing what is as short as an id
#include <xxhash.h>

#include <cstdint>
#include <string_view>

namespace seatledger {

// Of all 64 bits; `seed`: whose text it is.
[[nodiscard]] inline std::uint64_t hash_of(std::string_view text, std::uint64_t seed) {
    return XXH3_64bits_withSeed(text.data(), text.size(), seed);
}

}  // namespace seatledger
