#include "projections/database.h"

#include <kj/debug.h>
#include <rocksdb/cache.h>
#include <rocksdb/filter_policy.h>
#include <rocksdb/perf_level.h>
#include <rocksdb/slice_transform.h>
#include <rocksdb/table.h>

namespace seatledger {
namespace {

constexpr std::size_t block_cache_bytes = 512u << 20;
constexpr std::size_t write_buffer_bytes = 64u << 20;
// So many steps of an iterator are cheaper than a seek.
constexpr int steps_max = 8;

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

// A versioned key without its version: what the filters are kept by, so that a file without any version of a row
// is not looked into.
class WithoutVersion final : public rocksdb::SliceTransform {
 public:
    const char* Name() const override { return "seatledger.WithoutVersion"; }
    rocksdb::Slice Transform(const rocksdb::Slice& key) const override {
        return {key.data(), key.size() - tables::version_bytes};
    }
    bool InDomain(const rocksdb::Slice& key) const override { return key.size() > tables::version_bytes; }
};

rocksdb::ColumnFamilyOptions family_options(const BlockCache& cache, bool versioned) {
    rocksdb::BlockBasedTableOptions table;
    table.block_cache = cache;
    table.filter_policy.reset(rocksdb::NewBloomFilterPolicy(10));
    table.whole_key_filtering = !versioned;
    table.format_version = 5;
    table.block_size = 8 << 10;
    table.cache_index_and_filter_blocks = false;

    rocksdb::ColumnFamilyOptions options;
    options.table_factory.reset(rocksdb::NewBlockBasedTableFactory(table));
    options.write_buffer_size = write_buffer_bytes;
    options.max_write_buffer_number = 4;
    options.level_compaction_dynamic_level_bytes = true;
    options.compression = rocksdb::kLZ4Compression;
    options.target_file_size_base = 64 << 20;
    options.max_bytes_for_level_base = 512 << 20;
    options.level0_file_num_compaction_trigger = 4;
    options.level0_slowdown_writes_trigger = 40;
    options.level0_stop_writes_trigger = 60;
    // Batches come sorted: in each table the place of a row is looked for from that of the row before.
    options.memtable_insert_with_hint_prefix_extractor.reset(rocksdb::NewFixedPrefixTransform(1));
    if (!versioned) return options;
    options.prefix_extractor = std::make_shared<WithoutVersion>();
    options.memtable_prefix_bloom_size_ratio = 0.05;
    return options;
}

rocksdb::DBOptions database_options() {
    rocksdb::DBOptions options;
    options.create_if_missing = true;
    options.create_missing_column_families = true;
    // Without a write-ahead log this is what keeps the two families and the checkpoint of one moment.
    options.atomic_flush = true;
    options.allow_concurrent_memtable_write = false;  // one thread writes
    options.max_background_jobs = 2;
    options.max_open_files = 512;
    options.keep_log_file_num = 2;
    options.max_log_file_size = 4 << 20;
    options.info_log_level = rocksdb::WARN_LEVEL;
    options.stats_dump_period_sec = 0;
    return options;
}

// Goes on to the first key at or behind `target`, which lies ahead.
void advance_to(rocksdb::Iterator& iterator, const std::string& target) {
    for (int i = 0; i < steps_max && iterator.Valid() && iterator.key().compare(target) < 0; ++i) iterator.Next();
    if (iterator.Valid() && iterator.key().compare(target) < 0) iterator.Seek(target);
}

// Where to look, behind all versions of this row, for the next one as it was at `at`.
std::string behind(const std::string& row, Sequence at) {
    auto target = tables::after(row);
    if (tables::is_numbered(tables::table_of(row)) && target.size() == row.size()) {
        // If there is a row of this key, its versions after `at` do not matter; if there is none, no other lies
        // between.
        tables::put_version(target, at);
    }
    return target;
}

void check(const rocksdb::Status& status) {
    KJ_REQUIRE(status.ok(), "the projections cannot be read", status.ToString().c_str());
}

}  // namespace

BlockCache make_block_cache() { return rocksdb::NewLRUCache(block_cache_bytes); }

std::expected<std::unique_ptr<Database>, StorageFailure> Database::open(const std::filesystem::path& directory,
                                                                        const BlockCache& cache) {
    std::error_code ignored;  // RocksDB says what is wrong
    std::filesystem::create_directories(directory, ignored);
    return open(directory, cache, false);
}

std::expected<std::unique_ptr<Database>, StorageFailure> Database::open_to_read(const std::filesystem::path& directory,
                                                                                const BlockCache& cache) {
    return open(directory, cache, true);
}

std::expected<std::unique_ptr<Database>, StorageFailure> Database::open(const std::filesystem::path& directory,
                                                                        const BlockCache& cache, bool to_read) {
    const std::vector<rocksdb::ColumnFamilyDescriptor> families = {
        {rocksdb::kDefaultColumnFamilyName, family_options(cache, false)},
        {"versioned", family_options(cache, true)},
    };
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* db = nullptr;
    const auto status =
        to_read ? rocksdb::DB::OpenForReadOnly(database_options(), directory.string(), families, &handles, &db)
                : rocksdb::DB::Open(database_options(), directory.string(), families, &handles, &db);
    if (!status.ok()) {
        return std::unexpected(StorageFailure{"cannot open the projections in " + directory.string() + ": " +
                                              status.ToString() +
                                              "; they can be deleted, the server makes them anew from the log"});
    }
    std::unique_ptr<Database> opened(new Database);
    opened->directory_ = directory;
    opened->db_.reset(db);
    opened->index_ = handles[0];
    opened->versioned_ = handles[1];
    return opened;
}

Database::~Database() {
    if (!db_) return;
    db_->DestroyColumnFamilyHandle(index_);
    db_->DestroyColumnFamilyHandle(versioned_);
}

rocksdb::ColumnFamilyHandle* Database::family_of(tables::Table table) const {
    return table < tables::Table::account_ids ? versioned_ : index_;
}

Sequence Database::checkpoint() const { return Snapshot(*this).checkpoint(); }

std::expected<void, StorageFailure> Database::flush() {
    const auto status = db_->Flush(rocksdb::FlushOptions(), {index_, versioned_});
    if (status.ok()) return {};
    return std::unexpected(StorageFailure{"cannot write the projections: " + status.ToString()});
}

Snapshot::Snapshot(const Database& database) : database_(database), snapshot_(database.db_.get()) {
    // Counters of each thread's that nobody reads take a tenth of every seek.
    thread_local const bool counts_nothing = [] {
        rocksdb::SetPerfLevel(rocksdb::PerfLevel::kDisable);
        return true;
    }();
    static_cast<void>(counts_nothing);
}

Sequence Snapshot::checkpoint() const {
    if (!checkpoint_) {
        const auto value = find(tables::checkpoint_key);
        checkpoint_ = value ? Sequence(tables::Reader(*value).u64()) : Sequence();
    }
    return *checkpoint_;
}

rocksdb::ReadOptions Snapshot::options() const {
    rocksdb::ReadOptions options;
    options.snapshot = snapshot_.snapshot();
    return options;
}

std::unique_ptr<rocksdb::Iterator> Snapshot::iterate(rocksdb::ColumnFamilyHandle* family,
                                                     const rocksdb::ReadOptions& options) const {
    return std::unique_ptr<rocksdb::Iterator>(database_.db_->NewIterator(options, family));
}

rocksdb::Iterator& Snapshot::kept_row() const {
    if (!kept_.row) {
        auto read = options();
        read.prefix_same_as_start = true;
        kept_.row = iterate(database_.versioned_, read);
    }
    return *kept_.row;
}

rocksdb::Iterator& Snapshot::kept_ordered() const {
    if (!kept_.ordered) {
        auto read = options();
        read.total_order_seek = true;
        kept_.ordered = iterate(database_.versioned_, read);
    }
    return *kept_.ordered;
}

rocksdb::Iterator& Snapshot::kept_index() const {
    if (!kept_.index) kept_.index = iterate(database_.index_, options());
    return *kept_.index;
}

std::optional<std::string> Snapshot::get(std::string_view key, Sequence at, Sequence* version) const {
    auto& iterator = kept_row();
    std::string target(key);
    tables::put_version(target, at);
    iterator.Seek(target);
    check(iterator.status());
    if (!iterator.Valid() || iterator.key().size() != target.size() || !iterator.key().starts_with(slice(key))) {
        return {};
    }
    if (version != nullptr) *version = tables::version_of(iterator.key().ToStringView());
    return iterator.value().ToString();
}

std::optional<std::string> Snapshot::find(std::string_view key) const {
    std::string value;
    const auto status = database_.db_->Get(options(), database_.index_, slice(key), &value);
    if (status.IsNotFound()) return {};
    check(status);
    return value;
}

void Snapshot::scan(std::string_view from, std::string_view to, Sequence at,
                    const std::function<bool(const Row&)>& row) const {
    auto read = options();
    read.total_order_seek = true;
    const auto end = slice(to);
    read.iterate_upper_bound = &end;
    const auto iterator = iterate(database_.versioned_, read);
    std::string target;
    // Rows of one table have about equally many versions: once steps were in vain they will be again.
    bool steps_pay = true;
    iterator->Seek(slice(from));
    while (iterator->Valid()) {
        const auto newest = iterator->key();
        target.assign(newest.data(), newest.size() - tables::version_bytes);
        const auto key_size = target.size();
        if (tables::version_of(newest.ToStringView()) > at) {
            steps_pay = steps_pay && !tables::is_numbered(tables::table_of(target));
            tables::put_version(target, at);
            iterator->Seek(target);
            target.resize(key_size);
        }
        const auto is_same = [&] {
            return iterator->Valid() && iterator->key().size() == key_size + tables::version_bytes &&
                   iterator->key().starts_with(target);
        };
        if (!is_same()) continue;
        const auto key = iterator->key().ToStringView();
        if (!row({key, iterator->value().ToStringView(), tables::version_of(key)})) break;
        for (int i = 0; steps_pay && i < steps_max && is_same(); ++i) iterator->Next();
        if (!is_same()) continue;
        steps_pay = false;
        iterator->Seek(behind(target, at));
    }
    check(iterator->status());
}

void Snapshot::scan_versions(std::string_view prefix, Sequence at, const std::function<bool(const Row&)>& row) const {
    auto read = options();
    read.total_order_seek = true;
    const auto end_key = tables::after(std::string(prefix));
    const rocksdb::Slice end(end_key);
    read.iterate_upper_bound = &end;
    const auto iterator = iterate(database_.versioned_, read);
    std::string target;
    for (iterator->Seek(slice(prefix)); iterator->Valid();) {
        const auto key = iterator->key().ToStringView();
        if (tables::version_of(key) > at) {
            target.assign(key.substr(0, key.size() - tables::version_bytes));
            tables::put_version(target, at);
            advance_to(*iterator, target);
            continue;
        }
        if (!row({key, iterator->value().ToStringView(), tables::version_of(key)})) break;
        iterator->Next();
    }
    check(iterator->status());
}

void Snapshot::scan_row(std::string_view key, Sequence from, Sequence to, Direction direction,
                        const std::function<bool(const Row&)>& row) const {
    if (from > to) return;
    // Versions are inverted: the newest one comes first.
    std::string newest(key);
    tables::put_version(newest, to);
    std::string oldest(key);
    tables::put_version(oldest, from);
    auto read = options();
    read.total_order_seek = true;
    const auto iterator = iterate(database_.versioned_, read);
    const bool forwards = direction == Direction::forwards;
    forwards ? iterator->SeekForPrev(oldest) : iterator->Seek(newest);
    while (iterator->Valid() && iterator->key().compare(newest) >= 0 && iterator->key().compare(oldest) <= 0) {
        const auto found = iterator->key().ToStringView();
        if (!row({found, iterator->value().ToStringView(), tables::version_of(found)})) break;
        forwards ? iterator->Prev() : iterator->Next();
    }
    check(iterator->status());
}

void Snapshot::scan_index(std::string_view from, std::string_view to, const std::function<bool(const Row&)>& row,
                          Direction direction) const {
    if (from >= to) return;
    auto read = options();
    const auto begin = slice(from);
    const auto end = slice(to);
    read.iterate_lower_bound = &begin;
    read.iterate_upper_bound = &end;
    const auto iterator = iterate(database_.index_, read);
    const bool forwards = direction == Direction::forwards;
    for (forwards ? iterator->SeekToFirst() : iterator->SeekToLast(); iterator->Valid();
         forwards ? iterator->Next() : iterator->Prev()) {
        if (!row({iterator->key().ToStringView(), iterator->value().ToStringView(), Sequence()})) break;
    }
    check(iterator->status());
}

std::optional<std::pair<std::string, std::string>> Snapshot::last_in_index(std::string_view from,
                                                                           std::string_view to) const {
    auto& iterator = kept_index();
    iterator.SeekForPrev(slice(to));
    check(iterator.status());
    if (!iterator.Valid() || iterator.key().compare(slice(from)) < 0) return {};
    return std::pair(iterator.key().ToString(), iterator.value().ToString());
}

std::optional<std::pair<std::string, std::string>> Snapshot::last(std::string_view from, std::string_view to,
                                                                  Sequence at, Sequence* version) const {
    auto& iterator = kept_ordered();
    iterator.SeekForPrev(slice(to));
    while (iterator.Valid() && iterator.key().compare(slice(from)) >= 0) {
        // The oldest version of this row: was it there at `at`?
        const auto key = iterator.key();
        std::string row(key.data(), key.size() - tables::version_bytes);
        if (auto value = get(row, at, version)) return std::pair(std::move(row), std::move(*value));
        iterator.SeekForPrev(row);
    }
    check(iterator.status());
    return {};
}

}  // namespace seatledger
