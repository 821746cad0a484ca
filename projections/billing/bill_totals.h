// The sums of a reconciled bill.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "projections/billing/verdict.h"

namespace seatledger::billing {

// Of the lines in one currency.
struct BillTotal {
    std::string currency;     // "": of refused lines that have none which can be read
    std::uint64_t lines = 0;  // judged + set_aside + refused
    std::uint64_t judged = 0;
    std::uint64_t set_aside = 0;
    std::uint64_t refused = 0;
    std::uint64_t refused_without_amount = 0;              // of these: their amounts are in no sum
    std::array<std::uint64_t, verdicts_count> verdicts{};  // of what was judged; and how much was not billed
    // Sums of amounts, exactly: those of judged, set aside and refused lines together are the bill's.
    Decimal amount;
    Decimal amount_judged;
    Decimal amount_set_aside;
    Decimal amount_refused;
    // Of what was judged: amount_judged = explained + at_issue.
    Decimal explained;
    Decimal at_issue;
    Decimal conceded;
    Decimal not_billed;  // what would have been due; above 0

    [[nodiscard]] std::uint64_t count(Verdict verdict) const { return verdicts[static_cast<std::size_t>(verdict)]; }
};

// Adds up. One thread.
class BillTotals {
 public:
    void add(const LineVerdict& verdict);
    void add_refused(const RefusedLine& line);

    // By currency, in the order of their codes.
    [[nodiscard]] std::vector<BillTotal> totals() const;

 private:
    // As long as no more than 10^8 lines are added there is room for whatever decimals a bill can have.
    class Sum {
     public:
        void add(Decimal number);
        [[nodiscard]] Decimal value() const;

     private:
        std::array<Decimal::Units, Decimal::scale_max + 1> units_{};  // by scale
    };
    struct Sums {
        BillTotal counts;
        Sum judged, set_aside, refused, explained, at_issue, conceded, not_billed;
    };

    std::map<std::string, Sums> by_currency_;
};

}  // namespace seatledger::billing
