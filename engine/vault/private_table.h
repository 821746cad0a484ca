// Small rows that may be neither in the log nor in the projections, since they have to vanish without a trace: who has
// which address, password hashes, tokens.
#pragma once

#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/failure.h"

namespace rocksdb {
class Env;
}

namespace seatledger {

// Any thread, all of it. After a failure of write() or purge() neither does anything any more: what a failed sync left
// behind is not known.
class PrivateTable {
 public:
    struct Row {
        std::string key;
        std::string value;

        bool operator==(const Row&) const = default;
    };

    virtual ~PrivateTable() = default;

    // Removes and then puts, all of it or nothing, and durably when it returns. The bytes of what was removed or
    // overwritten may stay in files until purge(). Cost: a sync.
    [[nodiscard]] virtual std::expected<void, StorageFailure> write(std::span<const Row> put,
                                                                    std::span<const std::string> removed = {}) = 0;

    // Removes these rows, and what they ever had: afterwards neither keys nor values are in any file of the table. A
    // crash within it is made good when the table is opened again. Writes wait meanwhile; it
    // waits for every scan() that runs, at most a minute, so not from within one. Cost: rewrites the files that have
    // rows between the first key and the last, a few megabytes for one key.
    [[nodiscard]] virtual std::expected<void, StorageFailure> purge(std::span<const std::string> keys) = 0;

    // Storage that cannot be read is a kj::Exception, here and in scan(). Cost: microseconds.
    [[nodiscard]] virtual std::optional<std::string> get(std::string_view key) const = 0;

    // Calls `row` for the rows whose keys begin with `prefix`, in the order of their keys, as they stood when it was
    // called, until `row` gives false.
    virtual void scan(std::string_view prefix,
                      const std::function<bool(std::string_view key, std::string_view value)>& row) const = 0;
};

[[nodiscard]] std::unique_ptr<PrivateTable> make_memory_private_table();

// There from the moment in which a purge removes rows until their bytes are in no file any more: a table that is opened
// with it was cut short, and brings the purge to its end first.
inline constexpr const char* unfinished_purge_key = "unfinished purge";

struct RocksdbPrivateTableOptions {
    // The file system to use; null: the machine's. Must outlive the table. Tests put one here that fails.
    rocksdb::Env* env = nullptr;
    // Changes nothing on the disk; there must be a table, that no other process writes. Writes and purges fail.
    bool to_read = false;
};

// Opens the table in `directory`, or makes one there, in a directory that exists. Fails if RocksDB cannot open it:
// another process holds it, it is damaged, no permission.
[[nodiscard]] std::expected<std::unique_ptr<PrivateTable>, StorageFailure> open_rocksdb_private_table(
    const std::filesystem::path& directory, const RocksdbPrivateTableOptions& options = {});

}  // namespace seatledger
