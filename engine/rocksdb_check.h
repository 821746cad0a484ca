// Whether the files of a RocksDB database are whole.
#pragma once

#include <rocksdb/options.h>

#include <filesystem>
#include <string>
#include <vector>

namespace seatledger {

// Has the database keep a checksum of each whole file that it writes, beside those of the blocks in it, which leave out
// what lies between them.
void keep_file_checksums(rocksdb::DBOptions& options);

struct FileDamage {
    std::string message;       // names the file, or the directory
    std::string smallest_key;  // of the rows in it; empty: not known
};

// Reads every file of rows, and every record that is in a write-ahead log only, and holds them against their checksums;
// changes nothing. Gives what does not match: a file, a write-ahead log that ends within a record (so it does after a
// crash, too, in a write that nobody was told of), or the database where it does not open. The database must not be in
// use: what a writer does meanwhile would look like damage. Cost: the size of the files.
[[nodiscard]] std::vector<FileDamage> check_rocksdb(const std::filesystem::path& directory);

}  // namespace seatledger
