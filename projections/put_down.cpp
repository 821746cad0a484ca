#include "projections/put_down.h"

#include <rocksdb/sst_file_writer.h>
#include <rocksdb/write_batch.h>

#include <filesystem>

namespace seatledger {
namespace {

using tables::Table;

rocksdb::Slice slice(std::string_view bytes) { return {bytes.data(), bytes.size()}; }

StorageFailure failure(const rocksdb::Status& status) {
    return {"cannot write the projections: " + status.ToString()};
}

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

// One sorted file in the family, taken in.
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

    [[nodiscard]] rocksdb::Status take_in() {
        if (rows_ == 0) return rocksdb::Status::OK();
        if (status_.ok()) status_ = writer_.Finish();
        if (!status_.ok()) return status_;
        rocksdb::IngestExternalFileOptions ingest;
        ingest.move_files = true;
        return database_.rocksdb().IngestExternalFile(family_, {path_}, ingest);
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

rocksdb::Status put_as_files(Database& database, RowBuffer& rows) {
    // Versions may be there before the checkpoint says so, what the indexes say may not.
    File versioned(database, Table::accounts, "versioned.rows");
    rows.for_each_versioned([&](const RowBuffer::Item& item) { versioned.add(item); });
    if (auto status = versioned.take_in(); !status.ok()) return status;
    File index(database, Table::account_ids, "index.rows");
    rows.for_each_index([&](const RowBuffer::Item& item) { index.add(item); });
    return index.take_in();
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
