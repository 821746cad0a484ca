#include "engine/audit/difference.h"

#include <capnp/dynamic.h>
#include <capnp/message.h>
#include <kj/string.h>

#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "events/annotations.h"
#include "events/event_name.h"
#include "events/instant.h"
#include "events/text.h"

namespace seatledger {
namespace {

using schema::Event;

constexpr std::size_t shown_bytes_max = 200;
constexpr std::int64_t calendar_micros_max = std::int64_t{26} * 3'600 * 1'000'000;

std::string shown(const capnp::DynamicStruct::Reader& of, const capnp::StructSchema::Field& field) {
    const auto value = of.get(field);
    if (has_annotation(field, instant_annotation)) return to_rfc3339(Instant{value.as<std::int64_t>()});
    const auto text = kj::str(value);
    if (text.size() <= shown_bytes_max) return text.cStr();
    return std::string(text.cStr(), shown_bytes_max) + " …";
}

std::optional<std::string> difference_of(const capnp::DynamicStruct::Reader& recorded,
                                         const capnp::DynamicStruct::Reader& decided) {
    for (const auto field : recorded.getSchema().getNonUnionFields()) {
        const auto is = shown(recorded, field);
        const auto follows = shown(decided, field);
        const bool is_same = kj::str(recorded.get(field)) == kj::str(decided.get(field));
        if (!is_same)
            return "its " + std::string(view(field.getProto().getName())) + " is " + is + ", and follows as " + follows;
    }
    return {};
}

// A calendar that is a little different now gives what it gave then.
bool is_near(std::int64_t one, std::int64_t other) {
    if (one == other) return true;
    const bool is_none = one == no_instant.micros || other == no_instant.micros;
    return !is_none && std::abs(one - other) <= calendar_micros_max;
}

}  // namespace

std::optional<std::string> difference(Event::Reader recorded, Event::Reader decided) {
    if (recorded.which() != decided.which()) {
        return "what follows here is " + std::string(event_name(decided.which()));
    }
    const capnp::DynamicStruct::Reader is(recorded);
    const capnp::DynamicStruct::Reader follows(decided);
    if (auto found = difference_of(is, follows)) return found;
    const auto member = is.which();
    if (member == nullptr) return {};
    KJ_IF_MAYBE (field, member) {
        const auto body = is.get(*field);
        if (body.getType() != capnp::DynamicValue::STRUCT) return {};
        return difference_of(body.as<capnp::DynamicStruct>(), follows.get(*field).as<capnp::DynamicStruct>());
    }
    return {};
}

bool is_same_but_for_calendar(Event::Reader recorded, Event::Reader decided) {
    capnp::MallocMessageBuilder message;
    message.setRoot(decided);
    auto event = message.getRoot<Event>();
    if (recorded.isLicensesIssued() && decided.isLicensesIssued()) {
        const auto until = recorded.getLicensesIssued().getValidUntil();
        if (!is_near(until, event.getLicensesIssued().getValidUntil())) return false;
        event.getLicensesIssued().setValidUntil(until);
    } else if (recorded.isNotificationQueued() && decided.isNotificationQueued()) {
        const auto body = recorded.getNotificationQueued();
        if (!is_near(body.getEndsBy(), event.getNotificationQueued().getEndsBy())) return false;
        event.getNotificationQueued().setEndsBy(body.getEndsBy());
        event.getNotificationQueued().setEndsOn(body.getEndsOn());
    } else {
        return false;
    }
    return !difference(recorded, event.asReader());
}

}  // namespace seatledger
