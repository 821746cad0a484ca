#include "engine/log/rocksdb_log.h"

#include <rocksdb/cache.h>
#include <rocksdb/db.h>
#include <rocksdb/env.h>
#include <rocksdb/file_system.h>
#include <rocksdb/metadata.h>
#include <rocksdb/options.h>
#include <rocksdb/table.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <bit>
#include <cstring>
#include <string>
#include <utility>

#include "engine/rocksdb_check.h"

namespace seatledger {
namespace {

// Ascending bytes are ascending sequences.
class Key {
 public:
    explicit Key(Sequence sequence)
        : bytes_(std::bit_cast<std::array<char, sizeof(std::uint64_t)>>(std::byteswap(sequence.value))) {}

    [[nodiscard]] rocksdb::Slice slice() const { return {bytes_.data(), bytes_.size()}; }

 private:
    std::array<char, sizeof(std::uint64_t)> bytes_;
};

std::optional<Sequence> sequence_of(const rocksdb::Slice& key) {
    std::uint64_t bytes = 0;
    if (key.size() != sizeof bytes) return {};
    std::memcpy(&bytes, key.data(), sizeof bytes);
    return Sequence(std::byteswap(bytes));
}

std::unexpected<StorageFailure> failure(std::string message) {
    return std::unexpected(StorageFailure{std::move(message)});
}

std::unexpected<StorageFailure> bad_block(Sequence at, const std::string& what) {
    return failure("log block at sequence " + std::to_string(at.value) + " " + what);
}

// The words that are stored under `at`. RocksDB's bytes lie at any address: they are copied to `buffer`, which only
// ever grows, since growing fills it with zeros first.
std::expected<std::span<const std::uint64_t>, StorageFailure> words_of(Sequence at, const rocksdb::Slice& value,
                                                                       Words& buffer) {
    if (value.size() % sizeof(std::uint64_t) != 0) return bad_block(at, "is not a whole number of words long");
    const auto words = value.size() / sizeof(std::uint64_t);
    if (buffer.size() < words) buffer.resize(words);
    std::copy_n(value.data(), value.size(), reinterpret_cast<char*>(buffer.data()));
    return std::span(buffer).first(words);
}

std::string begins_elsewhere(Sequence first) { return "says that it begins at " + std::to_string(first.value); }

// Opens the block that is stored under `at`.
std::expected<BlockView, StorageFailure> open_stored(Sequence at, const rocksdb::Slice& value, Words& buffer) {
    const auto words = words_of(at, value, buffer);
    if (!words) return std::unexpected(words.error());
    const auto block = open_block(*words);
    if (!block) return bad_block(at, block.error());
    if (block->first() != at) return bad_block(at, begins_elsewhere(block->first()));
    return *block;
}

// Looks into one file only, where an iterator looks into several at once: it is cheaper for a single block, and damage
// elsewhere does not matter to it.
std::expected<rocksdb::PinnableSlice, StorageFailure> get(rocksdb::DB& db, Sequence at) {
    rocksdb::PinnableSlice value;
    const Key key(at);
    const auto status = db.Get({}, db.DefaultColumnFamily(), key.slice(), &value);
    if (status.IsNotFound()) return bad_block(at, "is missing");
    if (!status.ok()) return bad_block(at, "cannot be read: " + status.ToString());
    return value;
}

class RocksdbCursor : public LogCursor {
 public:
    RocksdbCursor(rocksdb::DB& db, const std::atomic<Sequence>& end, Sequence from) : db_(db), end_(end), from_(from) {
        const auto start = find_start();
        if (start) {
            next_ = *start;
        } else {
            failure_ = start.error();
        }
    }

    std::expected<std::optional<BlockView>, StorageFailure> next() override {
        if (failure_) return std::unexpected(*failure_);
        while (next_ <= end_.load(std::memory_order_acquire)) {
            const auto block = reads_on_ ? read_on() : read_alone();
            if (!block) {
                failure_ = block.error();
                return std::unexpected(*failure_);
            }
            reads_on_ = true;
            next_ = block->last().next();
            if (block->last() >= from_) return *block;
        }
        reads_on_ = false;
        iterator_.reset();  // it holds on to memory and files, and sees nothing of what is appended later
        return std::nullopt;
    }

    BlockView keep(const BlockView& newest, Words& words) override {
        std::swap(buffer_, words);  // moves no bytes
        return newest;
    }

 private:
    // Where the block that contains from_ begins; where the next one will if the log ends before.
    std::expected<Sequence, StorageFailure> find_start() const {
        const auto end = end_.load(std::memory_order_acquire);
        if (from_ > end) return end.next();
        if (from_ <= Sequence(1)) return Sequence(1);
        rocksdb::PinnableSlice ignored;
        if (db_.Get({}, db_.DefaultColumnFamily(), Key(from_).slice(), &ignored).ok()) return from_;
        const std::unique_ptr<rocksdb::Iterator> iterator(db_.NewIterator({}));
        iterator->SeekForPrev(Key(from_).slice());
        if (!iterator->status().ok()) return bad_block(from_, "cannot be found: " + iterator->status().ToString());
        if (!iterator->Valid()) return Sequence(1);
        const auto found = sequence_of(iterator->key());
        if (!found) return bad_block(from_, "cannot be found: the key before it is no sequence");
        return *found;
    }

    // The block that begins at next_, which the log has.
    std::expected<BlockView, StorageFailure> read_alone() {
        const auto value = get(db_, next_);
        if (!value) return std::unexpected(value.error());
        return open_stored(next_, *value, buffer_);
    }

    // The same, fast when the block before was read just now.
    std::expected<BlockView, StorageFailure> read_on() {
        const Key key(next_);
        if (iterator_ && iterator_->Valid()) iterator_->Next();
        if (!iterator_ || (!iterator_->Valid() && iterator_->status().ok())) {
            rocksdb::ReadOptions options;
            options.fill_cache = false;
            iterator_.reset(db_.NewIterator(options));
            iterator_->Seek(key.slice());
        }
        if (iterator_->Valid() && iterator_->key() == key.slice()) {
            return open_stored(next_, iterator_->value(), buffer_);
        }
        if (iterator_->Valid() && iterator_->key().compare(key.slice()) < 0) {
            return bad_block(next_, "does not follow the one before it: something else lies between them");
        }
        // Damage, or a gap; which one is seen best from here, since RocksDB 7.8 steps over a file with a
        // damaged beginning as if it were not there.
        iterator_.reset();
        return read_alone();
    }

    rocksdb::DB& db_;
    const std::atomic<Sequence>& end_;
    Sequence from_;
    Sequence next_;
    bool reads_on_ = false;
    std::unique_ptr<rocksdb::Iterator> iterator_;
    Words buffer_;
    std::optional<StorageFailure> failure_;
};

class RocksdbLog : public Log {
 public:
    RocksdbLog(std::unique_ptr<rocksdb::DB> db, Sequence last) : db_(std::move(db)), last_(last) {}

    std::expected<void, StorageFailure> append(Sequence expected, std::span<const std::uint64_t> block) override {
        if (failure_) return failure("the log takes nothing any more: " + failure_->message);
        const auto view = open_block(block);
        if (!view) return refuse(expected, view.error());
        if (view->first() != expected) return refuse(expected, "begins at " + std::to_string(view->first().value));
        if (expected != last().next()) {
            return refuse(expected, "does not follow the log's end at " + std::to_string(last().value));
        }
        rocksdb::WriteOptions options;
        options.sync = true;
        const rocksdb::Slice value(reinterpret_cast<const char*>(block.data()), block.size_bytes());
        const auto status = db_->Put(options, Key(expected).slice(), value);
        if (!status.ok()) {
            failure_ = bad_block(expected, "cannot be written: " + status.ToString()).error();
            return std::unexpected(*failure_);
        }
        last_.store(view->last(), std::memory_order_release);
        return {};
    }

    Sequence last() const override { return last_.load(std::memory_order_acquire); }

    std::unique_ptr<LogCursor> read(Sequence from) const override {
        return std::make_unique<RocksdbCursor>(*db_, last_, from);
    }

    std::expected<BlockIndex, StorageFailure> find_block(Sequence first, Words& buffer) const override {
        const auto value = get(*db_, first);
        if (!value) return std::unexpected(value.error());
        const auto words = words_of(first, *value, buffer);
        if (!words) return std::unexpected(words.error());
        auto block = index_block(*words);
        if (!block) return bad_block(first, block.error());
        if (block->first() != first) return bad_block(first, begins_elsewhere(block->first()));
        return std::move(*block);
    }

 private:
    static std::unexpected<StorageFailure> refuse(Sequence expected, const std::string& why) {
        return failure("block to append at sequence " + std::to_string(expected.value) + " " + why);
    }

    std::unique_ptr<rocksdb::DB> db_;
    std::atomic<Sequence> last_;
    std::optional<StorageFailure> failure_;  // the appending thread's
};

// The values are large and their keys ascend: files never overlap, so all that compaction does is to move whole files
// to deeper levels, where an iterator need not merge them. None is ever written again.
rocksdb::Options database_options(rocksdb::Env* env) {
    rocksdb::Options options;
    options.env = env;
    options.create_if_missing = true;

    // The default would open a log with a damaged middle and silently drop what follows it.
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kTolerateCorruptedTailRecords;
    options.paranoid_checks = true;
    options.max_bgerror_resume_count = 0;  // what failed once is not retried behind our back

    options.write_buffer_size = 64 * 1024 * 1024;
    options.max_write_buffer_number = 3;
    options.allow_concurrent_memtable_write = false;  // one thread appends
    options.compaction_style = rocksdb::kCompactionStyleLevel;
    options.compression = rocksdb::kLZ4Compression;  // a third of the disk, for a fifth of the reading speed
    options.ttl = 0;                                 // no file gets too old to stay as it is
    options.periodic_compaction_seconds = 0;
    options.bytes_per_sync = 1024 * 1024;  // otherwise a flush's one big sync at its end holds up an append's
    options.max_open_files = 256;
    keep_file_checksums(options);

    rocksdb::BlockBasedTableOptions table;
    table.block_size = 32 * 1024;  // for the small blocks of a ledger at rest; a large one is alone in its own
    table.block_cache = rocksdb::NewLRUCache(32 * 1024 * 1024, 2);  // for blocks read alone; in few, wide shards
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));

    options.info_log_level = rocksdb::WARN_LEVEL;
    options.keep_log_file_num = 2;
    options.max_log_file_size = 1024 * 1024;
    options.stats_dump_period_sec = 0;
    options.stats_persist_period_sec = 0;
    return options;
}

// Makes the directory if it is not there. RocksDB syncs what is in it, but not its name in the one above.
rocksdb::Status make_directory(rocksdb::Env& env, const std::filesystem::path& directory) {
    if (env.FileExists(directory / "CURRENT").ok()) return rocksdb::Status::OK();
    const auto status = env.CreateDirIfMissing(directory);
    if (!status.ok()) return status;
    std::unique_ptr<rocksdb::FSDirectory> above;
    const auto opened = env.GetFileSystem()->NewDirectory(directory / "..", {}, &above, nullptr);
    return opened.ok() ? above->Fsync({}, nullptr) : opened;
}

// The last sequence of the newest block; 0 if there is none.
std::expected<Sequence, StorageFailure> find_end(rocksdb::DB& db) {
    const std::unique_ptr<rocksdb::Iterator> iterator(db.NewIterator({}));
    iterator->SeekToLast();
    if (!iterator->status().ok()) return failure("its end cannot be found: " + iterator->status().ToString());
    if (!iterator->Valid()) return Sequence();
    const auto at = sequence_of(iterator->key());
    if (!at) return failure("newest key is no sequence: this is no log");
    Words buffer;
    const auto block = open_stored(*at, iterator->value(), buffer);
    if (!block) return std::unexpected(block.error());
    return block->last();
}

// The same where that cannot be read: as far as the files are known to go; 0: they have nothing.
Sequence presumed_end(rocksdb::DB& db) {
    if (const auto end = find_end(db)) return *end;
    Sequence last;
    std::vector<rocksdb::LiveFileMetaData> files;
    db.GetLiveFilesMetaData(&files);
    for (const auto& file : files) last = std::max(last, sequence_of(file.largestkey).value_or(Sequence()));
    // What is in memory only, from the write-ahead log, comes last.
    const std::unique_ptr<rocksdb::Iterator> iterator(db.NewIterator({}));
    iterator->SeekToLast();
    if (iterator->Valid()) last = std::max(last, sequence_of(iterator->key()).value_or(Sequence()));
    return last;
}

}  // namespace

std::expected<std::unique_ptr<Log>, StorageFailure> open_rocksdb_log(const std::filesystem::path& directory,
                                                                     const RocksdbLogOptions& options) {
    const auto cannot_open = [&](const std::string& why) {
        return failure("cannot open the log in " + directory.string() + ": " + why);
    };
    auto* const env = options.env != nullptr ? options.env : rocksdb::Env::Default();
    using Purpose = RocksdbLogOptions::Purpose;
    const bool to_append = options.purpose == Purpose::append;
    auto status = to_append ? make_directory(*env, directory) : rocksdb::Status::OK();
    if (!status.ok()) return cannot_open(status.ToString());
    rocksdb::DB* opened = nullptr;
    auto tuned = database_options(env);
    if (to_append) {
        status = rocksdb::DB::Open(tuned, directory.string(), &opened);
    } else {
        using Mode = rocksdb::WALRecoveryMode;
        const bool to_salvage = options.purpose == Purpose::salvage;
        tuned.wal_recovery_mode = to_salvage ? Mode::kPointInTimeRecovery : Mode::kAbsoluteConsistency;
        tuned.paranoid_checks = !to_salvage;
        status = rocksdb::DB::OpenForReadOnly(tuned, directory.string(), &opened);
    }
    std::unique_ptr<rocksdb::DB> db(opened);
    if (!status.ok()) return cannot_open(status.ToString());
    if (options.purpose == Purpose::salvage) {
        const auto end = presumed_end(*db);
        return std::make_unique<RocksdbLog>(std::move(db), end);
    }
    const auto last = find_end(*db);
    if (!last) return cannot_open(last.error().message);
    return std::make_unique<RocksdbLog>(std::move(db), *last);
}

}  // namespace seatledger
