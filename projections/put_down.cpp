#include "projections/put_down.h"

#include <rocksdb/sst_file_writer.h>
#include <rocksdb/write_batch.h>

#include <filesystem>
#include <future>
#include <span>
#include <string>
#include <vector>

namespace seatledger {
namespace {

using tables::Table;

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

StorageFailure failure(const rocksdb::Status& status) { return {"cannot write the projections: " + status.ToString()}; }

rocksdb::WriteOptions without_log() {
    rocksdb::WriteOptions options;
    options.disableWAL = true;
    return options;
}

void fill(rocksdb::WriteBatch& batch, rocksdb::ColumnFamilyHandle* family, const RowBuffer::Item& item) {
    if (item.removed) {
        batch.Delete(family, slice(item.key));
    } else {
        batch.Put(family, slice(item.key), slice(item.value));
    }
}

// One sorted file for the family.
class File {
 public:
    File(Database& database, Table table, const std::string& name)
        : database_(database),
          family_(database.family_of(table)),
          path_((database.directory() / name).string()),
          options_(database.rocksdb().GetOptions(family_)),
          writer_(rocksdb::EnvOptions(), options_, family_) {}

    void add(const RowBuffer::Item& item) {
        if (rows_++ == 0) open();
        if (!status_.ok()) return;
        status_ = item.removed ? writer_.Delete(slice(item.key)) : writer_.Put(slice(item.key), slice(item.value));
    }

    // Its path, if there are rows in it, is added to `paths`.
    [[nodiscard]] rocksdb::Status finish(std::vector<std::string>& paths) {
        if (rows_ == 0) return rocksdb::Status::OK();
        paths.push_back(path_);
        return status_.ok() ? writer_.Finish() : status_;
    }

 private:
    void open() {
        // What a crash left under this name may be one of the database's own files by another name: it must not be
        // written into.
        std::error_code ignored;
        std::filesystem::remove(path_, ignored);
        status_ = writer_.Open(path_);
    }

    Database& database_;
    rocksdb::ColumnFamilyHandle* family_;
    std::string path_;
    rocksdb::Options options_;
    rocksdb::SstFileWriter writer_;
    rocksdb::Status status_;
    std::size_t rows_ = 0;
};

rocksdb::Status take_in(Database& database, Table table, std::span<File*> files) {
    std::vector<std::string> paths;
    for (auto* file : files) {
        if (const auto status = file->finish(paths); !status.ok()) return status;
    }
    if (paths.empty()) return rocksdb::Status::OK();
    rocksdb::IngestExternalFileOptions ingest;
    ingest.move_files = true;
    return database.rocksdb().IngestExternalFile(database.family_of(table), paths, ingest);
}

rocksdb::Status put_as_files(Database& database, RowBuffer& rows) {
    // Sorting and writing is most of the work, so two threads share it.
    const auto halves = rows.versioned_halves();
    File first(database, Table::accounts, "versioned-1.rows");
    File second(database, Table::accounts, "versioned-2.rows");
    auto written = std::async(std::launch::async,
                              [&] { halves[1].for_each([&](const RowBuffer::Item& item) { second.add(item); }); });
    halves[0].for_each([&](const RowBuffer::Item& item) { first.add(item); });
    written.get();
    // Versions may be there before the checkpoint says so, what the indexes say may not.
    File* versioned[] = {&first, &second};
    if (const auto status = take_in(database, Table::accounts, versioned); !status.ok()) return status;
    File index(database, Table::account_ids, "index.rows");
    rows.for_each_index([&](const RowBuffer::Item& item) { index.add(item); });
    File* indexes[] = {&index};
    return take_in(database, Table::account_ids, indexes);
}

rocksdb::Status put_as_batch(Database& database, RowBuffer& rows) {
    rocksdb::WriteBatch batch(rows.bytes() + rows.count() * 32);
    auto* versioned = database.family_of(Table::accounts);
    auto* index = database.family_of(Table::account_ids);
    rows.for_each_versioned([&](const RowBuffer::Item& item) { fill(batch, versioned, item); });
    rows.for_each_index([&](const RowBuffer::Item& item) { fill(batch, index, item); });
    return database.rocksdb().Write(without_log(), &batch);
}

}  // namespace

std::expected<void, StorageFailure> put_down(Database& database, RowBuffer& rows, Sequence checkpoint) {
    std::string value;
    tables::put_u64(value, checkpoint.value);
    rows.put_index(tables::checkpoint_key, value);
    const auto status = rows.count() >= file_rows_min ? put_as_files(database, rows) : put_as_batch(database, rows);
    if (!status.ok()) return std::unexpected(failure(status));
    rows.clear();
    return {};
}

}  // namespace seatledger
