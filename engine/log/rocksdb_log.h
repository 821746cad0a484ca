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
    // What the log is opened for. To read: changes nothing on the disk, takes no append, and needs a log that is there
    // and that no other process writes. `read` fails where anything in the newest file is not whole, its end included,
    // which is otherwise taken for a write that nobody was told of; `salvage` opens what is damaged, too: reading
    // fails at the first block that cannot be read. Its end may then be no more than where the last block begins.
    enum class Purpose { append, read, salvage };
    Purpose purpose = Purpose::append;
};

// Opens the log in `directory`, or makes one there. Fails if RocksDB cannot open it (another process holds it, a
// damaged middle, no permission) or if its newest block is damaged.
[[nodiscard]] std::expected<std::unique_ptr<Log>, StorageFailure> open_rocksdb_log(
    const std::filesystem::path& directory, const RocksdbLogOptions& options = {});

}  // namespace seatledger
