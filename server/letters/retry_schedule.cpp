#include "server/letters/retry_schedule.h"

#include <xxhash.h>

#include <algorithm>

namespace seatledger {

std::chrono::milliseconds RetrySchedule::delay(std::uint32_t failures) const {
    if (failures == 0) return {};
    constexpr std::uint32_t doublings_max = 10;  // more than it takes to the longest
    const auto whole = std::min(longest, first * (1 << std::min(failures - 1, doublings_max)));
    const auto chance = XXH3_64bits_withSeed(&failures, sizeof failures, seed_);
    const auto quarter = static_cast<std::uint64_t>(whole.count() / 4);
    return whole - std::chrono::milliseconds(chance % (quarter + 1));
}

}  // namespace seatledger
