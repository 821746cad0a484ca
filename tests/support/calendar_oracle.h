// The calendar's rules written out over the C library's view of the same zone data, which it reads by itself; and what
// the tests of the calendar have in common.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/calendar.h"

namespace seatledger::testing {

inline constexpr std::int64_t micros_a_second = 1'000'000;
inline constexpr std::int64_t seconds_a_day = 86'400;

// Zones with everything that clocks have been made to do.
[[nodiscard]] const std::vector<std::string>& many_zones();

// Of texts that are what they must be; else the test ends.
[[nodiscard]] const date::time_zone& zone_named(const std::string& name);
[[nodiscard]] Term term_of(std::string_view text);

// "nothing", if there is none.
[[nodiscard]] std::string shown(std::optional<Instant> instant);

// A zone as the C library has it, for as long as this lives: one at a time, one thread. Seconds are since 1970.
class LibcZone {
 public:
    explicit LibcZone(const std::string& name);
    ~LibcZone();
    LibcZone(const LibcZone&) = delete;
    LibcZone& operator=(const LibcZone&) = delete;

    // The local time at a second, as if it were UTC.
    [[nodiscard]] std::int64_t local_at(std::int64_t second) const;
    // The first second at which clocks show `local`; if they never do, the first at which they show more.
    [[nodiscard]] std::int64_t first_at(std::int64_t local) const;
    // The second at which the term that begins at `from` ends.
    [[nodiscard]] std::int64_t end_of(const Term& term, std::int64_t from) const;

 private:
    std::optional<std::string> before_;
};

struct UtcDay {
    int year;
    int month;
    int day;
};
[[nodiscard]] UtcDay utc_day(std::int64_t second);

}  // namespace seatledger::testing
