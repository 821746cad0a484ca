// Licenses: bind, unbind, reassign, expiry.
#pragma once

#include "engine/rules/catalog.h"
#include "engine/rules/event_head.h"
#include "engine/rules/rejection.h"
#include "engine/rules/state.h"
#include "events/command.capnp.h"
#include "events/commit_writer.h"

namespace seatledger::rules {

// `prefix`: what stands before the fields' names in messages, such as "rows[3].".
[[nodiscard]] Verdict check(schema::BindLicense::Reader command, std::string_view prefix = {});
[[nodiscard]] Verdict check(schema::UnbindLicense::Reader command, std::string_view prefix = {});
[[nodiscard]] Verdict check(schema::ReassignLicense::Reader command);
[[nodiscard]] Verdict check(schema::BindLicenses::Reader command);
[[nodiscard]] Verdict check(schema::UnbindLicenses::Reader command);

[[nodiscard]] Verdict bind_license(State& state, const Account& account, schema::BindLicense::Reader command,
                                   CommitWriter& writer);
[[nodiscard]] Verdict unbind_license(State& state, const Account& account, schema::UnbindLicense::Reader command,
                                     CommitWriter& writer);
[[nodiscard]] Verdict reassign_license(State& state, const Account& account, schema::ReassignLicense::Reader command,
                                       CommitWriter& writer);

// Any free license of the product at `t`: the one that ends first, of several the lowest number. 0: none is free.
[[nodiscard]] LicenseNumber find_free_license(State& state, const Account& account, ProductNumber product, Instant t);

// Those that have not ended at `t`.
[[nodiscard]] std::vector<Holding> held_at(const Holdings& holdings, Instant t);

// What a bind at `t` and an unbind do to what a person holds. What has ended by `t` is forgotten then.
void give(Holdings& holdings, const Holding& given, Instant t);
void take_away(Holdings& holdings, LicenseNumber license);

// Writes that those of the licenses of the lot that begins with `first` that were not revoked have ended. Cost:
// constant, or a look at each of them where some were revoked or, of a product that keeps phones, phones are
// configured.
void expire_licenses(State& state, const Account& account, LicenseNumber first, CommitWriter& writer);

void write_binding(schema::LicenseHeld::Builder body, LicenseNumber license, UserId user, std::string_view sku);

void license_bound(State& state, const Account& account, const EventHead& head);
void license_unbound(State& state, const Account& account, const EventHead& head);
void licenses_expired(State& state, const Account& account, const EventHead& head);

}  // namespace seatledger::rules
