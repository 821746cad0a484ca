// The days of a dossier as a picture: which are billed, which the ledger has. Inline SVG, told apart without colours
// too.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "tools/dossier/dossier.h"
#include "tools/dossier/dossier_phrases.h"

namespace seatledger {

enum class DayState : std::uint8_t {
    none,       // neither billed nor due
    covered,    // billed, and the ledger has all of it
    partly,     // billed, and the ledger has some of it
    uncovered,  // billed, and the ledger has nothing of it
    unbilled,   // due by the ledger, and the line does not charge for it
};
inline constexpr std::size_t day_states_count = static_cast<std::size_t>(DayState::unbilled) + 1;

[[nodiscard]] DayState state_of(const Dossier::Day& day);

// What the other pictures are made of. Has to stand once on the page, before them; takes no room.
[[nodiscard]] std::string calendar_symbols();

// A cell in a line of text.
[[nodiscard]] std::string day_swatch(DayState state);
[[nodiscard]] std::string event_swatch();

// A picture a month, with a cell a day; of more than 14 months a picture a year. `days` follow each other without gaps.
[[nodiscard]] std::string calendar_picture(std::span<const Dossier::Day> days, const DossierPhrases& words);

}  // namespace seatledger
