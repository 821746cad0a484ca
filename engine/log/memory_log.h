// A log in memory, for tests and for what need not outlive the process.
#pragma once

#include <memory>

#include "engine/log/log.h"

namespace seatledger {

[[nodiscard]] std::unique_ptr<Log> make_memory_log();

}  // namespace seatledger
