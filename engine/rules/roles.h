// Who may do what: one table.
#pragma once

#include <cstdint>
#include <expected>
#include <span>
#include <string>
#include <string_view>

#include "engine/rules/caller.h"
#include "engine/rules/entities.h"
#include "engine/rules/rejection.h"
#include "events/command.capnp.h"
#include "events/types.capnp.h"

namespace seatledger::rules {

// What one may do besides giving commands.
enum class Right : std::uint8_t {
    read_seats,     // licenses, users, products, queues, access
    read_bills,     // invoices, orders, what is billed by membership
    read_history,   // events that name something
    read_events,    // all events of an account
    read_catalog,   // products and their prices, which are of no account
    read_ledger,    // what belongs to no account: the whole log, the tables, the state of the server
    manage_tokens,  // of the account: issue, list and revoke them
};

// Whose part of it.
enum class Extent : std::uint8_t { everybody, oneself };

// The roles of an account that may give the command; the vendor may give every one. Empty: only the vendor.
[[nodiscard]] std::span<const schema::Role> roles_for(schema::Command::Which command);
// Roles that may not give it either, but are told so by a rule of the command's own.
[[nodiscard]] std::span<const schema::Role> roles_told_apart(schema::Command::Which command);

// The roles that have the right; the vendor has every one.
[[nodiscard]] std::span<const schema::Role> roles_for(Right right);

// Whether the caller, who has these roles in the account (empty: what belongs to none), has the right (role_required).
// A person who has none of the roles that it needs may still read seats and history as far as they are about themself.
// `roles` count for a person only: a program has the role of its token.
[[nodiscard]] std::expected<Extent, Rejection> authorize(Right right, std::string_view account, const Caller& caller,
                                                         Roles roles);

// Whether the account is the caller's business at all (role_required, whether or not there is such an account).
[[nodiscard]] Verdict check_account(const Caller& caller, std::string_view account);

// Whether somebody with these roles has one of the list. Everyone registered is a member.
[[nodiscard]] bool has_one_of(Roles roles, std::span<const schema::Role> list);
// "the vendor, superAdmin, admin".
[[nodiscard]] std::string names_of(std::span<const schema::Role> roles);

// The command's key in JSON, such as bindLicense.
[[nodiscard]] std::string command_name(schema::Command::Which command);

}  // namespace seatledger::rules
