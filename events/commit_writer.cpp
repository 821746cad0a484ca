#include "events/commit_writer.h"

#include <algorithm>

#include "events/text.h"

namespace seatledger {

schema::Event::Builder CommitWriter::begin() {
    auto event = block_.begin_event();
    if (envelope_.dry_run) event.setSequence(0);
    event.setRecordedAt(envelope_.recorded_at.micros);
    event.setEffectiveAt(envelope_.effective_at.micros);
    event.setPrincipal(envelope_.principal);
    event.setViaVendor(envelope_.via_vendor);
    event.setActor(envelope_.actor.value);
    event.setCorrects(envelope_.corrects.value);
    if (!envelope_.account.empty()) event.setAccount(text(envelope_.account));
    if (!envelope_.request_id.empty()) {
        event.setRequestId(text(envelope_.request_id));
        event.setRequestDigest(kj::arrayPtr(envelope_.request_digest.data(), envelope_.request_digest.size()));
    }
    return event;
}

void CommitWriter::end() { largest_event_bytes_ = std::max(largest_event_bytes_, block_.end_event()); }

}  // namespace seatledger
