// The projections' database: RocksDB without a write-ahead log, since everything in it can be derived again.
#pragma once

#include <rocksdb/db.h>
#include <rocksdb/snapshot.h>

#include <cstdint>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/failure.h"
#include "events/ids.h"
#include "projections/tables.h"

namespace seatledger {

// What was read lately, in bounded memory; for as many databases as share it. Any thread.
using BlockCache = std::shared_ptr<rocksdb::Cache>;
[[nodiscard]] BlockCache make_block_cache();

// Any thread, but for writing, which belongs to one.
class Database {
 public:
    // Opens the database in `directory`, or makes an empty one there.
    [[nodiscard]] static std::expected<std::unique_ptr<Database>, StorageFailure> open(
        const std::filesystem::path& directory, const BlockCache& cache = make_block_cache());
    // Changes nothing on the disk. There must be one, that no other process writes.
    [[nodiscard]] static std::expected<std::unique_ptr<Database>, StorageFailure> open_to_read(
        const std::filesystem::path& directory, const BlockCache& cache = make_block_cache());
    ~Database();

    [[nodiscard]] rocksdb::DB& rocksdb() { return *db_; }
    [[nodiscard]] rocksdb::ColumnFamilyHandle* family_of(tables::Table table) const;
    [[nodiscard]] const std::filesystem::path& directory() const { return directory_; }

    // What the rows are up to date with.
    [[nodiscard]] Sequence checkpoint() const;

    // Makes everything so far durable.
    [[nodiscard]] std::expected<void, StorageFailure> flush();

 private:
    friend class Snapshot;
    Database() = default;
    [[nodiscard]] static std::expected<std::unique_ptr<Database>, StorageFailure> open(
        const std::filesystem::path& directory, const BlockCache& cache, bool to_read);

    std::filesystem::path directory_;
    std::unique_ptr<rocksdb::DB> db_;
    rocksdb::ColumnFamilyHandle* versioned_ = nullptr;
    rocksdb::ColumnFamilyHandle* index_ = nullptr;
};

// In the order of keys, or of versions from the oldest on; or against it.
enum class Direction : std::uint8_t { forwards, backwards };

// A row as it was found.
struct Row {
    std::string_view key;  // whole
    std::string_view value;
    Sequence version;  // of a versioned table
};

// The database as it stood at one moment, while writes go on. Storage that cannot be read is a kj::Exception. One
// thread at a time. The database must outlive it. Keeps what it looks rows up with, so that many look-ups in one cost
// half of what they would in many.
class Snapshot {
 public:
    explicit Snapshot(const Database& database);
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;

    // Up to which event the rows are there. Cost: the first time, one look-up.
    [[nodiscard]] Sequence checkpoint() const;

    // The version of a row at `at`; `key` without the version. Nothing: there was none yet. Cost: one seek.
    [[nodiscard]] std::optional<std::string> get(std::string_view key, Sequence at, Sequence* version = nullptr) const;
    // The value in an index.
    [[nodiscard]] std::optional<std::string> find(std::string_view key) const;

    // Calls `row` for each row of [from, to), keys without the version, as it stood at `at`, until it gives false.
    // Cost: a seek a row, two in tables that are not numbered, whatever the number of versions.
    void scan(std::string_view from, std::string_view to, Sequence at,
              const std::function<bool(const Row&)>& row) const;
    // Every version up to `at` of the rows whose keys begin with `prefix`, of each row the newest first, until `row`
    // gives false.
    void scan_versions(std::string_view prefix, Sequence at, const std::function<bool(const Row&)>& row) const;
    // The versions of one row in [from, to], `key` without the version, until `row` gives false. Cost: a seek, and a
    // step a version that is given.
    void scan_row(std::string_view key, Sequence from, Sequence to, Direction direction,
                  const std::function<bool(const Row&)>& row) const;
    // The rows of an index in [from, to).
    void scan_index(std::string_view from, std::string_view to, const std::function<bool(const Row&)>& row,
                    Direction direction = Direction::forwards) const;
    // The last row of an index in [from, to], with its key. Cost: one seek.
    [[nodiscard]] std::optional<std::pair<std::string, std::string>> last_in_index(std::string_view from,
                                                                                   std::string_view to) const;
    // The last row of a versioned table in [from, to) that was there at `at`; its key without the version.
    [[nodiscard]] std::optional<std::pair<std::string, std::string>> last(std::string_view from, std::string_view to,
                                                                          Sequence at,
                                                                          Sequence* version = nullptr) const;

 private:
    [[nodiscard]] rocksdb::ReadOptions options() const;
    [[nodiscard]] std::unique_ptr<rocksdb::Iterator> iterate(rocksdb::ColumnFamilyHandle* family,
                                                             const rocksdb::ReadOptions& options) const;
    // Made at the first use, since that costs as much as a seek. Nobody's while a function of the caller's is called.
    struct Kept {
        std::unique_ptr<rocksdb::Iterator> row;      // finds versions of one row
        std::unique_ptr<rocksdb::Iterator> ordered;  // goes from row to row
        std::unique_ptr<rocksdb::Iterator> index;
    };
    [[nodiscard]] rocksdb::Iterator& kept_row() const;
    [[nodiscard]] rocksdb::Iterator& kept_ordered() const;
    [[nodiscard]] rocksdb::Iterator& kept_index() const;

    const Database& database_;
    mutable rocksdb::ManagedSnapshot snapshot_;  // not const-correct
    mutable std::optional<Sequence> checkpoint_;
    mutable Kept kept_;
};

}  // namespace seatledger
