// The rows that reconcile prints.
#pragma once

#include <string_view>
#include <vector>

#include "projections/billing/bill_totals.h"
#include "projections/billing/verdict.h"
#include "tools/output.h"

namespace seatledger {

// Something is not as it was billed. A line that is judged correct may be contested for its amount.
[[nodiscard]] bool is_contested(const billing::LineVerdict& verdict);

// Prints verdicts with the refused lines between them, in the order of the file. One thread.
class VerdictRows {
 public:
    // Both must outlive this. `refused`: in the order of their lines.
    VerdictRows(RowPrinter& printer, const std::vector<billing::RefusedLine>& refused);

    void print(const billing::LineVerdict& verdict, std::string_view message);
    // There are no more verdicts.
    void finish();
    // After that.
    void print(const billing::BillTotal& total);

 private:
    // Those before that line; 0: all.
    void print_refused(std::uint64_t line);

    RowPrinter& printer_;
    const std::vector<billing::RefusedLine>& refused_;
    std::size_t refused_printed_ = 0;
};

}  // namespace seatledger
