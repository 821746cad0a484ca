// Slows down who guesses: after a failed attempt the next one has to wait, and after each further one longer.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <chrono>
#include <cstddef>
#include <string>
#include <string_view>

namespace seatledger {

struct ThrottleLimits {
    unsigned free_attempts = 3;  // of which a failure has no consequences: people mistype
    std::chrono::milliseconds first_wait = std::chrono::seconds(1);  // doubled by each further failure …
    std::chrono::milliseconds longest_wait = std::chrono::minutes(1);
    std::chrono::milliseconds forgotten_after = std::chrono::hours(1);
    std::size_t names_max = 100'000;  // remembered at a time
};

// One thread at a time.
class Throttle {
 public:
    using TimePoint = std::chrono::steady_clock::time_point;

    explicit Throttle(const ThrottleLimits& limits = {}) : limits_(limits) {}

    // How long the next attempt for this name has to wait; 0: it may be made now.
    [[nodiscard]] std::chrono::milliseconds wait(std::string_view name, TimePoint now) const;

    // What came of an attempt.
    void failed(std::string_view name, TimePoint now);
    void succeeded(std::string_view name);

 private:
    struct Failures {
        unsigned count = 0;
        TimePoint last;
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };

    [[nodiscard]] std::chrono::milliseconds wait_after(unsigned failures) const;
    void forget(TimePoint now);

    ThrottleLimits limits_;
    boost::unordered_flat_map<std::string, Failures, Hash, std::equal_to<>> names_;
};

}  // namespace seatledger
