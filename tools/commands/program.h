// The command line of the whole program.
#pragma once

#include "tools/commands/commands.h"

namespace seatledger {

// What such arguments ask for, or in one line why they are wrong usage. To ask for help is to ask for something.
[[nodiscard]] std::expected<Action, Problem> read_command_line(int argc, const char* const* argv);

}  // namespace seatledger
