// From what a dossier is made from to what it says.
#pragma once

#include <expected>
#include <string>

#include "tools/dossier/dossier.h"
#include "tools/dossier/dossier_inputs.h"
#include "tools/dossier/proved_events.h"

namespace seatledger {

// Pure: no clock, no disk and no ledger, but the system's tz database. Deterministic. Fails, in one line, if the events
// are not those of a dossier: some are missing that every one has, or on which others rest. `events` must be
// those of `inputs`, proved. Cost: some microseconds an event, and some milliseconds for each rule and year.
[[nodiscard]] std::expected<Dossier, std::string> assemble(const DossierInputs& inputs, const ProvedEvents& events);

}  // namespace seatledger
