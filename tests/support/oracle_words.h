// How the oracle writes down what it compares.
#pragma once

#include <cctype>
#include <cstdint>
#include <string>

#include "events/instant.h"
#include "events/text.h"
#include "events/types.capnp.h"

namespace seatledger::testing {

inline std::string str(capnp::Text::Reader text) { return std::string(view(text)); }

inline std::string lower(std::string text) {
    for (auto& c : text) c = static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return text;
}

inline std::string price(schema::Money::Reader money) {
    return std::to_string(money.getAmount()) + str(money.getCurrency());
}

inline std::string moment(std::int64_t micros) {
    return micros == no_instant.micros ? "never" : std::to_string(micros);
}

}  // namespace seatledger::testing
