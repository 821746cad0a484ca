// On which civil day instants lie, for millions of them.
#pragma once

#include <atomic>
#include <cstdint>
#include <vector>

#include "events/calendar.h"

namespace seatledger::billing {

// As start_of_day() and civil_day() of calendar.h, but days of the years 1970 to 2199 are computed once. Any thread.
class DayClock {
 public:
    // The zone must outlive it. Cost: 700 KB.
    explicit DayClock(const date::time_zone& zone);

    // The instant at which the day begins; outside the years 1 to 9999 the first or the last of them.
    [[nodiscard]] Instant start_of(CivilDay day) const;
    // The last day that begins at or before the instant.
    [[nodiscard]] CivilDay day_of(Instant instant) const;

 private:
    const date::time_zone& zone_;
    // In microseconds, by the day's number; that of no_instant: not computed yet. Who computes it at once with another
    // comes to the same.
    mutable std::vector<std::atomic<std::int64_t>> starts_;
};

}  // namespace seatledger::billing
