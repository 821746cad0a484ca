// Seals personal data and opens it again, behind an interface: what keys are and where they lie is not the rules'
// business.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "events/ids.h"

namespace seatledger {

class Seals {
 public:
    virtual ~Seals() = default;

    // A new key; usable at once. It is durable before an event that names it is.
    [[nodiscard]] virtual KeyNumber make_key() = 0;

    // Whether seal() may be called with it: it was given, and has not been destroyed. A log that was restored from an
    // older copy may name keys that have been since.
    [[nodiscard]] virtual bool is_usable(KeyNumber key) const = 0;

    // Another box each time, even of equal texts. `context`: see seal_context(). The key must not have been destroyed.
    [[nodiscard]] virtual std::string seal(KeyNumber key, std::string_view context, std::string_view clear) = 0;
    // Nothing: the key has been destroyed. A box that was changed, or is of another context, is a kj::Exception.
    [[nodiscard]] virtual std::optional<std::string> open(KeyNumber key, std::string_view context,
                                                          std::string_view box) const = 0;
};

}  // namespace seatledger
