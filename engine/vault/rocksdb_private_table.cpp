#include <kj/debug.h>
#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>
#include <rocksdb/write_batch.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <mutex>
#include <set>
#include <thread>
#include <utility>
#include <vector>

#include "engine/rocksdb_check.h"
#include "engine/vault/private_table.h"

namespace seatledger {
namespace {

namespace fs = std::filesystem;

// How long a purge waits for those who still read files that are to go.
constexpr auto wait_max = std::chrono::minutes(1);
constexpr auto wait_step = std::chrono::milliseconds(2);

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }
std::string_view view(const rocksdb::Slice& bytes) { return {bytes.data(), bytes.size()}; }

std::unexpected<StorageFailure> failure(std::string message) {
    return std::unexpected(StorageFailure{std::move(message)});
}

void check(const rocksdb::Status& status, const fs::path& directory) {
    KJ_REQUIRE(status.ok(), "private rows cannot be read", directory.c_str(), status.ToString().c_str());
}

class RocksdbPrivateTable : public PrivateTable {
 public:
    RocksdbPrivateTable(fs::path directory, std::unique_ptr<rocksdb::DB> db)
        : directory_(std::move(directory)), db_(std::move(db)) {}

    std::expected<void, StorageFailure> write(std::span<const Row> put, std::span<const std::string> removed) override {
        rocksdb::WriteBatch batch;
        for (const auto& key : removed) batch.Delete(key);
        for (const auto& row : put) batch.Put(row.key, row.value);
        const std::lock_guard lock(writing_);
        if (failure_) return stopped();
        return done(write(batch));
    }

    std::expected<void, StorageFailure> purge(std::span<const std::string> keys) override {
        const std::lock_guard lock(writing_);
        if (failure_) return stopped();
        if (keys.empty()) return {};
        return done(purge_rows(keys));
    }

    std::optional<std::string> get(std::string_view key) const override {
        std::string value;
        const auto status = db_->Get({}, slice(key), &value);
        if (status.IsNotFound()) return std::nullopt;
        check(status, directory_);
        return value;
    }

    void scan(std::string_view prefix,
              const std::function<bool(std::string_view, std::string_view)>& row) const override {
        const std::unique_ptr<rocksdb::Iterator> iterator(db_->NewIterator({}));
        for (iterator->Seek(slice(prefix)); iterator->Valid(); iterator->Next()) {
            if (!view(iterator->key()).starts_with(prefix)) return;
            if (!row(view(iterator->key()), view(iterator->value()))) return;
        }
        check(iterator->status(), directory_);
    }

    // After a crash within a purge it is not known any more whose rows they were, so all are rewritten.
    rocksdb::Status end_unfinished_purge() {
        std::string ignored;
        auto status = db_->Get({}, unfinished_purge_key, &ignored);
        if (!status.ok()) return status.IsNotFound() ? Status::OK() : status;
        // With nothing in memory a flush does nothing, and write-ahead logs stay that may be empty: then for ever.
        rocksdb::WriteBatch again;
        again.Put(unfinished_purge_key, "");
        status = write(again);
        if (status.ok()) status = db_->Flush(rocksdb::FlushOptions());
        if (status.ok()) status = compact(nullptr, nullptr);
        return status.ok() ? finish_purge() : status;
    }

 private:
    using Status = rocksdb::Status;

    Status write(rocksdb::WriteBatch& batch) {
        rocksdb::WriteOptions options;
        options.sync = true;
        return db_->Write(options, &batch);
    }

    // Where the bytes of a row may be: in the write-ahead log and in memory (a flush ends both), in tables of every
    // level, where a deletion is a row with its key too (a compaction down to the last level ends both), and in the
    // manifest, since that has the first and the last key of every table.
    Status purge_rows(std::span<const std::string> keys) {
        rocksdb::WriteBatch batch;
        batch.Put(unfinished_purge_key, "");
        for (const auto& key : keys) batch.Delete(key);
        auto status = write(batch);
        if (status.ok()) status = db_->Flush(rocksdb::FlushOptions());
        // The keys of a kind lie together, and those of another kind may lie far from them.
        std::map<std::string_view, std::vector<std::string>> kinds;
        for (const auto& key : keys) kinds[std::string_view(key).substr(0, key.find('/'))].push_back(key);
        for (const auto& [kind, of_kind] : kinds) {
            const auto [first, last] = std::ranges::minmax_element(of_kind);
            const rocksdb::Slice from(*first);
            const rocksdb::Slice to(*last);
            if (status.ok()) status = compact(&from, &to);
        }
        return status.ok() ? finish_purge() : status;
    }

    Status finish_purge() {
        // A manifest begins with the tables as they were before the change for which it was made. This changes nothing,
        // and its manifest has only the tables that are left.
        auto status = db_->SetOptions({{"disable_auto_compactions", "false"}});
        if (status.ok()) status = wait_for_old_files();
        rocksdb::WriteBatch batch;
        batch.Delete(unfinished_purge_key);
        return status.ok() ? write(batch) : status;
    }

    // Null: from the beginning, to the end.
    Status compact(const rocksdb::Slice* from, const rocksdb::Slice* to) {
        rocksdb::CompactRangeOptions options;
        options.bottommost_level_compaction = rocksdb::BottommostLevelCompaction::kForce;
        return db_->CompactRange(options, from, to);
    }

    // RocksDB removes files after its next change, on other threads, and those that somebody reads when the reader has
    // finished. It looks for what is left over when it has been kept from it.
    Status wait_for_old_files() {
        const auto end = std::chrono::steady_clock::now() + wait_max;
        while (true) {
            std::string old_file;
            auto status = db_->DisableFileDeletions();
            if (status.ok()) status = db_->EnableFileDeletions();
            if (status.ok()) status = find_old_file(old_file);
            if (!status.ok()) return status;
            if (old_file.empty()) return Status::OK();
            if (std::chrono::steady_clock::now() > end) return Status::TimedOut(old_file + " is still in use");
            std::this_thread::sleep_for(wait_step);
        }
    }

    // A table or manifest that is not in use any more, or a write-ahead log before the newest.
    Status find_old_file(std::string& found) {
        std::vector<std::string> live;
        std::uint64_t ignored = 0;
        auto status = db_->GetLiveFiles(live, &ignored, false);
        std::vector<std::string> files;
        if (status.ok()) status = db_->GetEnv()->GetChildren(directory_.string(), &files);
        if (!status.ok()) return status;
        std::set<std::string> in_use;  // RocksDB's begin with a slash
        for (const auto& file : live) in_use.insert(file.substr(file.find_first_not_of('/')));
        const auto by_number = [](const std::string& file) { return std::pair(file.size(), file); };
        std::string newest_log;
        for (const auto& file : files) {
            if (file.ends_with(".log")) newest_log = std::ranges::max(newest_log, file, {}, by_number);
        }
        for (const auto& file : files) {
            const bool is_log = file.ends_with(".log");
            const bool matters = is_log || file.ends_with(".sst") || file.starts_with("MANIFEST-");
            if (matters && file != newest_log && !in_use.contains(file)) found = file;
        }
        return Status::OK();
    }

    std::expected<void, StorageFailure> done(const Status& status) {
        if (status.ok()) return {};
        failure_ = "private rows in " + directory_.string() + " cannot be written: " + status.ToString();
        return failure(*failure_);
    }
    std::unexpected<StorageFailure> stopped() const {
        return failure("no private row is written any more: " + *failure_);
    }

    fs::path directory_;
    std::unique_ptr<rocksdb::DB> db_;
    std::mutex writing_;
    std::optional<std::string> failure_;
};

rocksdb::Options database_options(rocksdb::Env* env) {
    rocksdb::Options options;
    options.env = env;
    options.create_if_missing = true;
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
    options.paranoid_checks = true;
    options.max_bgerror_resume_count = 0;  // what failed once is not retried behind our back

    // So that no file has bytes of a row that is gone, and one can see that: a new manifest for every change of the
    // tables, no log used again, and keys and values whole in every place where they are.
    options.max_manifest_file_size = 0;
    options.recycle_log_file_num = 0;
    keep_file_checksums(options);
    options.compression = rocksdb::kNoCompression;
    rocksdb::BlockBasedTableOptions table;
    table.block_restart_interval = 1;  // else a key has only what differs from the one before it
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    table.block_cache = rocksdb::NewLRUCache(16 * 1024 * 1024, 2);
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));

    options.write_buffer_size = 4 * 1024 * 1024;
    options.target_file_size_base = 4 * 1024 * 1024;  // what a purge of one key rewrites
    options.max_open_files = 256;
    options.info_log_level = rocksdb::WARN_LEVEL;  // below that it says which keys it compacts
    options.keep_log_file_num = 2;
    options.max_log_file_size = 1024 * 1024;
    options.stats_dump_period_sec = 0;
    options.stats_persist_period_sec = 0;
    return options;
}

// Makes the directory if it is not there. RocksDB syncs what is in it, but not its name in the one above.
rocksdb::Status make_directory(rocksdb::Env& env, const fs::path& directory) {
    if (env.FileExists(directory / "CURRENT").ok()) return rocksdb::Status::OK();
    const auto status = env.CreateDirIfMissing(directory);
    if (!status.ok()) return status;
    std::unique_ptr<rocksdb::FSDirectory> above;
    const auto opened = env.GetFileSystem()->NewDirectory(directory / "..", {}, &above, nullptr);
    return opened.ok() ? above->Fsync({}, nullptr) : opened;
}

}  // namespace

std::expected<std::unique_ptr<PrivateTable>, StorageFailure> open_rocksdb_private_table(
    const fs::path& directory, const RocksdbPrivateTableOptions& options) {
    auto* const env = options.env != nullptr ? options.env : rocksdb::Env::Default();
    rocksdb::DB* opened = nullptr;
    auto status = options.to_read ? rocksdb::Status::OK() : make_directory(*env, directory);
    if (status.ok()) {
        status = options.to_read ? rocksdb::DB::OpenForReadOnly(database_options(env), directory.string(), &opened)
                                 : rocksdb::DB::Open(database_options(env), directory.string(), &opened);
    }
    std::unique_ptr<rocksdb::DB> db(opened);
    if (!status.ok()) {
        return failure("cannot open the private rows in " + directory.string() + ": " + status.ToString());
    }
    auto table = std::make_unique<RocksdbPrivateTable>(directory, std::move(db));
    if (options.to_read) return table;
    if (status = table->end_unfinished_purge(); !status.ok()) {
        return failure("private rows in " + directory.string() + " cannot be purged: " + status.ToString());
    }
    return table;
}

}  // namespace seatledger
