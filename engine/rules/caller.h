// Who sends a command or asks a question, as whoever serves them has found out.
#pragma once

#include <optional>
#include <string>

#include "events/ids.h"
#include "events/types.capnp.h"

namespace seatledger {

// The vendor, or a person of one account. A person's roles are not here: what they are is for the ledger to say,
// whenever they ask for something.
struct Caller {
    // The person's account; of the vendor: the only account that it may touch this time, empty for all of them.
    std::string account;
    UserId user;                       // 0: the vendor
    std::optional<schema::Role> role;  // they may do only what this role may, too

    [[nodiscard]] bool is_vendor() const { return !user; }
};

// The vendor, unlimited.
inline const Caller vendor_caller;

}  // namespace seatledger
