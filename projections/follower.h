// Brings a set of tables up to what the log has.
#pragma once

#include <cstddef>
#include <expected>
#include <memory>

#include "engine/failure.h"
#include "engine/log/log.h"
#include "projections/database.h"
#include "projections/reducer.h"
#include "projections/row_buffer.h"

namespace seatledger {

// One thread. Begins at the database's checkpoint.
class Follower {
 public:
    Follower(Database& database, const Log& log, const Secrets& secrets);

    struct Step {
        Sequence at;                          // everything up to here has been put down
        bool catalog_changed = false;         // by this step
        bool moved = false;                   // whether there was anything
        Instant earliest_due = last_instant;  // of what falls due since this step
    };
    // Puts down the next rows: a small batch near the end of the log, a large one far from it. `to`: goes no further
    // than the block that has this event.
    [[nodiscard]] std::expected<Step, StorageFailure> step(Sequence to);

    [[nodiscard]] Sequence at() const { return reducer_.at(); }

 private:
    Database& database_;
    const Log& log_;
    Reducer reducer_;
    RowBuffer rows_;
    std::unique_ptr<LogCursor> cursor_;
};

}  // namespace seatledger
