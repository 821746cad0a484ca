// Personal data that lies in files, in the clear: letters to people that were written for somebody else to send.
#pragma once

#include <compare>
#include <expected>
#include <span>
#include <string>

#include "engine/failure.h"
#include "events/ids.h"

namespace seatledger {

// A person, as files may name them.
struct PersonName {
    std::string account;  // its id
    UserId user;

    auto operator<=>(const PersonName&) const = default;
};

class PersonalFiles {
 public:
    virtual ~PersonalFiles() = default;

    // Removes what there is about these people, durably; from then on nothing is written about them. Again: changes
    // nothing. Any thread.
    [[nodiscard]] virtual std::expected<void, StorageFailure> remove(std::span<const PersonName> people) = 0;
};

}  // namespace seatledger
