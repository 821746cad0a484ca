// How many seats of each product there were, day by day.
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "projections/billing/dues.h"
#include "projections/billing/seat_days.h"

namespace seatledger::billing {

// Of one product on one day.
struct SeatCounts {
    std::uint64_t bought = 0;     // licenses of whose terms it is a day
    std::uint64_t bound = 0;      // those of them that somebody had on any part of it
    std::uint64_t in_queues = 0;  // people whose places in queues are billed as the product
    std::uint64_t billed = 0;     // of these, those that the product's basis bills
    Dues due;                     // on that day
};

// Every product on every one of some days.
class DailySeats {
 public:
    // Rates are added to `rates`. Cost: every license whose term has one of these days, every span within them, and for
    // each lot, or person in queues, each of the days.
    DailySeats(const SeatDays& days, const DayPeriod& within, Rates& rates);

    [[nodiscard]] const DayPeriod& within() const { return within_; }
    // One a day, in order; empty: there was nothing of the product on any of them.
    [[nodiscard]] std::span<const SeatCounts> of(SkuNumber sku) const;

 private:
    using Days = std::vector<SeatCounts>;

    void add_lot(const SeatDays& days, const LotFacts& lot, Rates& rates);
    void add_members(const SeatDays& days, Rates& rates);
    Days& days_of(SkuNumber sku);
    [[nodiscard]] std::size_t index_of(CivilDay day) const {
        return static_cast<std::size_t>(day.number - within_.begin.number);
    }

    DayPeriod within_;
    std::vector<Days> days_;  // by SkuNumber - 1
};

}  // namespace seatledger::billing
