// rebuild and sustained: how fast rows get into the tables. The ceilings put the same rows down with RocksDB alone.
#include <kj/debug.h>
#include <rocksdb/db.h>
#include <rocksdb/sst_file_writer.h>
#include <rocksdb/write_batch.h>

#include <deque>
#include <string>

#include "projections/reducer.h"
#include "projections/row_buffer.h"
#include "tools/bench/figures.h"
#include "tools/bench/rocksdb_ceiling.h"
#include "tools/bench/store.h"

namespace seatledger::bench {
namespace {

namespace fs = std::filesystem;
using tables::Table;

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

std::uint64_t bytes_in(const fs::path& directory) {
    std::uint64_t bytes = 0;
    for (const auto& entry : fs::recursive_directory_iterator(directory)) {
        if (entry.is_regular_file()) bytes += entry.file_size();
    }
    return bytes;
}

// A database like the projections', without anything in it.
std::unique_ptr<Database> empty_database(const fs::path& directory) {
    fs::remove_all(directory);
    return require(Database::open(directory));
}

// All rows of one of a database's column families, in order.
struct SortedRows {
    std::string bytes;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> sizes;  // of key and value
};

SortedRows rows_of(Database& database, rocksdb::ColumnFamilyHandle* family) {
    SortedRows rows;
    rocksdb::ReadOptions all;
    all.total_order_seek = true;
    const std::unique_ptr<rocksdb::Iterator> iterator(database.rocksdb().NewIterator(all, family));
    for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
        rows.bytes.append(iterator->key().ToStringView()).append(iterator->value().ToStringView());
        rows.sizes.emplace_back(iterator->key().size(), iterator->value().size());
    }
    require(iterator->status());
    return rows;
}

std::vector<std::string> write_files(const SortedRows& rows, Database& to, rocksdb::ColumnFamilyHandle* family) {
    constexpr std::uint64_t file_bytes = 64 << 20;
    std::vector<std::string> files;
    std::unique_ptr<rocksdb::SstFileWriter> writer;
    const char* at = rows.bytes.data();
    for (const auto& [key_size, value_size] : rows.sizes) {
        if (!writer) {
            files.push_back((to.directory() / (family->GetName() + std::to_string(files.size()))).string());
            writer = std::make_unique<rocksdb::SstFileWriter>(rocksdb::EnvOptions(), to.rocksdb().GetOptions(family));
            require(writer->Open(files.back()));
        }
        require(writer->Put({at, key_size}, {at + key_size, value_size}));
        at += key_size + value_size;
        if (writer->FileSize() > file_bytes) {
            require(writer->Finish());
            writer.reset();
        }
    }
    if (writer) require(writer->Finish());
    return files;
}

struct IngestSeconds {
    double write = 0;
    double ingest = 0;
};

IngestSeconds ingest_same_rows(Database& from, const fs::path& directory) {
    const auto to = empty_database(directory);
    IngestSeconds seconds;
    for (const auto table : {Table::accounts, Table::account_ids}) {
        const auto rows = rows_of(from, from.family_of(table));
        const Stopwatch writing;
        const auto files = write_files(rows, *to, to->family_of(table));
        seconds.write += writing.seconds();
        const Stopwatch ingesting;
        rocksdb::IngestExternalFileOptions options;  // copies, as taking in what was made elsewhere does
        require(to->rocksdb().IngestExternalFile(to->family_of(table), files, options));
        seconds.ingest += ingesting.seconds();
    }
    return seconds;
}

// The rows of a log, in batches of so many events, sorted.
std::vector<rocksdb::WriteBatch> rows_of(const Log& log, const Secrets& secrets, Database& database,
                                         std::uint64_t batch_events) {
    std::vector<rocksdb::WriteBatch> batches;
    SecretRows secret_rows(secrets, log.last());
    Reducer reducer(database, &secret_rows);
    RowBuffer rows;
    std::uint64_t events = 0;
    const auto put_aside = [&] {
        reducer.finish(rows);
        auto& batch = batches.emplace_back();
        const auto fill = [&](rocksdb::ColumnFamilyHandle* family) {
            return [&batch, family](const RowBuffer::Item& item) {
                require(item.removed ? batch.Delete(family, slice(item.key))
                                     : batch.Put(family, slice(item.key), slice(item.value)));
            };
        };
        rows.for_each_versioned(fill(database.family_of(Table::accounts)));
        rows.for_each_index(fill(database.family_of(Table::account_ids)));
        rows.clear();
        events = 0;
    };
    const auto cursor = log.read(Sequence(1));
    while (const auto block = require(cursor->next())) {
        reducer.apply(*block, rows);
        events += block->count();
        if (events >= batch_events) put_aside();
    }
    if (events > 0) put_aside();
    return batches;
}

double put_down_alone(const Log& log, const Secrets& secrets, const fs::path& directory) {
    constexpr std::uint64_t batch_events = 16'384;
    const auto database = empty_database(directory);
    auto batches = rows_of(log, secrets, *database, batch_events);
    rocksdb::WriteOptions without_log;
    without_log.disableWAL = true;
    const Stopwatch watch;
    for (auto& batch : batches) require(database->rocksdb().Write(without_log, &batch));
    require(database->flush());
    return watch.seconds();
}

// How far the tables are behind, in time.
class Lag {
 public:
    void wrote(Sequence last) { written_.emplace_back(last, Stopwatch()); }
    [[nodiscard]] double seconds(Sequence checkpoint) {
        while (!written_.empty() && written_.front().first <= checkpoint) written_.pop_front();
        const auto lag = written_.empty() ? 0 : written_.front().second.seconds();
        seconds_max_ = std::max(seconds_max_, lag);
        return lag;
    }
    [[nodiscard]] double seconds_max() const { return seconds_max_; }

 private:
    std::deque<std::pair<Sequence, Stopwatch>> written_;
    double seconds_max_ = 0;
};

}  // namespace

void measure_rebuild(const BenchOptions& options) {
    constexpr int rounds = 3;
    const auto directory = options.data / "rebuild";
    fs::remove_all(directory);
    {
        Store store(directory, Store::With::projections);
        Workload workload(shape_for(options, options.events));
        store.fill(workload, options.events);
        store.project();
        std::vector<double> rebuilding;
        std::vector<double> writing_and_ingesting;
        std::vector<double> ingesting;
        for (int round = 0; round < rounds; ++round) {
            const auto rebuilt = require(store.projections().rebuild({}));
            KJ_REQUIRE(rebuilt.differ.empty(), "the rebuilt tables differ from the live ones");
            rebuilding.push_back(rebuilt.seconds);
            const auto ceiling =
                ingest_same_rows(*store.projections().current().generation->database, directory / "ceiling");
            fs::remove_all(directory / "ceiling");
            // To take in files that somebody else made is to copy them: that alone is no way to do as much. The
            // ceiling makes them too, of rows that are there and sorted.
            writing_and_ingesting.push_back(ceiling.write + ceiling.ingest);
            ingesting.push_back(ceiling.ingest);
        }
        const auto events = static_cast<double>(store.log().last().value);
        const auto value = middle_rate(events, rebuilding);
        const auto ceiling = middle_rate(events, writing_and_ingesting);
        const auto files_made_before = middle_rate(events, ingesting);
        print({"rebuild",
               value,
               "events/s",
               ceiling,
               value / ceiling,
               {{"files_made_before", files_made_before}, {"files_made_before_ratio", value / files_made_before}}});
        const auto current = store.projections().current();
        require(current.generation->database->flush());
        print({"bytes_per_event",
               bytes_in(directory / "log") / events,
               "bytes",
               0,
               0,
               {{"projections", bytes_in(current.generation->database->directory()) / events}}});
    }
    fs::remove_all(directory);
}

void measure_sustained(const BenchOptions& options) {
    constexpr double seconds_max = 60;
    // A step that is under way comes on top.
    constexpr double lag_allowed_seconds = 0.2;
    constexpr std::uint32_t batch_commands = 1'024;
    const auto directory = options.data / "sustained";
    fs::remove_all(directory);
    forget_peak_memory();
    {
        Store store(directory, Store::With::projections);
        Workload workload(shape_for(options, options.events));
        store.set_up(workload);
        store.project();
        const auto from = store.log().last();
        Lag lag;
        const Stopwatch watch;
        while (watch.seconds() < seconds_max && store.log().last().value < options.events) {
            const auto batch = workload.next(batch_commands);
            store.submit(batch);
            store.settle();
            lag.wrote(store.log().last());
            // Load that the tables cannot take would only queue up.
            while (lag.seconds(store.projections().checkpoint()) > lag_allowed_seconds) {
                KJ_REQUIRE(store.projections().wait_for(store.projections().checkpoint().next()));
            }
        }
        store.project();
        const auto seconds = watch.seconds();
        const auto memory = peak_memory_bytes();
        const auto events = static_cast<double>(store.log().last().value - from.value);
        const auto ceiling_seconds = put_down_alone(store.log(), store.secrets(), directory / "ceiling");
        const auto ceiling = static_cast<double>(store.log().last().value) / ceiling_seconds;
        print({"sustained",
               events / seconds,
               "events/s",
               ceiling,
               events / seconds / ceiling,
               {{"lag_seconds_max", lag.seconds_max()}, {"memory_bytes_max", memory}, {"seconds", seconds}}});
    }
    fs::remove_all(directory);
}

}  // namespace seatledger::bench
