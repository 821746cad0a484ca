// What is said of a line of a vendor's bill, and of what the ledger has and the bill has not.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/ids.h"
#include "projections/billing/bill_line.h"
#include "projections/billing/decimal.h"
#include "projections/billing/facts.h"
#include "projections/billing/price_book.h"
#include "projections/billing/proration.h"

namespace seatledger::billing {

// In the order in which they are looked for: the verdict of a line is the first that holds.
enum class Verdict : std::uint8_t {
    not_in_ledger,
    unknown_seat,
    duplicate,
    billed_before_payment,
    not_delivered_in_48h,
    billed_after_revocation,
    billed_after_expiry,
    billed_after_unbind,
    still_in_queue,
    term_shortened,
    wrong_quantity,
    wrong_price,
    correct,
    not_billed,  // of no line
};
inline constexpr std::size_t verdicts_count = static_cast<std::size_t>(Verdict::not_billed) + 1;

enum class Arithmetic : std::uint8_t { match, explained_by_rounding, explained_by_day_count, mismatch };

enum class LineState : std::uint8_t {
    judged,
    set_aside,  // carried, not judged: its verdict and arithmetic mean nothing
};

// As in JSON: not_in_ledger …, match …, judged …
[[nodiscard]] std::string_view name_of(Verdict verdict);
[[nodiscard]] std::string_view name_of(Arithmetic arithmetic);
[[nodiscard]] std::string_view name_of(LineState state);

// What a message says beyond the verdict.
enum class Note : std::uint8_t {
    none,
    // Why a line is set aside.
    tax,
    credit,
    other,
    foreign_currency,
    no_days,
    no_quantity,
    // not_in_ledger
    unknown_sku,
    nothing_of_account,
    unknown_invoice,
    invoice_without_sku,
    // unknown_seat
    unknown_license,
    license_of_other_sku,
    unknown_person,
    person_without_seat,
    license_of_membership,
    // billed_before_payment
    invoice_is_open,
    // not_delivered_in_48h
    order_is_open,
    // wrong_quantity
    too_few,
    // correct
    netted,
    gives_back,
    true_up,
    unbound_but_purchased,
    amount_does_not_follow,
};

// Of the days that a line claims and the ledger does not have, how many have which reason.
struct Deficit {
    Verdict reason = Verdict::wrong_quantity;
    std::int64_t seat_days = 0;
    std::int64_t seats = 0;  // most of them on one day
};

// What messages are made from. What does not go with the verdict is empty.
struct VerdictDetails {
    Note note = Note::none;

    // The line, as it was billed.
    std::string sku;
    std::string invoice;
    std::optional<std::uint32_t> license;
    UserId user;        // whom it names, if the ledger knows them
    std::string email;  // … if it does not
    Decimal quantity;
    std::optional<Decimal> unit_price;
    DayPeriod period;

    // What the ledger has.
    schema::Billing billing = schema::Billing::PURCHASED;
    std::int64_t seats_billed = 0;
    std::int64_t seat_days_billed = 0;
    std::int64_t seat_days_covered = 0;
    std::vector<SeatsOn> covered;    // of a line, the same by days, of which some may be there more than once
    std::vector<Deficit> deficits;   // in the order of their verdicts
    std::int64_t missing_seats = 0;  // too_few, not_billed

    // The licenses, or the invoice line, that decide it.
    std::string ledger_invoice;
    LicenseNumber first_license;  // of the lot, or the one that it is about
    std::uint32_t lot_quantity = 0;
    std::optional<DayPeriod> term;
    std::optional<CivilDay> issued;  // of the invoice
    std::optional<CivilDay> paid;
    std::optional<CivilDay> ended;  // revoked, unbound, left their last queue
    bool is_reversed = false;       // what revoked it was the payment's reversal
    OrderNumber order;
    std::optional<CivilDay> requested;
    std::optional<CivilDay> due;

    // Who it is about, and the queue that they are in.
    UserId person;
    std::uint64_t persons = 0;  // of whom the same can be said
    std::string queue;
    schema::QueueKind queue_kind = schema::QueueKind::CALL;
    schema::QueueRole queue_role = schema::QueueRole::AGENT;
    std::optional<CivilDay> member_since;
    std::optional<CivilDay> without_license_since;

    // Prices of a seat for a term.
    std::optional<Decimal> price_in_force;
    Sequence price_since;      // by which event of the catalogue
    Sequence price_copied;     // by which invoice
    Sequence billed_price_of;  // the version of the catalogue that has the billed price; 0: none has
    std::optional<CivilDay> billed_price_since;
};

struct LineVerdict {
    std::uint64_t line = 0;  // of the file; 0: not_billed
    LineState state = LineState::judged;
    Verdict verdict = Verdict::correct;
    Arithmetic arithmetic = Arithmetic::match;
    std::vector<Rounding> roundings;    // explained_by_rounding: by each of these
    std::vector<DayCount> day_counts;   // explained_by_day_count
    std::optional<Decimal> difference;  // mismatch: by how much the amount differs from its own seats, days and price

    std::string currency;
    Decimal amount;     // as billed
    Decimal explained;  // by the ledger
    Decimal at_issue;   // amount - explained; negative where too little was billed
    Decimal conceded;   // amount - max(at_issue, 0)

    static constexpr std::size_t because_max = 100;
    std::vector<Sequence> because;  // the events that decide it, sorted
    bool because_has_more = false;
    std::uint64_t of_line = 0;  // of what it is a duplicate, nets or corrects; 0: of none

    VerdictDetails details;
};

}  // namespace seatledger::billing
