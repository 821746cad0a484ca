// What the seats of a bill's line cost, and how the amount of the line comes about.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

#include "projections/billing/proration.h"
#include "projections/billing/seat_claims.h"
#include "projections/billing/verdict.h"

namespace seatledger::billing {

// Seats that cost the same, on the same days of terms of the same length.
struct SeatsCharge {
    Charge charge;
    std::optional<ChargedPeriods> periods;
};

// How an amount comes about from several charges. As Explanation, but the rules are those of all of them.
struct MoneyOf {
    Arithmetic arithmetic = Arithmetic::match;
    std::vector<Rounding> roundings;
    std::vector<DayCount> day_counts;
    Exact expected;  // by the price book, to the minor unit
};

class LineMoney {
 public:
    LineMoney(const SeatPools& pools, const PriceBook& book) : pools_(pools), book_(book) {}

    // The parts as charges for the line's quantity: a line for half a seat pays half of a seat's price. Whatever is not
    // covered costs what the ledger has for such seats on such days: that of the parts, otherwise of the product's
    // newest term with any of them, otherwise of the catalogue. `seat`: how much of a seat each is; negative for what
    // is given back.
    [[nodiscard]] std::vector<SeatsCharge> charges(SkuNumber sku, const std::vector<CoveredPart>& parts,
                                                   const Exact& seat) const;
    [[nodiscard]] std::vector<SeatsCharge> charges_of_all(SkuNumber sku, const Coverage& coverage,
                                                          const Exact& seat) const;

    // To so many decimals, by that rule.
    [[nodiscard]] static Exact sum(const std::vector<SeatsCharge>& charges, Rounding rounding, unsigned digits);
    [[nodiscard]] MoneyOf explain(Decimal amount, const std::vector<SeatsCharge>& charges, unsigned digits) const;

    // Whether a seat's price, as it is printed, is that of one of the charges: for its term or for its days.
    [[nodiscard]] bool is_price_of(Decimal unit_price, const std::vector<SeatsCharge>& charges) const;

 private:
    struct Run {
        std::uint32_t of_class;
        DayPeriod days;
        std::int64_t seats;
    };
    static std::vector<Run> runs(const std::vector<CoveredPart>& parts);
    void add_member_charges(SkuNumber sku, const DayPeriod& days, const Exact& quantity,
                            std::vector<SeatsCharge>& charges) const;
    void add_catalog_charge(SkuNumber sku, const DayPeriod& days, const Exact& quantity,
                            std::vector<SeatsCharge>& charges) const;
    [[nodiscard]] std::uint32_t class_for_gaps(SkuNumber sku, const Coverage& coverage) const;

    const SeatPools& pools_;
    PriceBook book_;
    mutable std::map<std::pair<SkuNumber, std::int32_t>, SeatPrice> member_prices_;
};

}  // namespace seatledger::billing
