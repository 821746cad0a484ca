#include "engine/rocksdb_check.h"

#include <rocksdb/db.h>
#include <rocksdb/file_checksum.h>
#include <rocksdb/metadata.h>
#include <rocksdb/sst_file_reader.h>

#include <fstream>
#include <memory>
#include <utility>

namespace seatledger {
namespace {

constexpr std::size_t read_bytes = 1u << 20;

std::string damaged(const std::string& what, const std::string& why) { return what + " is damaged: " + why; }

rocksdb::DBOptions options_to_read() {
    rocksdb::DBOptions options;
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kAbsoluteConsistency;
    options.max_open_files = 256;
    return options;
}

// Of the whole file; nothing: it cannot be read.
std::string checksum_of(const std::string& path) {
    const auto generator = rocksdb::GetFileChecksumGenCrc32cFactory()->CreateFileChecksumGenerator({path, ""});
    std::ifstream file(path, std::ios::binary);
    std::string bytes(read_bytes, '\0');
    while (file.read(bytes.data(), static_cast<std::streamsize>(bytes.size())) || file.gcount() > 0) {
        generator->Update(bytes.data(), static_cast<std::size_t>(file.gcount()));
    }
    if (!file.eof()) return {};
    generator->Finalize();
    return generator->GetChecksum();
}

// Why the file is not what was written; empty: it is.
std::string problem_with(const rocksdb::LiveFileMetaData& file, const std::string& path) {
    if (file.file_checksum_func_name == rocksdb::kStandardDbFileChecksumFuncName) {
        return checksum_of(path) == file.file_checksum ? std::string() : "it does not match its checksum";
    }
    rocksdb::SstFileReader reader{rocksdb::Options()};
    auto status = reader.Open(path);
    if (status.ok()) status = reader.VerifyChecksum();
    return status.ok() ? std::string() : status.ToString();
}

using Families = std::vector<rocksdb::ColumnFamilyDescriptor>;

// Opens the database, gives what `work` gives of it; or why it does not open.
template <typename Work>
rocksdb::Status with_database(const rocksdb::DBOptions& options, const std::filesystem::path& directory,
                              const Families& families, Work work) {
    std::vector<rocksdb::ColumnFamilyHandle*> handles;
    rocksdb::DB* opened = nullptr;
    const auto status = rocksdb::DB::OpenForReadOnly(options, directory.string(), families, &handles, &opened);
    const std::unique_ptr<rocksdb::DB> database(opened);
    if (!status.ok()) return status;
    work(*database);
    for (auto* const handle : handles) database->DestroyColumnFamilyHandle(handle);
    return status;
}

}  // namespace

void keep_file_checksums(rocksdb::DBOptions& options) {
    options.file_checksum_gen_factory = rocksdb::GetFileChecksumGenCrc32cFactory();
}

std::vector<FileDamage> check_rocksdb(const std::filesystem::path& directory) {
    auto options = options_to_read();
    std::vector<std::string> names;
    auto status = rocksdb::DB::ListColumnFamilies(options, directory.string(), &names);
    if (!status.ok()) return {{damaged(directory.string(), status.ToString()), ""}};
    Families families;
    for (const auto& name : names) families.emplace_back(name, rocksdb::ColumnFamilyOptions());

    std::vector<FileDamage> found;
    const auto check_files = [&](rocksdb::DB& database) {
        std::vector<rocksdb::LiveFileMetaData> files;
        database.GetLiveFilesMetaData(&files);
        for (const auto& file : files) {
            const auto path = (directory / file.relative_filename).string();
            if (auto why = problem_with(file, path); !why.empty()) {
                found.push_back({damaged(path, why), file.smallestkey});
            }
        }
    };
    status = with_database(options, directory, families, check_files);
    if (status.ok()) return found;
    found.push_back({damaged(directory.string(), status.ToString()), ""});
    // It may be one file that keeps it from opening, or the end of the write-ahead log.
    options.paranoid_checks = false;
    options.wal_recovery_mode = rocksdb::WALRecoveryMode::kPointInTimeRecovery;
    static_cast<void>(with_database(options, directory, families, check_files));
    return found;
}

}  // namespace seatledger
