// The time zones of accounts, as this machine knows them.
#pragma once

#include <expected>
#include <string>
#include <string_view>

namespace date {
class time_zone;
}

namespace seatledger {

// Never null; valid for the life of the process. Fails, in one line that says what to do, if the system's tz database
// has no such zone. Any thread.
[[nodiscard]] std::expected<const date::time_zone*, std::string> require_time_zone(std::string_view name);

}  // namespace seatledger
