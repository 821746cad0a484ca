// Invoices and their payment, which is what issues licenses.
#pragma once

#include "engine/rules/event_head.h"
#include "engine/rules/rejection.h"
#include "engine/rules/state.h"
#include "events/command.capnp.h"
#include "events/commit_writer.h"

namespace seatledger::rules {

inline constexpr std::uint64_t quantity_max = 1'000'000;  // licenses of one invoice line

[[nodiscard]] Verdict check(schema::IssueInvoice::Reader command);
[[nodiscard]] Verdict check(schema::VoidInvoice::Reader command);
[[nodiscard]] Verdict check(schema::RecordPayment::Reader command);

[[nodiscard]] std::expected<const Invoice*, Rejection> find_invoice(State& state, const Account& account,
                                                                    std::string_view id);
[[nodiscard]] std::string_view name_of(InvoiceState state);

// Whether this is the account's currency (value_not_allowed). `what`: the field and what is in it, up to the currency;
// `remedy`: what to do, up to the account's.
[[nodiscard]] Verdict check_currency(const std::string& what, std::string_view currency, const Account& account,
                                     const std::string& remedy);
// Whether the account can order the product (value_not_allowed), and so many of it (quantity_must_be_positive).
// `field`: by what it was named, up to its sku.
[[nodiscard]] Verdict check_currency(const std::string& field, const Product& product, const Account& account);
[[nodiscard]] Verdict check_quantity(const std::string& what, std::uint64_t quantity);

// Whether each line's price, its own or the catalogue's, is in the account's currency (value_not_allowed).
[[nodiscard]] Verdict check_currencies(const Catalog& catalog, const Account& account,
                                       schema::IssueInvoice::Reader command);
// Of which the currencies are known to be in order.
[[nodiscard]] Verdict issue_invoice(State& state, const Account& account, schema::IssueInvoice::Reader command,
                                    CommitWriter& writer);
// One for the order, of which everything but the number is known to be in order.
[[nodiscard]] Verdict issue_invoice_for(State& state, const Account& account, const Order& order, std::string_view id,
                                        CommitWriter& writer);
[[nodiscard]] Verdict void_invoice(State& state, const Account& account, schema::VoidInvoice::Reader command,
                                   CommitWriter& writer);
[[nodiscard]] Verdict record_payment(State& state, const Account& account, schema::RecordPayment::Reader command,
                                     CommitWriter& writer);

void invoice_issued(State& state, const Account& account, const EventHead& head);
void evolve(State& state, const Account& account, schema::InvoicePaid::Reader body);
void evolve(State& state, const Account& account, schema::InvoiceVoided::Reader body);
void evolve(State& state, const Account& account, schema::LicensesIssued::Reader body);
void evolve(State& state, const Account& account, schema::NotificationQueued::Reader body);

}  // namespace seatledger::rules
