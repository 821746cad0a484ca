// Whether the files of a RocksDB database are whole.
#pragma once

#include <expected>
#include <filesystem>

#include "engine/failure.h"

namespace seatledger {

// Reads every block of every table, and every record that is in a write-ahead log only, and holds them against their
// checksums; changes nothing. Fails if one does not match, or if a write-ahead log ends within a record: so it does
// after a crash, too, in a write that nobody was told of. The database must not be in use: what a writer does meanwhile
// would look like damage. Cost: the size of the files.
[[nodiscard]] std::expected<void, StorageFailure> check_rocksdb(const std::filesystem::path& directory);

}  // namespace seatledger
