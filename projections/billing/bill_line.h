// A line of a vendor's bill, in the one form in which every format of bills is read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "events/calendar.h"
#include "projections/billing/decimal.h"

namespace seatledger::billing {

// What a line is about, as far as the bill itself says so.
enum class LineKind : std::uint8_t {
    charge,      // for seats over a period; a negative one gives such a charge back
    correction,  // of a charge that an earlier line, or an earlier bill, has
    credit,      // granted, and not for seats of a period: carried, not judged
    tax,         // carried, not judged
    other,       // a fee, support, anything that is no seat: carried, not judged
};

// Civil days in the account's billing zone, the end left out: whatever way the bill writes its ends.
struct DayPeriod {
    CivilDay begin;
    CivilDay end;

    [[nodiscard]] std::int32_t days() const { return end.number - begin.number; }
    bool operator==(const DayPeriod&) const = default;
};

// Seats on each of some days.
struct SeatsOn {
    DayPeriod days;
    std::int64_t seats = 0;
};

struct BillLine {
    std::uint64_t line = 0;  // on which the record begins in the file, from 1, the header counted
    LineKind kind = LineKind::charge;
    std::string sku;                       // the ledger's, after the mapping; empty only where nothing is judged
    std::string bill_sku;                  // as the bill has it
    std::string invoice;                   // the ledger's that it says it charges for; empty: it does not say
    std::string bill_invoice;              // as the bill has it: often the vendor's own number, not the ledger's
    std::optional<std::uint32_t> license;  // the seat, where it names one
    std::string email;                     // … by its person; empty: it does not say
    DayPeriod period;                      // for which it charges
    std::optional<DayPeriod> billed_in;    // the billing period, where the bill has one
    Decimal quantity;                      // of seats; may be negative
    std::optional<Decimal> unit_price;     // of a seat: for a term, or for this line's period; bills do either
    Decimal amount;                        // without tax
    Decimal tax;                           // beside it, where the bill has such a column
    std::string currency;                  // ISO 4217
    std::string id;                        // by which the bill names this line; empty: by none
    std::string corrects;                  // the id of the line that it corrects; empty: it does not say
    std::string description;               // what the bill calls it
};

// A record that cannot be read as a line. Nothing of it is judged; its amount counts where at least that can be read.
struct RefusedLine {
    std::uint64_t line = 0;
    std::string reason;  // which field, what is wrong with it, what to do
    std::optional<Decimal> amount;
    std::string currency;  // empty: it cannot be read, or there is none
};

}  // namespace seatledger::billing
