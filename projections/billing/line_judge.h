// The verdict of one line after the other.
#pragma once

#include <span>
#include <vector>

#include "projections/billing/deficit_reasons.h"
#include "projections/billing/evidence.h"
#include "projections/billing/line_money.h"
#include "projections/billing/seat_claims.h"
#include "projections/billing/stranded_members.h"
#include "projections/billing/verdict.h"

namespace seatledger::billing {

// Whether a line is judged: why not, otherwise Note::none. `currency` is the account's.
[[nodiscard]] Note why_set_aside(const BillLines& lines, const BillLines::Line& line, const std::string& currency);

// Decimals in which an amount of this currency is given.
[[nodiscard]] unsigned digits_of(const std::string& currency);

class LineJudge {
 public:
    // All must outlive it.
    LineJudge(const SeatPools& pools, const BillLines& lines, SeatClaims& claims, const PriceBook& book);

    // Whether the line can claim anything: it is judged, not netted, and names what the ledger has; if not, why.
    struct Standing {
        bool claims = false;
        Verdict verdict = Verdict::correct;  // of one that claims nothing
        Note note = Note::none;
    };
    [[nodiscard]] Standing standing(const BillLines::Line& line) const;

    // `missing`: seats that this line, as the last of its kind, should have had. The lines are judged in their order;
    // each claims what it has. Costs a few microseconds and what SeatClaims::find() does.
    void judge(const BillLines::Line& line, const std::vector<CoveredPart>& missing, LineVerdict& verdict);

    // To be called before each line is judged, with that and those that will be: asks memory for what they will need.
    // Most lines of a long bill are for a license of which nothing was looked at lately, and waiting for that is most
    // of what judging them costs.
    void look_ahead(std::span<const LineIndex> lines) const;

    // Amounts of something that no line has.
    void set_not_billed(SkuNumber sku, const std::vector<CoveredPart>& parts, LineVerdict& verdict) const;

    [[nodiscard]] Evidence& evidence() { return evidence_; }

 private:
    using Line = BillLines::Line;
    using Charges = std::vector<SeatsCharge>;

    void set_line(const Line& line, LineVerdict& verdict) const;
    void set_explained(const Exact& explained, unsigned digits, LineVerdict& verdict) const;
    void set_money(const MoneyOf& money, LineVerdict& verdict) const;
    void judge_charge(const Line& line, const std::vector<CoveredPart>& missing, LineVerdict& verdict);
    void judge_gaps(const Line& line, const Coverage& coverage, const Exact& seat, LineVerdict& verdict);
    void judge_covered(const Line& line, const Coverage& coverage, const Exact& seat,
                       const std::vector<CoveredPart>& missing, LineVerdict& verdict);
    void judge_given_back(const Line& line, LineVerdict& verdict);
    void judge_price(const Line& line, const Charges& charges, LineVerdict& verdict) const;
    bool find_stranded(const Line& line, LineVerdict& verdict);
    [[nodiscard]] bool is_shortened(const Line& line, const Coverage& coverage, LineVerdict& verdict) const;
    void set_unbound(const Line& line, const Coverage& coverage, LineVerdict& verdict);
    void set_prices(const Line& line, const Charges& charges, LineVerdict& verdict) const;
    void set_reason(const DeficitReason& reason, LineVerdict& verdict) const;
    static void set_covered(const std::vector<CoveredPart>& parts, VerdictDetails& details);
    void set_lot(const LotFacts& lot, VerdictDetails& details) const;
    [[nodiscard]] unsigned digits_of(const LineVerdict& verdict) const;

    const SeatPools& pools_;
    const BillLines& lines_;
    SeatClaims& claims_;
    PriceBook book_;
    LineMoney money_;
    DeficitReasons reasons_;
    StrandedMembers stranded_;
    Evidence evidence_;
    Coverage coverage_;
};

}  // namespace seatledger::billing
