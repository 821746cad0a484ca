// A dossier as programs read it: dossier.json. Each value stands on a line of its own; names and values are those of
// events, rows and commands. It has everything that dossier.html shows, and what the dossier is made from, but for the
// bytes of the events, their proofs and the checkpoint, which are files beside it.
#pragma once

#include <expected>
#include <string>
#include <string_view>

#include "tools/dossier/dossier.h"
#include "tools/dossier/dossier_inputs.h"

namespace seatledger {

// Deterministic. Ends with a newline.
[[nodiscard]] std::string to_json(const Dossier& dossier, const DossierInputs& inputs);

// What the dossier says it is made from, without what the files beside it have: the entries have their sequences and
// keys, and the bill is empty if there is one. Believes nothing of what else it says. Fails, in one line, on any text
// that to_json() cannot have written.
[[nodiscard]] std::expected<DossierInputs, std::string> parse_dossier_inputs(std::string_view json);

}  // namespace seatledger
