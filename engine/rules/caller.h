// Who sends a command or asks a question, as whoever serves them has found out.
#pragma once

#include <optional>
#include <string>

#include "events/ids.h"
#include "events/types.capnp.h"

namespace seatledger {

// The vendor, a person of one account, or a program: what the vendor gave a token of a role, and of no person. A
// person's roles are not here: what they are is for the ledger to say, whenever they ask for something. A program has
// the one role, and nothing that is the vendor's: it gives no `at` and no `actor`, and orders as somebody with that
// role does. Events call it the vendor, who answers for it, since there is no person to name.
struct Caller {
    // The person's account; of the others: the only account that they may touch this time, empty for all of them.
    std::string account;
    UserId user;                       // 0: no person
    std::optional<schema::Role> role;  // of a person: they may do only what this role may, too

    [[nodiscard]] bool is_vendor() const { return !user && !role; }
    [[nodiscard]] bool is_person() const { return static_cast<bool>(user); }
};

// The vendor, unlimited.
inline const Caller vendor_caller;

}  // namespace seatledger
