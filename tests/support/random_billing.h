// Accounts that everything happens to, with something that is billed by the day among their products.
#pragma once

#include <string>

#include "tests/support/ledger_box.h"
#include "tests/support/random_commands.h"

namespace seatledger::testing {

// From the instant on. Gives when it ended.
inline Instant play_random_billing(LedgerBox& box, RandomCommands& random, Instant from, int commands) {
    // The weekly product by the day instead.
    const auto changed = [](std::string command) {
        const std::string weekly = "'term':'P1W',";
        const auto at = command.find(weekly);
        return at == command.npos ? command : command.insert(at, "'billing':'assigned',");
    };
    auto now = from;
    box.clock().set(now);
    for (const auto& command : random.start()) static_cast<void>(box.judge(changed(command)));
    for (int i = 0; i < commands; ++i) {
        now.micros += random.leap_micros();
        box.clock().set(now);
        static_cast<void>(box.judge(random.next()));
    }
    return now;
}

}  // namespace seatledger::testing
