#include "tools/time_zones.h"

#include "events/calendar.h"

namespace seatledger {

std::expected<const date::time_zone*, std::string> require_time_zone(std::string_view name) {
    const auto* zone = find_time_zone(name);
    if (zone != nullptr) return zone;
    return std::unexpected("this machine's time zone data has no zone " + std::string(name) +
                           "; install the package tzdata");
}

}  // namespace seatledger
