// People who are in a queue and have no license any more.
#pragma once

#include <map>
#include <vector>

#include "projections/billing/seat_claims.h"

namespace seatledger::billing {

// Somebody, and days on which they were in a queue and had no license of any product, though they had one before.
struct Stranded {
    UserId user;
    DayPeriod days;
};

class StrandedMembers {
 public:
    StrandedMembers(const SeatPools& pools, SeatClaims& claims) : pools_(pools), claims_(claims) {}

    struct Found {
        Stranded first;
        std::uint64_t persons = 0;  // 0: there is nobody
    };
    // On any of these days, of those who are billed as the product; and of one person alone. Cost: the first time
    // everybody in queues and the licenses that they had; then what is found, the first time for just these days.
    [[nodiscard]] const Found& find(SkuNumber sku, const DayPeriod& days);
    [[nodiscard]] Found find(SkuNumber sku, UserId user, const DayPeriod& days);

    // The place in a queue that they have had for longest on the day; null: they had none.
    [[nodiscard]] const QueueSpan* place_of(UserId user, CivilDay day) const;
    // How they came to have no license on the day: by the end of this span. Null: they had none before.
    [[nodiscard]] const SeatSpan* last_license(UserId user, CivilDay day);

 private:
    void add(UserId user, const DayPeriod& within, std::map<SkuNumber, std::vector<Stranded>>& found);

    const SeatPools& pools_;
    SeatClaims& claims_;
    bool is_made_ = false;
    std::map<SkuNumber, std::vector<Stranded>> all_;
    std::map<std::pair<SkuNumber, std::pair<CivilDay, CivilDay>>, Found> found_;
};

}  // namespace seatledger::billing
