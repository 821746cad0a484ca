// Parts a file into records on a thread of its own while those before them are being read.
#pragma once

#include <cstddef>
#include <exception>
#include <string>
#include <string_view>
#include <vector>

#include "engine/ahead.h"
#include "tools/csv_records.h"

namespace seatledger::billing {

// The records that a reader has yet. Memory: half a megabyte, and that of the largest records.
class RecordsAhead {
 public:
    // The reader must outlive it, and belongs to the other thread until the last record was given.
    explicit RecordsAhead(CsvReader& reader);

    struct Item {
        CsvReader::Next next = CsvReader::Next::end;
        CsvRecord record;  // what it refers to holds until the next one is asked for
    };
    // What reader.next() gave, one after the other. Not to be called after Next::end or Next::failed. Throws what
    // reading threw, once all before that was given.
    [[nodiscard]] Item& next();

 private:
    struct Batch {
        std::vector<Item> items;
        std::string bytes;                     // of their texts and fields
        std::vector<std::string_view> fields;  // of all of them, one after the other
        std::exception_ptr thrown;             // in the place of one more
    };
    static constexpr std::size_t items_max = 512;
    static constexpr std::size_t bytes_max = 128 * 1024;

    [[nodiscard]] static bool read(CsvReader& reader, Batch& batch);
    static void own(Batch& batch);

    Batch* batch_ = nullptr;
    std::size_t given_ = 0;  // of the batch
    Ahead<Batch> ahead_;
};

}  // namespace seatledger::billing
