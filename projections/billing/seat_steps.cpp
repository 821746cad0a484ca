#include "projections/billing/seat_steps.h"

namespace seatledger::billing {

SeatSteps::SeatSteps(const Changes& changes) {
    std::vector<std::pair<std::int32_t, std::int64_t>> sorted(changes.changes_.begin(), changes.changes_.end());
    std::ranges::sort(sorted);
    std::int64_t count = 0;
    for (const auto& [day, change] : sorted) {
        if (change == 0) continue;
        count += change;
        steps_.push_back({CivilDay{day}, count});
    }
}

std::size_t SeatSteps::split(CivilDay day) {
    const auto next = after(day);
    const auto index = static_cast<std::size_t>(next - steps_.begin());
    if (index > 0 && steps_[index - 1].from == day) return index - 1;
    const auto count = index == 0 ? 0 : steps_[index - 1].count;
    steps_.insert(next, {day, count});
    return index;
}

void SeatSteps::add(const DayPeriod& days, std::int64_t count) {
    if (days.end <= days.begin || count == 0) return;
    const auto from = split(days.begin);
    const auto to = split(days.end);
    for (auto i = from; i < to; ++i) steps_[i].count += count;
}

void SeatSteps::add(const SeatSteps& other) {
    for (std::size_t i = 0; i + 1 < other.steps_.size(); ++i) {
        add({other.steps_[i].from, other.steps_[i + 1].from}, other.steps_[i].count);
    }
}

std::int64_t SeatSteps::at(CivilDay day) const {
    const auto next = after(day);
    return next == steps_.begin() ? 0 : std::prev(next)->count;
}

std::int64_t SeatSteps::largest() const {
    std::int64_t largest = 0;
    for (const auto& step : steps_) largest = std::max(largest, step.count);
    return largest;
}

std::int64_t SeatSteps::smallest(const DayPeriod& days) const {
    std::int64_t smallest = 0;
    bool is_first = true;
    for_each(days, [&](const DayPeriod&, std::int64_t count) {
        smallest = is_first ? count : std::min(smallest, count);
        is_first = false;
    });
    return smallest;
}

}  // namespace seatledger::billing
