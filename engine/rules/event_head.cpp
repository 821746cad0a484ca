#include "engine/rules/event_head.h"

#include "events/canonical_reader.h"
#include "events/people.h"

namespace seatledger::rules {
namespace {

struct Places {
    std::uint32_t which = capnp::Schema::from<schema::Event>().getProto().getStruct().getDiscriminantOffset();
    std::uint32_t account = place_of<schema::Event>("account");
    std::uint32_t recorded_at = place_of<schema::Event>("recordedAt");
    std::uint32_t effective_at = place_of<schema::Event>("effectiveAt");
    std::uint32_t actor = place_of<schema::Event>("actor");
    std::uint32_t request_id = place_of<schema::Event>("requestId");
    std::uint32_t body = place_of<schema::Event>("licenseBound");  // as that of all bodies: they share one pointer
    std::uint32_t license = place_of<schema::LicenseHeld>("license");
    std::uint32_t user = place_of<schema::LicenseHeld>("user");
};

const Places& places() {
    static const Places found;
    return found;
}

}  // namespace

EventHead::EventHead(const Entry& from) : words(from.words.data()), sequence(from.sequence) {
    const CanonicalStruct event(words);
    const auto& at = places();
    account = event.text(at.account);
    recorded_at = Instant{event.data<std::int64_t>(at.recorded_at)};
    effective_at = Instant{event.data<std::int64_t>(at.effective_at)};
    actor = UserId(event.data<std::uint32_t>(at.actor));
    which = static_cast<schema::Event::Which>(event.data<std::uint16_t>(at.which));
    has_request_id = event.has(at.request_id);
    // Together, since which of the two an event is cannot be predicted.
    if (which == schema::Event::LICENSE_BOUND || which == schema::Event::LICENSE_UNBOUND) {
        const auto held = event.structure(at.body);
        license = LicenseNumber(held.data<std::uint32_t>(at.license));
        user = UserId(held.data<std::uint32_t>(at.user));
    } else {
        user = subject_of(this->event());
    }
}

}  // namespace seatledger::rules
