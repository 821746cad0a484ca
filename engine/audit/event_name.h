// What events are called in JSON and in messages.
#pragma once

#include <string_view>

#include "events/event.capnp.h"

namespace seatledger {

// Such as licenseBound; of what the schema does not know, "?".
[[nodiscard]] std::string_view event_name(schema::Event::Which which);

}  // namespace seatledger
