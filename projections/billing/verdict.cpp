#include "projections/billing/verdict.h"

namespace seatledger::billing {

std::string_view name_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::not_in_ledger: return "not_in_ledger";
        case Verdict::unknown_seat: return "unknown_seat";
        case Verdict::duplicate: return "duplicate";
        case Verdict::billed_before_payment: return "billed_before_payment";
        case Verdict::not_delivered_in_48h: return "not_delivered_in_48h";
        case Verdict::billed_after_revocation: return "billed_after_revocation";
        case Verdict::billed_after_expiry: return "billed_after_expiry";
        case Verdict::billed_after_unbind: return "billed_after_unbind";
        case Verdict::still_in_queue: return "still_in_queue";
        case Verdict::term_shortened: return "term_shortened";
        case Verdict::wrong_quantity: return "wrong_quantity";
        case Verdict::wrong_price: return "wrong_price";
        case Verdict::correct: return "correct";
        case Verdict::not_billed: return "not_billed";
    }
    return "?";
}

std::string_view name_of(Arithmetic arithmetic) {
    switch (arithmetic) {
        case Arithmetic::match: return "match";
        case Arithmetic::explained_by_rounding: return "explained_by_rounding";
        case Arithmetic::explained_by_day_count: return "explained_by_day_count";
        case Arithmetic::mismatch: return "mismatch";
    }
    return "?";
}

std::string_view name_of(LineState state) {
    switch (state) {
        case LineState::judged: return "judged";
        case LineState::set_aside: return "set_aside";
    }
    return "?";
}

}  // namespace seatledger::billing
