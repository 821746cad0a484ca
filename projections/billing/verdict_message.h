// Verdicts as people read them, in English, Russian and Portuguese (as it is written in Brazil).
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "events/types.capnp.h"
#include "projections/billing/price_book.h"
#include "projections/billing/proration.h"
#include "projections/billing/verdict.h"

namespace seatledger::billing {

// Under which address a person is known; nothing: their address may not be shown any more.
using EmailOf = std::function<std::optional<std::string>(UserId user)>;

// One sentence, or a few: what the ledger has, what was billed, and why. Deterministic; without line breaks, unless
// names have some. The same numbers, days (2026-07-15), amounts (12.50 EUR), names and codes (round-once) in every
// language; English for a language that this version does not know. Cost: the length of the text. Any thread from which
// `email_of` may be called.
[[nodiscard]] std::string message(const LineVerdict& verdict, const EmailOf& email_of, schema::Language language);

// What name_of() names, in a few words that begin small and end without a full stop: billed after unbind; выставлено
// после снятия лицензии. Valid for the life of the process; "?" for what is none of the enumeration's. Any thread.
[[nodiscard]] std::string_view label_of(Verdict verdict, schema::Language language);
[[nodiscard]] std::string_view label_of(Arithmetic arithmetic, schema::Language language);
[[nodiscard]] std::string_view label_of(LineState state, schema::Language language);
[[nodiscard]] std::string_view label_of(Rounding rounding, schema::Language language);
[[nodiscard]] std::string_view label_of(DayCount count, schema::Language language);

}  // namespace seatledger::billing
