// CSV (RFC 4180), as it is written.
#pragma once

#include <span>
#include <string>

namespace seatledger {

// Adds the cells as a line, in quotes where they need some. Text of other people's must be defused before (output.h).
void add_csv_line(std::span<const std::string> cells, std::string& out);

}  // namespace seatledger
