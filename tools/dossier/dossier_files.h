// How the files of a dossier are called. Its directory is flat and has no others.
#pragma once

#include <string>

#include "events/ids.h"

namespace seatledger {

inline constexpr const char* dossier_json_file = "dossier.json";
inline constexpr const char* dossier_html_file = "dossier.html";
inline constexpr const char* dossier_checkpoint_file = "checkpoint";
// The bill, byte for byte, where whoever made the dossier gave it.
inline constexpr const char* dossier_bill_file = "bill";

// The bytes of an event, as they are stored and hashed.
[[nodiscard]] inline std::string entry_file(Sequence sequence) { return std::to_string(sequence.value) + ".event"; }
// That they are in the log (c2sp.org/tlog-proof).
[[nodiscard]] inline std::string proof_file(Sequence sequence) {
    return std::to_string(sequence.value) + ".tlog-proof";
}

}  // namespace seatledger
