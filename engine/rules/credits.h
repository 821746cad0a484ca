// What is taken back of an invoice that was paid: credits, and the reversal of the payment.
#pragma once

#include "engine/rules/rejection.h"
#include "engine/rules/state.h"
#include "events/command.capnp.h"
#include "events/commit_writer.h"

namespace seatledger::rules {

[[nodiscard]] Verdict check(schema::CreditInvoice::Reader command);
[[nodiscard]] Verdict check(schema::ReversePayment::Reader command);

// Whether the amount is in the account's currency (value_not_allowed).
[[nodiscard]] Verdict check_currencies(const Account& account, schema::CreditInvoice::Reader command);
// Of which the currency is known to be in order. Revokes so many licenses of the line: the free ones with the highest
// numbers first, then the bound ones with the highest numbers; of those whose term has ended none.
[[nodiscard]] Verdict credit_invoice(State& state, const Account& account, schema::CreditInvoice::Reader command,
                                     CommitWriter& writer);
// Revokes every license of the invoice whose term has not ended.
[[nodiscard]] Verdict reverse_payment(State& state, const Account& account, schema::ReversePayment::Reader command,
                                      CommitWriter& writer);

void evolve(State& state, const Account& account, schema::InvoiceCredited::Reader body);
void evolve(State& state, const Account& account, schema::PaymentReversed::Reader body);
void evolve(State& state, const Account& account, schema::LicensesRevoked::Reader body);

}  // namespace seatledger::rules
