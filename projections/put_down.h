// The two ways to put rows down: near the head a sorted batch, far behind it sorted files that RocksDB takes in.
#pragma once

#include <expected>

#include "engine/failure.h"
#include "projections/database.h"
#include "projections/row_buffer.h"

namespace seatledger {

// From this many rows on, files are cheaper than a batch.
inline constexpr std::size_t file_rows_min = 200'000;

// Puts the rows down, the checkpoint at once with those of the indexes. A crash may leave versions of rows that are
// beyond the checkpoint: nobody sees them, and they are put down again with the same content. Clears `rows`.
[[nodiscard]] std::expected<void, StorageFailure> put_down(Database& database, RowBuffer& rows, Sequence checkpoint);

}  // namespace seatledger
