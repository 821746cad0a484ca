// replay: all events decoded and folded into state; its ceiling: iterating the blocks in RocksDB, touching every
// byte.
#include <kj/debug.h>
#include <rocksdb/db.h>

#include "engine/cached_state.h"
#include "engine/fold.h"
#include "tools/bench/figures.h"
#include "tools/bench/rocksdb_ceiling.h"
#include "tools/bench/store.h"

namespace seatledger::bench {
namespace {

constexpr int rounds = 3;

std::uint64_t fold_everything(const Log& log) {
    CachedState state(nullptr, Sequence(), StateLimits{});
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

}  // namespace

void measure_replay(const BenchOptions& options) {
    const auto directory = options.data / "replay";
    std::filesystem::remove_all(directory);
    {
        Store store(directory, Store::With::log);
        Workload workload(shape_for(options, options.events));
        store.fill(workload, options.events);
        BlockWriter ceiling(directory / "ceiling");
        for (const auto& block : read_blocks(store.log(), Sequence(1))) ceiling.write(block);
        require(ceiling.database().Flush(rocksdb::FlushOptions()));

        double seconds = 0;
        double ceiling_seconds = 0;
        std::uint64_t events = 0;
        for (int round = 0; round < rounds; ++round) {
            const Stopwatch ours;
            events += fold_everything(store.log());
            seconds += ours.seconds();
            const Stopwatch theirs;
            KJ_REQUIRE(touch_everything(ceiling.database()) != 0);
            ceiling_seconds += theirs.seconds();
        }
        print({"replay", events / seconds, "events/s", events / ceiling_seconds, ceiling_seconds / seconds, {}});
    }
    std::filesystem::remove_all(directory);
}

}  // namespace seatledger::bench
