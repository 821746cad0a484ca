// From what was recorded back to what was asked for: the command that a commit must have come from.
#pragma once

#include <expected>
#include <span>
#include <string>

#include "engine/audit/recorded_seals.h"
#include "engine/rules/event_head.h"
#include "engine/rules/state.h"
#include "events/command.capnp.h"

namespace seatledger {

// Fills in the command that begins the rest of a commit, which is not empty: a bulk command, of which all rows are one
// commit, comes out row by row. The state is that before these events. What events do not say stands there by what
// leads to the same events: a license by its number, a price and a term as they were copied, passwords and erased phone
// configurations by stand-ins. Fails, with what is wrong, if no command begins so, or if an event names somebody who is
// not there. A box that was changed is a kj::Exception.
//
// Who sent it is filled in as far as commands say so: the account, `actor`, `at`, `corrects` and the request id.
[[nodiscard]] std::expected<void, std::string> write_command_of(std::span<const rules::EventHead> rest, State& state,
                                                                const RecordedSeals& seals,
                                                                schema::Command::Builder command);

}  // namespace seatledger
