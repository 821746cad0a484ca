// Seats that a bill should have had in lines that it has.
#pragma once

#include <map>
#include <vector>

#include "projections/billing/seat_claims.h"

namespace seatledger::billing {

// By line: the seats that the last of the lines for the same seats, days and invoice should have had in addition.
using MissingSeats = std::map<LineIndex, std::vector<CoveredPart>>;

// Looks for them once all lines have claimed, and claims them:
// - purchased: lines for just the days of a term that begins in the days of the bill, and seats with that term which no
//   line claims on any of its days;
// - assigned and membership: lines for the same days, and seats that nobody bills on any of these days.
class MissingSeatsFinder {
 public:
    MissingSeatsFinder(const SeatPools& pools, const BillLines& lines, SeatClaims& claims)
        : pools_(pools), lines_(lines), claims_(claims) {}

    // A line that has claimed seats, all of which the ledger has.
    void note(LineIndex index);
    [[nodiscard]] MissingSeats find();

 private:
    using Line = BillLines::Line;
    // Those with an invoice after those without, which may stand for any.
    struct Group {
        bool has_invoice;
        std::uint32_t sku;
        CivilDay begin;
        CivilDay end;
        std::uint32_t invoice;
        auto operator<=>(const Group&) const = default;
    };

    void find_purchased(const Line& line, std::vector<CoveredPart>& missing);
    void find_by_days(const Line& line, std::vector<CoveredPart>& missing);

    const SeatPools& pools_;
    const BillLines& lines_;
    SeatClaims& claims_;
    std::map<Group, LineIndex> last_;
};

}  // namespace seatledger::billing
