// What letters that were queued say, and to whom they go: read from the tables.
#pragma once

#include <functional>
#include <optional>
#include <string>

#include "projections/projections.h"
#include "projections/tables.h"
#include "server/letters/letter.h"

namespace seatledger {

struct QueuedLetter {
    std::string account;  // its id
    tables::UnsentLetter letter;
};

// Calls `function` for each letter that was queued and, as far as the tables know, not sent, until it gives false.
void scan_unsent(const Projections& projections, const std::function<bool(const QueuedLetter&)>& function);

// The letter: what it lists is what the ledger had when it was queued; address, name and language are the person's now.
// `ledger`: see LetterId. Nothing: the person was removed. Any thread. A kj::Exception: storage that cannot be read.
// Cost: what is read of the account's licenses, for a reminder of each that ends on its day.
[[nodiscard]] std::optional<Letter> read_letter(const Projections& projections, const QueuedLetter& queued,
                                                const std::string& ledger);

}  // namespace seatledger
