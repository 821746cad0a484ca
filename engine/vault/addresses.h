// Who bears which address: private rows, by a keyed hash of the address, so that it is in no file. They say who ever
// bore it; whether somebody does at some time is for the person's row to say.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "engine/vault/secrets.h"
#include "events/ids.h"

namespace seatledger {

// What is to be written for one who bears the address; `folded` by fold_case().
[[nodiscard]] std::vector<PrivateTable::Row> address_rows(const Vault& vault, AccountNumber account,
                                                          std::string_view folded, UserId user);

// Everyone who ever bore the address and was not erased, in the order of their ids. kj::Exception where the rows
// cannot be read. Cost: a seek.
[[nodiscard]] std::vector<UserId> bearers_of(const Secrets& secrets, AccountNumber account, std::string_view folded);

// The keys of all that is kept of the person in this way, to be purged.
[[nodiscard]] std::vector<std::string> address_keys_of(const PrivateTable& rows, AccountNumber account, UserId user);

}  // namespace seatledger
