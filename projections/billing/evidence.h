// By which events a verdict is decided.
#pragma once

#include <cstdint>
#include <map>
#include <vector>

#include "projections/billing/deficit_reasons.h"
#include "projections/billing/seat_claims.h"
#include "projections/billing/verdict.h"

namespace seatledger::billing {

class Evidence {
 public:
    Evidence(const SeatPools& pools, SeatClaims& claims) : pools_(pools), claims_(claims) {}

    void add(Sequence sequence);
    void add(const Happened& happened) {
        if (pools_.is_known(happened)) add(happened.sequence);
    }
    // That the seats were bought, and who had them or was in queues, where that is what is billed. The line has claimed
    // the coverage. Cost: what is added, but the first time for just these days of places in queues: the people.
    void add(const BillLines::Line& line, const Coverage& coverage);
    void add(const DeficitReason& reason);
    // What shows that the line names nothing that it could be billed for. That something is not there at all, no event
    // shows.
    void add_unfounded(const BillLines::Line& line, Note note);
    void add_lot(const LotFacts& lot);
    // The places of people in queues that are billed as the product; of one of them.
    void add_members(SkuNumber sku, const DayPeriod& days);
    void add_member(UserId user, const DayPeriod& days);
    // Who had the license on these days.
    void add_spans(LicenseNumber license, const DayPeriod& days);

    [[nodiscard]] bool is_full() const { return sequences_.size() > collected_max; }

    // The first because_max of them. Nothing is left.
    void move_to(LineVerdict& verdict);

 private:
    // That seats of the class were bought, and who had them.
    void add_spans_of_class(std::uint32_t of_class, const DayPeriod& days);

    // Each once or more often: enough of them to say that there are more.
    static constexpr std::size_t collected_max = 4 * LineVerdict::because_max;
    // Of licenses that the line does not name, so many are looked at.
    static constexpr std::uint32_t licenses_looked_at = 200;

    const SeatPools& pools_;
    SeatClaims& claims_;
    std::vector<Sequence> sequences_;
    bool has_more_ = false;
    struct Known {
        std::vector<Sequence> sequences;
        bool has_more = false;
    };
    // The first because_max of what was collected.
    void cut(Known& known);

    std::map<std::pair<SkuNumber, std::pair<CivilDay, CivilDay>>, Known> members_;
    std::map<std::pair<std::uint32_t, std::pair<CivilDay, CivilDay>>, Known> spans_;  // by class
};

}  // namespace seatledger::billing
