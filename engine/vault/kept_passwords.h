// What passwords are checked by, as it lies in the vault: in no event and no table. It counts from the event on that
// says that the password was changed, so what was kept for an event that never got into the log counts for nothing.
#pragma once

#include <string>
#include <vector>

#include "engine/vault/private_table.h"
#include "events/ids.h"

namespace seatledger {

struct KeptPassword {
    Sequence sequence;  // of its passwordChanged
    std::string hash;   // without spaces or newlines
};

// Those that may count, newest first: the newest one whose event is in the log does.
[[nodiscard]] std::vector<KeptPassword> kept_passwords(const PrivateTable& table, AccountNumber account, UserId user);

// What is to be written once this one is kept, too.
[[nodiscard]] PrivateTable::Row password_row(const PrivateTable& table, AccountNumber account, UserId user,
                                             const KeptPassword& newest);

// Under which key they lie, to be purged.
[[nodiscard]] std::string password_key(AccountNumber account, UserId user);

}  // namespace seatledger
