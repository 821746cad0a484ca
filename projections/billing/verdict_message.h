// Verdicts as people read them.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "projections/billing/verdict.h"

namespace seatledger::billing {

// Under which address a person is known; nothing: their address may not be shown any more.
using EmailOf = std::function<std::optional<std::string>(UserId user)>;

// One English sentence, or a few: what the ledger has, what was billed, and why. Deterministic; without line breaks,
// unless names have some.
[[nodiscard]] std::string message(const LineVerdict& verdict, const EmailOf& email_of);

}  // namespace seatledger::billing
