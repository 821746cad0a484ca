// Whether a dossier is what follows from the events in it.
#pragma once

#include <expected>
#include <string>

#include "engine/merkle/note.h"
#include "tools/dossier/dossier.h"
#include "tools/dossier/dossier_directory.h"

namespace seatledger {

// Proves its events against the key, makes the dossier anew from them and compares both files byte by byte. Needs no
// ledger. The error is one line that says what is wrong first. Cost: that of assemble() and ProvedEvents::open().
[[nodiscard]] std::expected<Dossier, std::string> verify_dossier(const DossierFolder& folder,
                                                                 const merkle::VerifierKey& key);

// What dossier.json and dossier.html have to be. Fails as verify_dossier() does.
struct MadeDossier {
    Dossier dossier;
    std::string json;
    std::string html;
};
[[nodiscard]] std::expected<MadeDossier, std::string> make_dossier(const DossierInputs& inputs,
                                                                   const merkle::VerifierKey& key);

}  // namespace seatledger
