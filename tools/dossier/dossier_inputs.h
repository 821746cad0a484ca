// What a dossier is made from: events with their proofs, and what its maker chose. Nothing else goes into it, so that
// anybody makes the same dossier of the same inputs.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/vault/cipher.h"
#include "events/ids.h"
#include "events/types.capnp.h"
#include "projections/billing/price_book.h"

namespace seatledger {

// The key of one sealed field: it opens that one and no other (engine/vault/sealed_box.h).
struct BoxKey {
    std::string box;  // its name (events/sealed.h)
    SecretKey key;
};

struct DossierEntry {
    Sequence sequence;
    std::string bytes;         // of the event, as stored
    std::string proof;         // that they are in the log of the checkpoint (engine/merkle/tlog_proof.h)
    std::vector<BoxKey> keys;  // of what is sealed in it and was not erased
};

// Each has a proof and two files: more of them nobody can look through.
inline constexpr std::size_t dossier_events_max = 50'000;

struct DossierInputs {
    schema::Language language = schema::Language::EN;
    billing::PriceBook price_book;
    std::string account;
    std::uint32_t dispute = 0;
    std::string layout;  // how the bill's line is read, as JSON (tools/bills/declared_layout.h); empty: as the dispute
                         // says
    std::optional<std::string> bill;  // the whole file that the line is of; nothing: only the line is known
    std::string verifier_key;
    std::string checkpoint;             // signed; of the log up to the newest event about the dispute
    std::vector<DossierEntry> entries;  // in the order of their sequences
};

}  // namespace seatledger
