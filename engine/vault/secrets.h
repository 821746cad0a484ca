// What is neither in the log nor in the projections: the vault with its keys, and the rows beside it.
#pragma once

#include "engine/vault/private_table.h"
#include "engine/vault/vault.h"

namespace seatledger {

// Owns nothing.
struct Secrets {
    Vault& vault;
    PrivateTable& rows;
};

}  // namespace seatledger
