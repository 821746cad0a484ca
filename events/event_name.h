// What events are called in JSON and in messages.
#pragma once

#include <string_view>

#include "events/event.capnp.h"

namespace seatledger {

// Such as licenseBound; empty for a type that this program does not know. Cost: a look into a table.
[[nodiscard]] std::string_view event_name(schema::Event::Which which);
[[nodiscard]] inline std::string_view event_name(schema::Event::Reader event) { return event_name(event.which()); }

}  // namespace seatledger
