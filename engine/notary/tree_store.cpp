#include "engine/notary/tree_store.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <bit>
#include <utility>

#include "engine/rocksdb_check.h"

namespace seatledger {
namespace {

constexpr std::string_view checkpoint_key = "C";
constexpr std::size_t cache_bytes = 32 << 20;
constexpr std::size_t write_buffer_bytes = 16 << 20;

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

std::string key_of(unsigned level, std::uint64_t index) {
    std::string key = "T";
    key.push_back(static_cast<char>(level));
    const auto bytes = std::byteswap(index);
    key.append(reinterpret_cast<const char*>(&bytes), sizeof bytes);
    return key;
}

std::unexpected<StorageFailure> failure(const std::string& what, const rocksdb::Status& status) {
    return std::unexpected(StorageFailure{what + ": " + status.ToString()});
}

rocksdb::Options options() {
    rocksdb::BlockBasedTableOptions table;
    table.block_cache = rocksdb::NewLRUCache(cache_bytes);
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    table.format_version = 5;
    rocksdb::Options options;
    options.create_if_missing = true;
    options.compression = rocksdb::kNoCompression;  // hashes have no pattern
    options.write_buffer_size = write_buffer_bytes;
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    options.keep_log_file_num = 2;
    keep_file_checksums(options);
    return options;
}

}  // namespace

TreeStore::TreeStore(std::unique_ptr<rocksdb::DB> db) : db_(std::move(db)) {}

TreeStore::~TreeStore() = default;

std::expected<std::unique_ptr<TreeStore>, StorageFailure> TreeStore::open(const std::filesystem::path& directory) {
    std::error_code error;
    std::filesystem::create_directories(directory, error);
    rocksdb::DB* db = nullptr;
    const auto status = rocksdb::DB::Open(options(), directory.string(), &db);
    if (status.IsCorruption()) {
        return std::unexpected(StorageFailure{"the Merkle tree in " + directory.string() + " is damaged (" +
                                              status.ToString() +
                                              "); restore it from a copy. The log can be signed anew without it, if it "
                                              "is moved away; but whether the log "
                                              "is the one that was signed before is not known then"});
    }
    if (!status.ok()) return failure("cannot open the Merkle tree in " + directory.string(), status);
    return std::unique_ptr<TreeStore>(new TreeStore(std::unique_ptr<rocksdb::DB>(db)));
}

std::expected<std::unique_ptr<TreeStore>, StorageFailure> TreeStore::open_to_read(
    const std::filesystem::path& directory) {
    rocksdb::DB* db = nullptr;
    const auto status = rocksdb::DB::OpenForReadOnly(options(), directory.string(), &db);
    if (!status.ok()) return failure("cannot open the Merkle tree in " + directory.string(), status);
    return std::unique_ptr<TreeStore>(new TreeStore(std::unique_ptr<rocksdb::DB>(db)));
}

std::expected<void, StorageFailure> TreeStore::put(std::span<const merkle::TileBytes> tiles,
                                                   std::string_view checkpoint) {
    rocksdb::WriteBatch batch;
    for (const auto& [tile, bytes] : tiles) batch.Put(key_of(tile.level, tile.index), bytes);
    batch.Put(slice(checkpoint_key), slice(checkpoint));
    rocksdb::WriteOptions write;
    write.sync = true;
    const auto status = db_->Write(write, &batch);
    if (!status.ok()) return failure("cannot write the Merkle tree", status);
    return {};
}

std::expected<std::optional<std::string>, StorageFailure> TreeStore::checkpoint() const {
    std::string note;
    const auto status = db_->Get({}, slice(checkpoint_key), &note);
    if (status.IsNotFound()) return std::nullopt;
    if (!status.ok()) return failure("the newest checkpoint cannot be read", status);
    return note;
}

std::expected<std::vector<merkle::Hash>, StorageFailure> TreeStore::fetch(const merkle::Tile& tile) const {
    const auto name = merkle::path_of(tile);
    std::string bytes;
    const auto status = db_->Get({}, key_of(tile.level, tile.index), &bytes);
    if (!status.ok()) return failure(name + " of the Merkle tree cannot be read", status);
    auto hashes = merkle::split(bytes);
    if (!hashes || hashes->size() < tile.width) {
        return std::unexpected(StorageFailure{name + " of the Merkle tree has " + std::to_string(bytes.size()) +
                                              " bytes, which are not its hashes"});
    }
    return std::move(*hashes);
}

}  // namespace seatledger
