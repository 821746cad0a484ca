// In what an event that was recorded differs from the one that the rules make.
#pragma once

#include <optional>
#include <string>

#include "events/event.capnp.h"

namespace seatledger {

// What differs first, and how, for a message: "its quantity is 6, and follows as 5". Nothing: they say the same.
[[nodiscard]] std::optional<std::string> difference(schema::Event::Reader recorded, schema::Event::Reader decided);

// Whether they differ only in what follows from the calendar of the account's time zone (the end of a term, the day of
// a reminder), by so little as a change of the system's time zone data may have made since: 26 hours at most. What was
// computed then is what counts.
[[nodiscard]] bool is_same_but_for_calendar(schema::Event::Reader recorded, schema::Event::Reader decided);

}  // namespace seatledger
