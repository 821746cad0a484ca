// Which events of an account decide what is said of a line.
#pragma once

#include <array>
#include <cstdint>
#include <set>
#include <string_view>

#include "projections/billing/account_history.h"
#include "tools/dossier/dossier.h"

namespace seatledger {

// Each has all that the one before it has.
enum class Reach : std::uint8_t {
    seat,     // the product, its invoices and licenses; who had the seat that the line names, and who is in queues
    product,  // who had any seat of the product
    account,  // everything that says something of billing
};
inline constexpr std::array reaches = {Reach::seat, Reach::product, Reach::account};

// From a history with the line's window (window_of()). Of who bears which address, of disputes and of how the account
// was opened it knows nothing. A hint: whether the choice is enough is seen by judging the line from it alone.
[[nodiscard]] std::set<Sequence> choose_events(const billing::AccountHistory& history, const Dossier::Line& line,
                                               const billing::LineVerdict& verdict, Reach reach);

// What happened to an invoice, and what it issued; nothing, if there is no such invoice.
[[nodiscard]] std::set<Sequence> invoice_events(const billing::AccountHistory& history, std::string_view id);

}  // namespace seatledger
