// The cheapest way to make bytes durable, or rows readable, with RocksDB alone: what the figures are held against.
#pragma once

#include <rocksdb/db.h>

#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "events/block.h"

namespace seatledger::bench {

// Plain RocksDB, a value a block, each write synced.
class BlockWriter {
 public:
    explicit BlockWriter(const std::filesystem::path& directory,
                         rocksdb::CompressionType compression = rocksdb::kNoCompression);

    void write(const Words& block);
    void write(std::string_view value);
    [[nodiscard]] rocksdb::DB& database() { return *db_; }

 private:
    std::unique_ptr<rocksdb::DB> db_;
    std::uint64_t next_ = 1;
};

void require(const rocksdb::Status& status);

}  // namespace seatledger::bench
