// Reads blocks on a thread of its own while those before them are being worked on.
#pragma once

#include <memory>

#include "engine/log/log.h"

namespace seatledger {

// A cursor that gives what `cursor` gives, a block ahead of the reader until the log's end has been reached once.
// For those who read much of the log: a thread and about half a megabyte.
[[nodiscard]] std::unique_ptr<LogCursor> read_ahead(std::unique_ptr<LogCursor> cursor);

}  // namespace seatledger
