// Instants: microseconds since 1970-01-01T00:00:00Z, without leap seconds (POSIX time).
#pragma once

#include <compare>
#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <string_view>

namespace seatledger {

struct Instant {
    std::int64_t micros = 0;

    constexpr auto operator<=>(const Instant&) const = default;
};

// What an absent instant is in a message (`noInstant` of types.capnp).
inline constexpr Instant no_instant{std::numeric_limits<std::int64_t>::min()};

// The first and the last instant that can be written as RFC 3339: years 0001 to 9999. Nothing outside of it is
// ever accepted or computed.
inline constexpr Instant first_instant{-62'135'596'800'000'000};
inline constexpr Instant last_instant{253'402'300'799'999'999};

// RFC 3339 in UTC with six decimals: 2020-09-07T12:00:00.000000Z. `instant` lies within the years 1 to 9999.
[[nodiscard]] std::string to_rfc3339(Instant instant);

// Reads RFC 3339 (section 5.6): `T` or a blank between date and time, 0 to 6 decimals, `Z` or an offset in hours
// and minutes. Nothing for anything else, for a day or time that does not exist (leap seconds included), for
// more than six decimals and for years outside 1 to 9999.
[[nodiscard]] std::optional<Instant> parse_rfc3339(std::string_view text);

// The machine's clock. Any thread.
[[nodiscard]] Instant system_now();

}  // namespace seatledger
