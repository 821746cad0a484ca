// Who may do what: one table.
#pragma once

#include <span>
#include <string>

#include "events/command.capnp.h"
#include "events/types.capnp.h"

namespace seatledger::rules {

// The roles of an account that may give the command; the vendor may give every one. Empty: only the vendor.
[[nodiscard]] std::span<const schema::Role> roles_for(schema::Command::Which command);

// Roles that may not give it either, but are told so by a rule of the command's own.
[[nodiscard]] std::span<const schema::Role> roles_told_apart(schema::Command::Which command);

// The command's key in JSON, such as bindLicense.
[[nodiscard]] std::string command_name(schema::Command::Which command);

}  // namespace seatledger::rules
