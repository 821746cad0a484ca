#include "projections/billing/day_clock.h"

namespace seatledger::billing {
namespace {

constexpr std::int32_t days_kept = 84'006;  // 1970-01-01 to 2199-12-31
constexpr std::int64_t micros_a_day = std::int64_t{86'400} * 1'000'000;

// By how many days any clock is ahead of UTC at most, where it has been put back over midnight as well.
constexpr std::int64_t days_ahead_max = 2;

}  // namespace

DayClock::DayClock(const date::time_zone& zone) : zone_(zone), starts_(days_kept) {
    for (auto& start : starts_) start.store(no_instant.micros, std::memory_order_relaxed);
}

Instant DayClock::start_of(CivilDay day) const {
    if (day.number < 0 || day.number >= days_kept) {
        return start_of_day(day, zone_).value_or(day.number < 0 ? first_instant : last_instant);
    }
    auto& known = starts_[static_cast<std::size_t>(day.number)];
    Instant start{known.load(std::memory_order_relaxed)};
    if (start == no_instant) {
        start = *start_of_day(day, zone_);
        known.store(start.micros, std::memory_order_relaxed);
    }
    return start;
}

CivilDay DayClock::day_of(Instant instant) const {
    const auto utc_day = instant.micros / micros_a_day;
    if (instant.micros < 0 || utc_day + days_ahead_max >= days_kept) return civil_day(instant, zone_);
    CivilDay day{static_cast<std::int32_t>(utc_day)};
    // Mostly it is the same day as in UTC.
    if (start_of(day) <= instant && instant < start_of(CivilDay{day.number + 1})) return day;
    day.number += days_ahead_max;
    while (start_of(day) > instant) --day.number;
    return day;
}

}  // namespace seatledger::billing
