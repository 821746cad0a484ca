// JSON for people and for comparing line by line.
#pragma once

#include <boost/json/value.hpp>

#include <string>

namespace seatledger {

// Members in the order in which they were put in, a value a line, two blanks for each level; ends with a newline.
[[nodiscard]] std::string to_indented_json(const boost::json::value& value);

}  // namespace seatledger
