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
};

// Opens the log in `directory`, or makes one there. Fails if RocksDB cannot open it (another process holds it, a
// damaged middle, no permission) or if its newest block is damaged.
[[nodiscard]] std::expected<std::unique_ptr<Log>, StorageFailure> open_rocksdb_log(
    const std::filesystem::path& directory, const RocksdbLogOptions& options = {});

}  // namespace seatledger
