// Questions about phone configurations.
#pragma once

#include <optional>
#include <string>

#include "projections/query.capnp.h"
#include "projections/view.h"

namespace seatledger {

struct PhoneState {
    schema::PhoneStatus status = schema::PhoneStatus::NONE;
    Instant saved_at = no_instant;
    Instant kept_until = no_instant;
    std::optional<std::string> config;  // nothing: there is none, or its key has been destroyed since
};

// The person's configuration as it was then. That a license had ended by then, or the time for which it is kept, counts
// whether or not it had been recorded.
[[nodiscard]] PhoneState phone_of(const View& view, UserId user);

}  // namespace seatledger
