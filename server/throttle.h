// Slows down who guesses: after a failed attempt the next one has to wait, and after each further one longer.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
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
    std::size_t names_max = 100'000;  // remembered at a time; and so many places
};

// One thread at a time.
class Throttle {
 public:
    using TimePoint = std::chrono::steady_clock::time_point;

    // For which name, and from where. Failures count for the name wherever they come from; but where a name has
    // succeeded before, only those from there do: whoever guesses elsewhere does not lock its owner out.
    struct Attempt {
        std::string_view name;
        std::string_view place;
    };

    explicit Throttle(const ThrottleLimits& limits = {}) : limits_(limits) {}

    // How long such an attempt has to wait; 0: it may be made now.
    [[nodiscard]] std::chrono::milliseconds wait(const Attempt& attempt, TimePoint now) const;

    // An attempt is made. It counts as failed until it has succeeded, so that many at once are no way around this.
    void begin(const Attempt& attempt, TimePoint now);
    void succeeded(const Attempt& attempt);

    [[nodiscard]] std::size_t names() const { return names_.size(); }
    [[nodiscard]] std::size_t places() const { return places_.size(); }

 private:
    struct Failures {
        unsigned count = 0;
        TimePoint last;
    };

    [[nodiscard]] std::string key_of(const Attempt& attempt) const;
    [[nodiscard]] std::chrono::milliseconds wait_after(unsigned failures) const;
    void forget(TimePoint now);

    ThrottleLimits limits_;
    boost::unordered_flat_map<std::string, Failures> names_;  // by key_of()
    boost::unordered_flat_set<std::string> places_;           // where a name has succeeded
};

}  // namespace seatledger
