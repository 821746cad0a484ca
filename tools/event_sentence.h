// What happened in an event, in English.
#pragma once

#include <string>

#include "events/event.capnp.h"
#include "server/json.h"

namespace seatledger {

// Who did it, as a sentence begins: The ledger, The vendor, The vendor in the name of bo@acme.test, bo@acme.test.
[[nodiscard]] std::string event_subject(schema::Event::Reader event, const EventTexts& texts);

// What they did, as it goes on, without a full stop: "bound license 17 (connect) to ann@acme.test". All of it fits a
// terminal: one line, and nothing that steers it.
[[nodiscard]] std::string event_predicate(schema::Event::Reader event, const EventTexts& texts);

}  // namespace seatledger
