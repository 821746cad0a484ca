// What each line of a bill takes of the seats that the ledger has.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <memory>
#include <vector>

#include "engine/prefetch.h"
#include "projections/billing/bill_lines.h"
#include "projections/billing/seat_pools.h"
#include "projections/billing/seat_steps.h"

namespace seatledger::billing {

// Seats that the ledger has.
struct CoveredPart {
    std::uint32_t of_class = SeatPools::no_class;  // none: places in queues
    LicenseNumber license;                         // 0: no one in particular
    DayPeriod days;
    std::int64_t seats = 0;
    bool is_given_back = false;  // what another line gives back, beyond what the ledger has
};

// Of what a line claims, what the ledger has and what it has not. The days of both lie within the line's period, unless
// it is a true-up.
struct Coverage {
    std::vector<CoveredPart> parts;
    std::vector<SeatsOn> gaps;
    // Seats that were added to others until the end of their term, for a price that was agreed for all of it: it is
    // billed as if they had been there before.
    bool is_true_up = false;

    void clear() {
        parts.clear();
        gaps.clear();
        is_true_up = false;
    }
};

// Days on which a license was somebody's: what a seat may be billed for.
struct SeatPiece {
    LicenseNumber license;
    DayPeriod days;
};

// Of which lines claims are kept: those whose share (SeatPools::share_of) is this one of so many.
struct Share {
    std::uint32_t index = 0;
    std::uint32_t of = 1;
};

// Lines claim one after the other; what one has claimed is not there for the next. What lines give back can be claimed
// once more, by whichever line, but only when nothing else is left: it may have been charged by a line of this bill, or
// by an earlier bill of which nothing is known.
class SeatClaims {
 public:
    // Both must outlive it.
    SeatClaims(const SeatPools& pools, const BillLines& lines, Share share);

    // Nothing is claimed, and what the lines give back is free.
    void reset();

    // What the line's seats are, if it claims now. The line is about seats of a product of the ledger; whom or what it
    // names, if it does, is known. Cost: the classes of the product whose terms have to do with its days.
    void find(const BillLines::Line& line, Coverage& coverage);
    // The same for seats of a product by their number, on those days.
    void find(SkuNumber sku, const SeatsOn& seats, Coverage& coverage);
    // The licenses, or places in queues, that the line gives back: whatever became of them.
    void find_given_back(const BillLines::Line& line, Coverage& coverage);
    void claim(const BillLines::Line& line, const Coverage& coverage);

    // Licenses of the product that the person ever had, the newest first. The line names them.
    [[nodiscard]] std::vector<LicenseNumber> licenses_of(SkuNumber sku, UserId user);
    // For what days the line may bill this license, as far as the ledger goes.
    [[nodiscard]] std::vector<SeatPiece> pieces_of(const BillLines::Line& line, LicenseNumber license);

    // What is left.
    [[nodiscard]] const SeatSteps& free_of(std::uint32_t of_class) const { return classes_[of_class]; }
    [[nodiscard]] const SeatSteps& free_members(SkuNumber sku) const { return members_[sku.value - 1]; }
    [[nodiscard]] SeatSteps& free_of_lot(std::uint32_t lot);
    // Whether any line claimed or gave back seats of the class by their number; of the lot, by its invoice.
    [[nodiscard]] bool is_touched(std::uint32_t of_class) const { return touched_[of_class]; }
    [[nodiscard]] bool is_lot_touched(std::uint32_t lot) const { return lots_.contains(lot); }
    [[nodiscard]] bool is_license_touched(LicenseNumber license) const { return licenses_.has(license.value); }
    [[nodiscard]] bool is_any_license_touched() const { return !licenses_.is_empty(); }
    // Takes the days away that lines have claimed; claims that have none of those days need not be taken.
    void subtract_claims(LicenseNumber license, const DayPeriod& within, SeatSteps& from) const {
        licenses_.subtract(license.value, within, from);
    }
    void subtract_claims(UserId user, const DayPeriod& within, SeatSteps& from) const {
        people_.subtract(user.value, within, from);
    }

    // Begin to fetch what subtract_claims() will read of a license, the second what the first has brought.
    void prefetch_claims_begin(LicenseNumber license) const { licenses_.prefetch_begin(license.value); }
    void prefetch_claims(LicenseNumber license) const { licenses_.prefetch(license.value); }

    // People and their licenses. Made when it is needed first.
    [[nodiscard]] const SpansByUser& spans();

 private:
    // Claims by a number: of a license, or a person.
    class Claims {
     public:
        // Room for so many of each, by number, where they then lie side by side: a license that a long bill names many
        // times is looked at as often. What is beyond that is chained.
        void make_room(const std::vector<std::uint32_t>& counts);
        void add(std::uint32_t of, const DayPeriod& days, std::int64_t seats);
        // Those that have any of the days.
        void subtract(std::uint32_t of, const DayPeriod& within, SeatSteps& from) const;
        [[nodiscard]] bool has(std::uint32_t of) const {
            return (of < used_.size() && used_[of] > 0) || (of < newest_.size() && newest_[of] != 0);
        }
        [[nodiscard]] bool is_empty() const { return is_empty_; }
        void prefetch_begin(std::uint32_t of) const {
            if (of >= used_.size()) return;
            prefetch_line(&begins_[of]);
            prefetch_line(&used_[of]);
        }
        void prefetch(std::uint32_t of) const {
            if (of < used_.size()) prefetch_line(claims_.data() + begins_[of]);
        }

     private:
        struct Claim {
            DayPeriod days;
            std::int64_t seats = 0;
        };
        struct Chained {
            Claim claim;
            std::uint32_t before;  // of the same; 1 + index
        };

        bool is_empty_ = true;
        std::vector<std::uint32_t> begins_;  // in claims_
        std::vector<std::uint32_t> used_;
        std::vector<Claim> claims_;
        std::vector<std::uint32_t> newest_;  // 1 + index
        std::vector<Chained> chained_;
    };
    using Gaps = std::vector<SeatsOn>;

    [[nodiscard]] bool has_share(const BillLines::Line& line) const {
        return pools_.share_of(line, share_.of) == share_.index;
    }
    void make_room_for_claims();

    // Of the gaps, what is free becomes parts like that one.
    static void take(Gaps& gaps, const SeatSteps& free, const SeatSteps* also, const CoveredPart& like,
                     std::vector<CoveredPart>& parts);
    void find_seat(const BillLines::Line& line, Coverage& coverage);
    void find_person(const BillLines::Line& line, Coverage& coverage);
    void find_in_invoice(const BillLines::Line& line, std::uint32_t invoice, Coverage& coverage);
    bool find_true_up(const BillLines::Line& line, Coverage& coverage);
    [[nodiscard]] bool is_true_up(const BillLines::Line& line, std::uint32_t of_class) const;
    void take_class(std::uint32_t of_class, bool given_back, Coverage& coverage);
    void take_members(SkuNumber sku, Coverage& coverage);
    void give_back(const BillLines::Line& line, Coverage& coverage);
    // Those of the product with just that term; the first are those that the line's price fits, if it is given.
    void exact_classes(SkuNumber sku, const DayPeriod& term, const BillLines::Line* line);
    void find_in_classes(SkuNumber sku, const DayPeriod& period, const BillLines::Line* line, Coverage& coverage);
    [[nodiscard]] bool fits_price(const BillLines::Line& line, const LotClass& of) const;

    const SeatPools& pools_;
    const BillLines& lines_;
    Share share_;
    std::vector<SeatSteps> classes_;
    std::vector<SeatSteps> members_;       // by SkuNumber - 1
    std::vector<std::int64_t> most_free_;  // of each class, on any day
    std::vector<SeatSteps> classes_given_back_;
    std::vector<SeatSteps> members_given_back_;
    boost::unordered_flat_map<std::uint32_t, SeatSteps> lots_;
    std::vector<bool> touched_;
    std::vector<bool> has_true_ups_;  // by SkuNumber - 1
    Claims licenses_;
    Claims people_;
    std::unique_ptr<SpansByUser> spans_;
    std::vector<std::uint32_t> exact_;  // that exact_classes() found
    std::vector<HeldDays> held_;
    Gaps rest_;
};

// Seats of the class at one price, as the line has it: the same for all of its seats.
[[nodiscard]] Exact price_of_seats(const Exact& unit_price, Decimal quantity);

}  // namespace seatledger::billing
