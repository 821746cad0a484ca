// The parts of a dossier that need more than a few lines to make. Each takes what the earlier ones have written.
#pragma once

#include "tools/dossier/dossier.h"
#include "tools/dossier/dossier_facts.h"

namespace seatledger {

// Claim, evidence and resolution.
void add_said(const DossierFacts& facts, Dossier& dossier);

// The events, and on which days of the calendar they took effect.
void add_events(const DossierFacts& facts, Dossier& dossier);

// After the events.
void add_gaps(const DossierFacts& facts, Dossier& dossier);

// `history`: with the line's invoice.
void add_remedy(const DossierFacts& facts, const billing::AccountHistory& history, Dossier& dossier);

// Whether it says what seats there are and who has them, or what they cost.
[[nodiscard]] bool is_about_seats(schema::Event::Reader event);

}  // namespace seatledger
