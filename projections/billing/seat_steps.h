// How many seats there are on each day, where that changes seldom.
#pragma once

#include <algorithm>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <vector>

#include "projections/billing/bill_line.h"

namespace seatledger::billing {

// A number for every day, 0 until something is added. It is kept as steps: memory and the cost of adding go with the
// number of days on which it changes, not with how many days there are.
class SeatSteps {
 public:
    // By day, how much more there is from then on. For when millions are added before anything is asked.
    class Changes {
     public:
        void add(const DayPeriod& days, std::int64_t count) {
            if (days.end <= days.begin) return;
            changes_[days.begin.number] += count;
            changes_[days.end.number] -= count;
        }

     private:
        friend class SeatSteps;
        boost::unordered_flat_map<std::int32_t, std::int64_t> changes_;
    };

    SeatSteps() = default;
    explicit SeatSteps(const Changes& changes);

    void add(const DayPeriod& days, std::int64_t count);
    void add(const SeatSteps& other);
    [[nodiscard]] std::int64_t at(CivilDay day) const;
    // Of the days; 0 if there are none.
    [[nodiscard]] std::int64_t smallest(const DayPeriod& days) const;

    // Of all days.
    [[nodiscard]] std::int64_t largest() const;
    // Whether nothing was ever added.
    [[nodiscard]] bool is_zero() const { return steps_.empty(); }

    // Calls function(DayPeriod, count) for the days within, in order; the periods are all of them, and none is empty.
    template <typename Function>
    void for_each(const DayPeriod& within, Function function) const {
        auto next = after(within.begin);
        std::int64_t count = next == steps_.begin() ? 0 : std::prev(next)->count;
        for (auto from = within.begin; from < within.end;) {
            const auto to = next == steps_.end() ? within.end : std::min(within.end, next->from);
            function(DayPeriod{from, to}, count);
            from = to;
            if (next != steps_.end()) count = (next++)->count;
        }
    }

 private:
    struct Step {
        CivilDay from;
        std::int64_t count;  // on that day and those after it, up to the next step
    };

    [[nodiscard]] std::vector<Step>::const_iterator after(CivilDay day) const {
        return std::ranges::upper_bound(steps_, day, {}, &Step::from);
    }
    std::size_t split(CivilDay day);  // gives the step that begins on it

    std::vector<Step> steps_;  // in the order of their days
};

}  // namespace seatledger::billing
