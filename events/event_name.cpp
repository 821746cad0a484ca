#include "events/event_name.h"

#include <capnp/schema.h>

#include <cstdint>
#include <vector>

#include "events/text.h"

namespace seatledger {

std::string_view event_name(schema::Event::Which which) {
    static const auto names = [] {
        std::vector<std::string_view> of_types;
        for (const auto field : capnp::Schema::from<schema::Event>().getUnionFields()) {
            const std::size_t number = field.getProto().getDiscriminantValue();
            if (number >= of_types.size()) of_types.resize(number + 1);
            // A type that a later version has is read as none.
            const bool is_none = number == static_cast<std::size_t>(schema::Event::NONE);
            of_types[number] = is_none ? std::string_view() : view(field.getProto().getName());
        }
        return of_types;
    }();
    const auto number = static_cast<std::size_t>(which);
    return number < names.size() ? names[number] : std::string_view();
}

}  // namespace seatledger
