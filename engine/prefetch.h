// Asking memory for what will be read soon.
#pragma once

namespace seatledger {

// Begins to fetch the cache line at `at`, which need not be readable.
inline void prefetch_line(const void* at) {
    __builtin_prefetch(at);
    // Without anything that it takes for an effect, GCC 12 finds that whoever calls this does nothing, and drops it.
    asm volatile("");
}

}  // namespace seatledger
