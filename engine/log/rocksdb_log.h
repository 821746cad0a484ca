// A log on RocksDB: one value a block, keyed by the block's first sequence (8 bytes, big-endian).
#pragma once

#include <expected>
#include <filesystem>
#include <memory>

#include "engine/log/log.h"

namespace rocksdb {
class Env;
}

namespace seatledger {

struct RocksdbLogOptions {
    // The file system to use; null: the machine's. Must outlive the log. Tests put one here that fails.
    rocksdb::Env* env = nullptr;
    // Changes nothing on the disk, takes no append, and needs a log that is there and that no other process writes.
    // Fails where the log's end is not whole, which is otherwise taken for a write that nobody was told of.
    bool read_only = false;
};

// Opens the log in `directory`, or makes one there. Fails if RocksDB cannot open it (another process holds it, a
// damaged middle, no permission) or if its newest block is damaged.
[[nodiscard]] std::expected<std::unique_ptr<Log>, StorageFailure> open_rocksdb_log(
    const std::filesystem::path& directory, const RocksdbLogOptions& options = {});

}  // namespace seatledger
