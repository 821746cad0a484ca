#include "tools/commands/moment.h"

#include <algorithm>
#include <charconv>
#include <string>

namespace seatledger {
namespace {

std::unexpected<Problem> no_moment(std::string_view option, std::string_view text) {
    return std::unexpected(Problem(
        std::string(option) + ": '" + std::string(text) +
            "' is neither a sequence (a whole number from 1 on) nor an instant (RFC 3339: 2026-01-31T12:00:00Z)",
        Status::usage));
}

}  // namespace

std::expected<Moment, Problem> parse_moment(std::string_view option, std::string_view text) {
    const bool is_number = !text.empty() && std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
    if (!is_number) {
        const auto instant = parse_rfc3339(text);
        if (!instant) return no_moment(option, text);
        return Moment{*instant, {}};
    }
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || number == 0) return no_moment(option, text);
    return Moment{{}, Sequence(number)};
}

}  // namespace seatledger
