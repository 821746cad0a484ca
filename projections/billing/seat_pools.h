// What a bill may charge for: the seats of each product, by the terms and prices that they have.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "projections/billing/bill_lines.h"
#include "projections/billing/seat_days.h"
#include "projections/billing/seat_steps.h"

namespace seatledger::billing {

// Lots of one product with the same days of term and the same price: seats of them cannot be told apart on a bill,
// unless it names an invoice or a license.
struct LotClass {
    SkuNumber sku;
    DayPeriod term;
    Exact unit_price;                       // of a seat for the term
    bool has_own_end = false;               // its invoice lines say when it ends, and their price is for all of it
    std::int64_t seats = 0;                 // in all
    std::vector<std::uint32_t> lots;        // indexes, in the order in which they were issued
    std::vector<std::int64_t> seats_up_to;  // of each lot and those before it
    SeatSteps entitled;                     // purchased: those that run; assigned: those of them that somebody had

    // Whether a bill for so many seats may mean these just by their days.
    [[nodiscard]] bool has_term(const DayPeriod& period) const { return term == period; }
};

// How lines of a bill speak of a product's seats, which is how what they leave out is found.
enum class Billed : std::uint8_t { not_at_all, by_number, by_seat, both };

struct SkuPool {
    schema::Billing billing = schema::Billing::PURCHASED;
    bool has_anything = false;  // of this account's, ever
    Billed billed = Billed::not_at_all;
    bool is_by_license = false;          // each line for its seats names one license
    std::vector<std::uint32_t> classes;  // indexes, by the begin of their terms, then by age
    SeatSteps entitled;                  // of all of them; membership: people in queues
    SeatSteps after_unbind;              // seats that somebody had before, and people who were in a queue
};

// A line of an invoice that is neither paid nor void.
struct OpenInvoiceLine {
    std::uint32_t invoice = 0;  // index
    std::uint32_t line = 0;     // from 0
};

// The people in queues, and when.
struct MemberOf {
    UserId user;
    DayPeriod days;
};

class SeatPools {
 public:
    // Links of the lines do not matter. Cost: every lot; every revoked license; and of products that the bill does not
    // name seats of, every license that is billed by its binding.
    SeatPools(const SeatDays& days, const BillLines& lines);

    static constexpr std::uint32_t no_class = ~std::uint32_t{0};

    [[nodiscard]] const SeatDays& days() const { return days_; }
    [[nodiscard]] const AccountHistory& history() const { return days_.history(); }
    // All days that lines of the bill are for, and those between them.
    [[nodiscard]] const DayPeriod& horizon() const { return horizon_; }
    // The days that the bill is of: those of its billing periods if it has any, otherwise those that it charges for.
    // In order, with other days between one and the next.
    [[nodiscard]] std::span<const DayPeriod> billed_in() const { return billed_in_; }
    [[nodiscard]] bool is_billed_in(CivilDay day) const;

    // The number of a line's product; 0: the ledger has none of that name.
    [[nodiscard]] SkuNumber sku_of(const BillLines::Line& line) const { return skus_[line.sku]; }
    // The index of the invoice that the line names; nothing if the ledger has none of that name.
    [[nodiscard]] std::optional<std::uint32_t> invoice_of(const BillLines::Line& line) const;

    [[nodiscard]] const SkuPool& pool(SkuNumber sku) const { return pools_[sku.value - 1]; }
    [[nodiscard]] std::span<const LotClass> classes() const { return classes_; }
    [[nodiscard]] std::uint32_t class_of(const LotFacts& lot) const {
        return class_of_lot_[static_cast<std::size_t>(&lot - history().lots().data())];
    }
    [[nodiscard]] std::span<const OpenInvoiceLine> open_lines(SkuNumber sku) const {
        return open_lines_[sku.value - 1];
    }
    [[nodiscard]] std::span<const std::uint32_t> orders(SkuNumber sku) const { return orders_[sku.value - 1]; }

    // With the claims of a bill's lines parted into so many shares, that of these; 0, the first. Lines for licenses
    // that nothing but lines for the same license can claim are parted by the license.
    [[nodiscard]] std::uint32_t share_of(SkuNumber sku, LicenseNumber license, std::uint32_t shares) const {
        return sku && pool(sku).is_by_license ? license.value % shares : 0;
    }
    [[nodiscard]] std::uint32_t share_of(const BillLines::Line& line, std::uint32_t shares) const {
        return shares == 1 ? 0 : share_of(sku_of(line), LicenseNumber(line.license), shares);
    }

    // Whether it took effect by the as-of instant.
    [[nodiscard]] bool is_known(const Happened& happened) const { return happened && happened.at <= days_.as_of(); }
    // Of one lot alone, what LotClass::entitled has of all.
    [[nodiscard]] SeatSteps entitled(const LotFacts& lot) const;

 private:
    void read_lines(const BillLines& lines);
    void find_billed_in(const BillLines& lines);
    void read_invoices_and_orders();
    void make_classes();
    std::uint32_t class_for(const LotFacts& lot);
    void add_purchased();
    void add_assigned();
    void add_members();

    const SeatDays& days_;
    DayPeriod horizon_;
    std::vector<DayPeriod> billed_in_;
    std::vector<SkuNumber> skus_;                         // by the bill's number of the name
    std::vector<std::optional<std::uint32_t>> invoices_;  // the same
    std::vector<SkuPool> pools_;                          // by SkuNumber - 1, as the next
    std::vector<std::vector<OpenInvoiceLine>> open_lines_;
    std::vector<std::vector<std::uint32_t>> orders_;  // indexes of those that were ever overdue
    std::vector<LotClass> classes_;
    std::vector<std::uint32_t> class_of_lot_;
};

}  // namespace seatledger::billing
