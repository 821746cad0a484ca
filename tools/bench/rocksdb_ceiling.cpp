#include "tools/bench/rocksdb_ceiling.h"

#include <kj/debug.h>

namespace seatledger::bench {

void require(const rocksdb::Status& status) { KJ_REQUIRE(status.ok(), "RocksDB failed", status.ToString().c_str()); }

BlockWriter::BlockWriter(const std::filesystem::path& directory, rocksdb::CompressionType compression) {
    std::filesystem::create_directories(directory);
    rocksdb::Options options;
    options.create_if_missing = true;
    options.write_buffer_size = 64 << 20;
    options.compression = compression;
    rocksdb::DB* db = nullptr;
    require(rocksdb::DB::Open(options, directory.string(), &db));
    db_.reset(db);
}

void BlockWriter::write(const Words& block) {
    write(std::string_view(reinterpret_cast<const char*>(block.data()), block.size() * sizeof(std::uint64_t)));
}

void BlockWriter::write(std::string_view value) {
    const auto key = __builtin_bswap64(next_++);
    rocksdb::WriteOptions synced;
    synced.sync = true;
    require(db_->Put(synced, {reinterpret_cast<const char*>(&key), sizeof key}, {value.data(), value.size()}));
}

}  // namespace seatledger::bench
