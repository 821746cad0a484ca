// When to try a letter again that could not be delivered. Pure. Any thread.
#pragma once

#include <chrono>
#include <cstdint>

namespace seatledger {

class RetrySchedule {
 public:
    static constexpr std::chrono::milliseconds first{1'000};
    static constexpr std::chrono::milliseconds longest{600'000};

    // Schedules with different seeds do not try at the same moments, so servers that failed together do not come back
    // together; one seed always gives the same.
    explicit RetrySchedule(std::uint64_t seed) : seed_(seed) {}

    // How long to wait after that many failures in a row, from 1 (0: not at all): 1 s, doubled with each further
    // failure up to 10 min, less up to a quarter of it by chance.
    [[nodiscard]] std::chrono::milliseconds delay(std::uint32_t failures) const;

 private:
    std::uint64_t seed_;
};

}  // namespace seatledger
