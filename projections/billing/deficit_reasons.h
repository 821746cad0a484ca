// Why the ledger has less than a line of a bill claims.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <vector>

#include "projections/billing/seat_claims.h"
#include "projections/billing/verdict.h"

namespace seatledger::billing {

// Seat-days that are claimed and not there, for one reason; and the first that it is about.
struct DeficitReason {
    Verdict reason = Verdict::wrong_quantity;
    std::int64_t seat_days = 0;
    std::int64_t seats = 0;  // most of them on one day

    const LotFacts* lot = nullptr;
    const InvoiceFacts* invoice = nullptr;
    const OrderFacts* order = nullptr;
    LicenseNumber license;
    UserId user;
    const QueueSpan* place = nullptr;  // the last that they had
    Happened ended;                    // by which event the seat ceased to be there
};

class DeficitReasons {
 public:
    DeficitReasons(const SeatPools& pools, SeatClaims& claims) : pools_(pools), claims_(claims) {}

    // Of what the line claims and the ledger has not, every seat-day under one reason: the first that holds of those
    // that the licenses, invoices, orders and people of its product give. In the order of their verdicts. No reason is
    // given for more seats than it is about:
    // - seats that came later explain as many as came with them, and seats that ended as many as went with them: those
    //   that take others' places, or whose places others take, explain nothing;
    // - seats that ended count for as long again as their term was, unless the line names them.
    // Cost: the product's classes, and its open invoices and overdue orders.
    [[nodiscard]] std::vector<DeficitReason> find(const BillLines::Line& line, const Coverage& coverage);

 private:
    using Gaps = std::vector<SeatsOn>;

    void consume(const SeatSteps& seats, const DeficitReason& why);
    void consume(const DayPeriod& days, std::int64_t seats, const DeficitReason& why);
    void find_for_license(const BillLines::Line& line, LicenseNumber license);
    void find_for_person(const BillLines::Line& line);
    void find_for_invoice(const BillLines::Line& line, std::uint32_t invoice);
    void find_later(const BillLines::Line& line, SkuNumber sku);
    void find_open(const BillLines::Line& line, SkuNumber sku);
    void find_revoked(const BillLines::Line& line, SkuNumber sku);
    void find_expired(const BillLines::Line& line, SkuNumber sku);
    void find_unbound(SkuNumber sku);
    [[nodiscard]] DeficitReason before_payment(const InvoiceFacts& invoice, const LotFacts* lot) const;
    [[nodiscard]] DeficitReason after_expiry(const LotFacts& lot, LicenseNumber license) const;
    [[nodiscard]] DeficitReason unbound_by(SkuNumber sku, CivilDay day);
    [[nodiscard]] DeficitReason unbound_by_uncached(SkuNumber sku, CivilDay day) const;

    // Of a class, what was revoked and when; and the first that was.
    struct Revoked {
        SeatSteps seats;
        DeficitReason why;
    };
    const Revoked& revoked_of(std::uint32_t of_class);

    const SeatPools& pools_;
    SeatClaims& claims_;
    std::map<std::uint32_t, Revoked> revoked_;
    std::map<std::pair<SkuNumber, CivilDay>, DeficitReason> unbound_;
    Gaps gaps_;  // what has no reason yet
    std::array<std::optional<DeficitReason>, verdicts_count> found_;
};

}  // namespace seatledger::billing
