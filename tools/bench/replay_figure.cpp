// replay: all events decoded and folded into state; its ceiling: iterating the blocks in RocksDB, touching every
// byte.
#include <kj/debug.h>
#include <rocksdb/db.h>

#include <vector>

#include "engine/cached_state.h"
#include "engine/fold.h"
#include "tools/bench/figures.h"
#include "tools/bench/rocksdb_ceiling.h"
#include "tools/bench/store.h"

namespace seatledger::bench {
namespace {

constexpr int rounds = 9;

std::uint64_t fold_everything(const Log& log, CachedState& state) {
    std::uint64_t events = 0;
    require(fold_log(log, Sequence(), state, [&](const rules::EventHead&) { ++events; }));
    return events;
}

std::uint64_t touch_everything(rocksdb::DB& database) {
    rocksdb::ReadOptions options;
    options.fill_cache = false;
    const std::unique_ptr<rocksdb::Iterator> iterator(database.NewIterator(options));
    std::uint64_t sum = 0;
    for (iterator->SeekToFirst(); iterator->Valid(); iterator->Next()) {
        for (const char byte : iterator->value().ToStringView()) sum += static_cast<std::uint8_t>(byte);
    }
    require(iterator->status());
    return sum;
}

template <typename Work>
double seconds_of(Work work) {
    const Stopwatch stopwatch;
    work();
    return stopwatch.seconds();
}

}  // namespace

void measure_replay(const BenchOptions& options) {
    const auto directory = options.data / "replay";
    std::filesystem::remove_all(directory);
    {
        Store store(directory, Store::With::log);
        Workload workload(shape_for(options, options.events));
        store.fill(workload, options.events);
        // The log's blocks are in RocksDB with LZ4, and so are those of the ceiling, whatever the log may come to do.
        // Beside it stands what the same bytes would cost if they took half as much of the disk again.
        BlockWriter compressed(directory / "compressed", rocksdb::kLZ4Compression);
        BlockWriter plain(directory / "plain");
        for (const auto& block : read_blocks(store.log(), Sequence(1))) {
            plain.write(block);
            compressed.write(block);
        }
        for (auto* const writer : {&plain, &compressed}) require(writer->database().Flush(rocksdb::FlushOptions()));

        std::vector<double> folding;
        std::vector<double> touching;
        std::vector<double> touching_plain;
        std::uint64_t events = 0;
        for (int round = 0; round < rounds; ++round) {
            CachedState state(nullptr, store.vault(), Sequence(), StateLimits{});
            folding.push_back(seconds_of([&] { events = fold_everything(store.log(), state); }));
            touching.push_back(seconds_of([&] { KJ_REQUIRE(touch_everything(compressed.database()) != 0); }));
            touching_plain.push_back(seconds_of([&] { KJ_REQUIRE(touch_everything(plain.database()) != 0); }));
        }
        const auto value = middle_rate(static_cast<double>(events), folding);
        const auto ceiling = middle_rate(static_cast<double>(events), touching);
        const auto uncompressed = middle_rate(static_cast<double>(events), touching_plain);
        print({"replay",
               value,
               "events/s",
               ceiling,
               value / ceiling,
               {{"uncompressed", uncompressed}, {"uncompressed_ratio", value / uncompressed}}});
    }
    std::filesystem::remove_all(directory);
}

}  // namespace seatledger::bench
