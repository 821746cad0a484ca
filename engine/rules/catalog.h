// The vendor's products.
#pragma once

#include "engine/rules/rejection.h"
#include "engine/rules/state.h"
#include "events/command.capnp.h"
#include "events/commit_writer.h"

namespace seatledger::rules {

[[nodiscard]] Verdict check(schema::DefineProduct::Reader command);
[[nodiscard]] Verdict check(schema::ChangeProduct::Reader command);
[[nodiscard]] Verdict check(schema::RetireProduct::Reader command);

[[nodiscard]] Verdict define_product(const Catalog& catalog, schema::DefineProduct::Reader command,
                                     CommitWriter& writer);
[[nodiscard]] Verdict change_product(const Catalog& catalog, schema::ChangeProduct::Reader command,
                                     CommitWriter& writer);
[[nodiscard]] Verdict retire_product(const Catalog& catalog, schema::RetireProduct::Reader command,
                                     CommitWriter& writer);

// `t`: when it took effect.
void evolve(Catalog& catalog, schema::ProductDefined::Reader body, Instant t);
void evolve(Catalog& catalog, schema::ProductChanged::Reader body);
void evolve(Catalog& catalog, schema::ProductRetired::Reader body, Instant t);

[[nodiscard]] std::unexpected<Rejection> unknown_sku(std::string_view sku);
[[nodiscard]] std::unexpected<Rejection> not_offered(std::string_view sku);

// A price as messages carry it, and back.
[[nodiscard]] Price read_price(schema::Money::Reader money);
void write_price(schema::Money::Builder money, const Price& price);

}  // namespace seatledger::rules
