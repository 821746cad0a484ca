// A vendor's bill against the ledger, line by line.
#pragma once

#include <functional>
#include <optional>
#include <vector>

#include "projections/billing/bill_line.h"
#include "projections/billing/bill_lines.h"
#include "projections/billing/bill_totals.h"
#include "projections/billing/price_book.h"
#include "projections/billing/seat_days.h"
#include "projections/billing/verdict.h"

namespace seatledger::billing {

// Takes all lines of a bill and then says of each what the ledger has, what was billed, and whether that is the same.
// The ledger is needed only then: of which days it has to be read, the lines say.
//
// Lines claim seats of their product for their days, in the order of the file; each seat-day that the ledger has is
// there once. What lines give back is there for all others. Of what is claimed beyond that each seat-day gets a reason;
// of what is covered the amount is held against the price of the licenses that cover it. What the ledger is asked for
// is known up to the as-of instant of `ledger`: seats that are billed by binding and places in queues have no days
// after it; terms have.
//
// A history with a window must have in it the days of all lines for seats that are billed by binding or by places in
// queues, and the bill's own days. What such seats were before it is known only as far as the history keeps it.
//
// Pure: no clock and no disk. Memory: about 130 bytes a line; 12 bytes a license or person and judge if lines name
// such, and 4 for each time a license was bound if lines name people or are about places in queues. Cost: about 5
// microseconds a line, linear in lines, licenses and spans; for lines that name no seats, times the number of terms
// (by their days and prices) that a product has at one time.
class Reconciler {
 public:
    // Lines in the order of the file.
    void add(const BillLine& line) { lines_.add(line); }
    // A line that could not be read: it is in the totals and nowhere else.
    void add(const RefusedLine& line) { totals_.add_refused(line); }

    // From the first to the last day that the lines have to do with. Nothing: none has days.
    [[nodiscard]] const std::optional<DayPeriod>& days() const { return lines_.days(); }

    using Show = std::function<void(const LineVerdict&)>;
    // Shows a verdict for each line, in their order, and then one for each thing that is not billed, on the caller's
    // thread. The reference holds during the call. May be called once. Up to so many threads judge, without any
    // difference to what is said.
    [[nodiscard]] std::vector<BillTotal> finish(const SeatDays& ledger, const PriceBook& book, const UserOf& user_of,
                                                const Show& show, unsigned judges_count = usual_judges());
    // As many as there are processors, but no more than 4.
    [[nodiscard]] static unsigned usual_judges();

    // What the lines take.
    [[nodiscard]] std::size_t bytes() const { return lines_.bytes(); }

 private:
    BillLines lines_;
    BillTotals totals_;
};

}  // namespace seatledger::billing
