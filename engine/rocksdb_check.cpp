#include "engine/rocksdb_check.h"

#include <rocksdb/db.h>
#include <rocksdb/options.h>

#include <memory>
#include <string>
#include <vector>

namespace seatledger {
namespace {

std::unexpected<StorageFailure> damaged(const std::filesystem::path& directory, const rocksdb::Status& status) {
    return std::unexpected(StorageFailure{directory.string() + " is damaged: " + status.ToString()});
}

}  // namespace

std::expected<void, StorageFailure> check_rocksdb(const std::filesystem::path& directory) {
    rocksdb::DBOptions options;
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kAbsoluteConsistency;
    options.paranoid_checks = true;
    options.max_open_files = 256;
    std::vector<std::string> names;
    auto status = rocksdb::DB::ListColumnFamilies(options, directory.string(), &names);
    if (!status.ok()) return damaged(directory, status);
    std::vector<rocksdb::ColumnFamilyDescriptor> families;
    for (const auto& name : names) families.emplace_back(name, rocksdb::ColumnFamilyOptions());
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* opened = nullptr;
    status = rocksdb::DB::OpenForReadOnly(options, directory.string(), families, &handles, &opened);
    const std::unique_ptr<rocksdb::DB> database(opened);
    if (!status.ok()) return damaged(directory, status);
    status = database->VerifyChecksum(rocksdb::ReadOptions());
    for (auto* const handle : handles) database->DestroyColumnFamilyHandle(handle);
    if (!status.ok()) return damaged(directory, status);
    return {};
}

}  // namespace seatledger
