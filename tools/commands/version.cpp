// seatledger version.
#include <cstdio>

#include "tools/commands/commands.h"

namespace seatledger {

void add_version(CLI::App& program, Action& action) {
    auto& command = *program.add_subcommand("version", "Print the version");
    command.callback([&action] {
        action = []() -> Outcome {
            std::puts("seatledger " SEATLEDGER_VERSION);
            return Status::done;
        };
    });
}

}  // namespace seatledger
