// Brings a set of tables up to what the log has.
#pragma once

#include <cstddef>
#include <expected>
#include <memory>
#include <optional>

#include "engine/failure.h"
#include "engine/log/log.h"
#include "projections/database.h"
#include "projections/reducer.h"
#include "projections/row_buffer.h"
#include "projections/secret_rows.h"

namespace seatledger {

// One thread. Begins at the database's checkpoint.
class Follower {
 public:
    // `secrets`: where what the events mean for what is kept beside the log is done as well. Null: nowhere; for tables
    // that are made to be looked at only.
    Follower(Database& database, const Log& log, const Secrets* secrets);

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
    std::optional<SecretRows> secrets_;
    Reducer reducer_;
    RowBuffer rows_;
    std::unique_ptr<LogCursor> cursor_;
};

}  // namespace seatledger
