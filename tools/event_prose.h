// An event as people read it: when, who, what, why, and which payment it goes back to.
#pragma once

#include <string>

#include "events/event.capnp.h"
#include "projections/query.capnp.h"
#include "server/json.h"

namespace seatledger {

// Some lines, each with its newline, for a terminal:
//
//   2026-02-02 08:05:00Z (09:05:00 Europe/Berlin)  event 11, request r-17
//       The vendor in the name of bo@acme.test bound license 1 (connect) to ann@acme.test.
//       It goes back to payment bank-7001 of invoice 2026-001 (event 6).
//
// `page`: for the account's time zone and the origins of licenses; without them what they say is left out.
[[nodiscard]] std::string event_prose(schema::Event::Reader event, const EventTexts& texts,
                                      schema::Events::Reader page);

}  // namespace seatledger
