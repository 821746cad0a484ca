// Commands that dispute lines of a bill.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace seatledger {

// A line as it stands in a bill.
struct ReceivedLine {
    std::string_view sha256;  // of the bill's file
    std::uint64_t row = 0;
    std::string_view text;
    std::string_view date;  // the bill's; empty: it is not said
    std::string layout;     // tools/bills/declared_layout.h
};

// openDispute as JSON, one line without its end.
[[nodiscard]] std::string dispute_command(std::string_view account, const ReceivedLine& line, std::string_view claim);

}  // namespace seatledger
