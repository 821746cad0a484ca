// Single events out of the log, by their sequence.
#pragma once

#include <expected>

#include "engine/failure.h"
#include "engine/log/log.h"
#include "events/block.h"
#include "projections/database.h"

namespace seatledger {

// One thread. Remembers the block that it read last, so that neighbours cost little.
class EventFetcher {
 public:
    // Both must outlive it.
    EventFetcher(const Log& log, const Snapshot& snapshot) : log_(log), snapshot_(snapshot) {}

    // The event, which must be in the tables already; valid until the next call. Of its block what is checked is the
    // checksum, and this event. Cost: a read of the block.
    [[nodiscard]] std::expected<Entry, StorageFailure> fetch(Sequence sequence);

 private:
    const Log& log_;
    const Snapshot& snapshot_;
    Words words_;
    BlockIndex block_;  // in them
};

// Appends an entry to entries that are sent, in the form that they have in a block.
void append_entry(Words& to, const Entry& entry);

}  // namespace seatledger
