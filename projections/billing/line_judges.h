// The verdicts of all lines, judged side by side where they have nothing to do with each other.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "projections/billing/line_judge.h"
#include "projections/billing/missing_seats.h"

namespace seatledger::billing {

// Lines that name licenses, in products of which all lines do, can only claim what other lines for the same license
// claim: each such license is one judge's. All other lines are the first judge's. So it makes no difference to any
// verdict how many judges there are.
class LineJudges {
 public:
    // So many judges, with a thread each while judge() runs; one, if there is nothing to be judged beside. Both must
    // outlive it.
    LineJudges(const SeatPools& pools, const BillLines& lines, const PriceBook& book, unsigned count);

    // Has all lines judged, and shows the verdicts in their order, on the caller's thread. The reference holds during
    // the call.
    void judge(const MissingSeats& missing, const std::function<void(const LineVerdict&)>& show);

    // The one that has all lines but those of the others.
    [[nodiscard]] LineJudge& first() { return judges_.front()->judge; }
    [[nodiscard]] SeatClaims& first_claims() { return judges_.front()->claims; }
    // Those of whoever judges the lines for the license. It must be one of the product's.
    [[nodiscard]] const SeatClaims& claims_of(SkuNumber sku, LicenseNumber license) const {
        return judges_[pools_.share_of(sku, license, count())]->claims;
    }
    [[nodiscard]] bool is_any_license_touched() const;

 private:
    struct Judge {
        Judge(const SeatPools& pools, const BillLines& lines, const PriceBook& book, Share share)
            : claims(pools, lines, share), judge(pools, lines, claims, book) {}
        SeatClaims claims;
        LineJudge judge;
        std::vector<LineIndex> own_lines;  // among those that are being judged
    };

    [[nodiscard]] std::uint32_t count() const { return static_cast<std::uint32_t>(judges_.size()); }
    void judge_share(Judge& of, LineIndex begin, const MissingSeats& missing);

    // So many lines at a time are judged and then shown: what it costs to begin with them is little beside that.
    static constexpr LineIndex lines_at_once = 2'048;

    const SeatPools& pools_;
    const BillLines& lines_;
    std::vector<std::unique_ptr<Judge>> judges_;
    std::vector<LineVerdict> verdicts_;  // of the lines that are being judged
};

}  // namespace seatledger::billing
