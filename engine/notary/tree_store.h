// Where the tiles of the log's Merkle tree lie, with the newest checkpoint over them.
//
//   key                              value
//   "T" level (1) index (8)          the hashes of the tile, one after the other, as wide as it is
//   "C"                              the newest checkpoint, a signed note
//
// Numbers are big-endian.
#pragma once

#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/failure.h"
#include "engine/merkle/tiles.h"

namespace rocksdb {
class DB;
}

namespace seatledger {

// put() belongs to one thread; the others may be called from any at any time.
class TreeStore {
 public:
    // Opens what lies in `directory`, or makes an empty one there. Fails if RocksDB cannot open it.
    [[nodiscard]] static std::expected<std::unique_ptr<TreeStore>, StorageFailure> open(
        const std::filesystem::path& directory);
    // Changes nothing on the disk; put() fails. There must be one, that no other process writes.
    [[nodiscard]] static std::expected<std::unique_ptr<TreeStore>, StorageFailure> open_to_read(
        const std::filesystem::path& directory);
    ~TreeStore();

    // All of it or nothing, and durable when it returns. Cost: a sync.
    [[nodiscard]] std::expected<void, StorageFailure> put(std::span<const merkle::TileBytes> tiles,
                                                          std::string_view checkpoint);

    // Nothing: there is none yet.
    [[nodiscard]] std::expected<std::optional<std::string>, StorageFailure> checkpoint() const;
    // As merkle::TileFetch has it. Fails, too, if there is no such tile, or only a narrower one. Cost: microseconds.
    [[nodiscard]] std::expected<std::vector<merkle::Hash>, StorageFailure> fetch(const merkle::Tile& tile) const;

 private:
    explicit TreeStore(std::unique_ptr<rocksdb::DB> db);

    std::unique_ptr<rocksdb::DB> db_;
};

}  // namespace seatledger
