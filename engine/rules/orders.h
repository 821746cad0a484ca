// Orders: a wish for more licenses, which the vendor has 48 hours to fulfil.
#pragma once

#include "engine/rules/event_head.h"
#include "engine/rules/rejection.h"
#include "engine/rules/state.h"
#include "events/command.capnp.h"
#include "events/commit_writer.h"

namespace seatledger::rules {

inline constexpr std::int64_t order_time_micros = std::int64_t{48} * 3'600 * 1'000'000;

[[nodiscard]] Verdict check(schema::RequestLicenses::Reader command);
[[nodiscard]] Verdict check(schema::FulfillOrder::Reader command);
[[nodiscard]] Verdict check(schema::CancelOrder::Reader command);

// Whether the product's price is in the account's currency (value_not_allowed).
[[nodiscard]] Verdict check_currencies(const Catalog& catalog, const Account& account,
                                       schema::RequestLicenses::Reader command);
// Of which the currency is known to be in order.
[[nodiscard]] Verdict request_licenses(State& state, const Account& account, schema::RequestLicenses::Reader command,
                                       CommitWriter& writer);
// Raises an invoice for it, at the catalogue's price of this moment.
[[nodiscard]] Verdict fulfill_order(State& state, const Account& account, schema::FulfillOrder::Reader command,
                                    CommitWriter& writer);
[[nodiscard]] Verdict cancel_order(State& state, const Account& account, schema::CancelOrder::Reader command,
                                   CommitWriter& writer);

// Orders a license of the product for somebody who is just being registered, if who registers them may.
[[nodiscard]] Verdict order_for(State& state, const Account& account, const Product& product, UserId user,
                                CommitWriter& writer);

// Writes what the payment of the invoice that was raised for an order does to it: `first` is its first license.
void write_fulfilled(State& state, const Account& account, OrderNumber order, LicenseNumber first,
                     CommitWriter& writer);
// Writes that the licenses of the order were not there in time.
void write_overdue(OrderNumber order, CommitWriter& writer);

void licenses_requested(State& state, const Account& account, const EventHead& head);
void order_overdue(State& state, const Account& account, schema::OrderNamed::Reader body);
void order_closed(State& state, const Account& account, schema::OrderNamed::Reader body);

}  // namespace seatledger::rules
