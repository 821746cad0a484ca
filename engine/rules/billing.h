// Invoices and their payment, which is what issues licenses.
#pragma once

#include "engine/rules/rejection.h"
#include "engine/rules/state.h"
#include "events/command.capnp.h"
#include "events/commit_writer.h"

namespace seatledger::rules {

inline constexpr std::uint64_t quantity_max = 1'000'000;  // licenses of one invoice line

[[nodiscard]] Verdict check(schema::IssueInvoice::Reader command);
[[nodiscard]] Verdict check(schema::VoidInvoice::Reader command);
[[nodiscard]] Verdict check(schema::RecordPayment::Reader command);

[[nodiscard]] Verdict issue_invoice(State& state, const Account& account, schema::IssueInvoice::Reader command,
                                    CommitWriter& writer);
[[nodiscard]] Verdict void_invoice(State& state, const Account& account, schema::VoidInvoice::Reader command,
                                   CommitWriter& writer);
[[nodiscard]] Verdict record_payment(State& state, const Account& account, schema::RecordPayment::Reader command,
                                     CommitWriter& writer);

void evolve(State& state, const Account& account, schema::InvoiceIssued::Reader body);
void evolve(State& state, const Account& account, schema::InvoicePaid::Reader body);
void evolve(State& state, const Account& account, schema::InvoiceVoided::Reader body);
void evolve(State& state, const Account& account, schema::LicensesIssued::Reader body);

}  // namespace seatledger::rules
