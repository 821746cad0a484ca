#include "engine/audit/event_name.h"

#include <capnp/schema.h>

#include "events/text.h"

namespace seatledger {

std::string_view event_name(schema::Event::Which which) {
    for (const auto field : capnp::Schema::from<schema::Event>().getUnionFields()) {
        if (field.getProto().getDiscriminantValue() == static_cast<std::uint16_t>(which)) {
            return view(field.getProto().getName());
        }
    }
    return "?";
}

}  // namespace seatledger
