// What the ledger has and a bill has not.
#pragma once

#include <functional>

#include "projections/billing/line_judges.h"

namespace seatledger::billing {

// Shows a verdict for each, without a line, once all lines were judged:
// - purchased: lots whose term begins in the days of the bill and that no line touches; where lines name their seats,
//   those of them that none names;
// - assigned and membership: seat-days in the days of the bill that no line claims, by license or person where lines of
//   the product name their seats, otherwise one for the product.
class NotBilled {
 public:
    NotBilled(const SeatPools& pools, LineJudges& judges, const std::function<void(const LineVerdict&)>& show)
        : pools_(pools), judges_(judges), claims_(judges.first_claims()), judge_(judges.first()), show_(show) {}

    void find();

 private:
    void find_lots(std::uint32_t of_class);
    void find_lot(std::uint32_t of_class, const LotFacts& lot);
    void find_seat_days(SkuNumber sku);
    void find_licenses(SkuNumber sku);
    void find_people(SkuNumber sku);
    LineVerdict& begin(SkuNumber sku);
    void end(SkuNumber sku, const std::vector<CoveredPart>& parts);
    // Of the days of the bill, those on which there is something, as parts like that one; with no more
    // seats, if it has any.
    void add_parts(const SeatSteps& steps, const CoveredPart& like, std::vector<CoveredPart>& parts) const;

    const SeatPools& pools_;
    const LineJudges& judges_;
    SeatClaims& claims_;
    LineJudge& judge_;
    const std::function<void(const LineVerdict&)>& show_;
    LineVerdict verdict_;
};

}  // namespace seatledger::billing
