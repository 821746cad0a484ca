// A place in the log as the command line names it: by a sequence, or by an instant.
#pragma once

#include <expected>
#include <optional>
#include <string_view>

#include "events/ids.h"
#include "events/instant.h"
#include "tools/commands/commands.h"

namespace seatledger {

// One of the two is set.
struct Moment {
    std::optional<Instant> instant;
    std::optional<Sequence> sequence;
};

// A plain number is a sequence, from 1 on; anything else must be an RFC 3339 instant. Wrong usage otherwise; `option`
// is named in what is said then.
[[nodiscard]] std::expected<Moment, Problem> parse_moment(std::string_view option, std::string_view text);

}  // namespace seatledger
