// Events as CloudEvents 1.0 in JSON (cloudevents.io), for whatever takes those.
#pragma once

#include <string>
#include <string_view>

#include "events/event.capnp.h"
#include "server/json.h"

namespace seatledger {

// Appends the event as one line, without a newline:
//
//   specversion      "1.0"
//   id               its sequence, as text; source and id together are unique
//   source           ORIGIN/accounts/ACCOUNT, or ORIGIN/catalog; the origin is that of the log's checkpoints, and
//                    whatever may not stand in a path is escaped as in one
//   type             ledger. and the event's name: ledger.licenseBound
//   subject          what it is about: licenses/17 (of several the first), invoices/I, orders/N, queues/Q, users/N,
//                    products/SKU, cards/LAST4, events/N; absent where it is about the account. People stand there by
//                    their number in the account, since what routes events should not have to know addresses
//   time             effectiveAt
//   datacontenttype  application/json
//   account, recordedat, actor, via, requestid, corrects
//                    extensions: the rest of the event's envelope, as text; absent where there is nothing
//   data             the event's body, as in the ledger's own JSON; absent of a type that this program does not know
//
// `origin` is not empty.
void write_cloud_event(schema::Event::Reader event, const EventTexts& texts, std::string_view origin, std::string& out);

}  // namespace seatledger
