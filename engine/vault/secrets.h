// What is neither in the log nor in the projections: the vault with its keys, the rows beside it, and files.
#pragma once

#include "engine/vault/personal_files.h"
#include "engine/vault/private_table.h"
#include "engine/vault/vault.h"

namespace seatledger {

// Owns nothing.
struct Secrets {
    Vault& vault;
    PrivateTable& rows;
    PersonalFiles* files = nullptr;  // null: there are none
};

}  // namespace seatledger
