// A dossier as people read it: dossier.html.
#pragma once

#include <string>

#include "tools/dossier/dossier.h"

namespace seatledger {

// One page in the dossier's language, HTML and well-formed XML at once. It has no scripts and loads nothing; whatever
// comes from bills, claims and events is text in it, and characters that cannot be seen are shown by their code.
// Deterministic: the same dossier always gives the same bytes. Some milliseconds, and about a KiB an event.
[[nodiscard]] std::string to_html(const Dossier& dossier);

}  // namespace seatledger
