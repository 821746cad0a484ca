// replay: all events decoded and folded into state; its ceiling: iterating the blocks in RocksDB, touching every
// byte.
#include <kj/debug.h>
#include <rocksdb/db.h>

#include <algorithm>
#include <vector>

#include "engine/cached_state.h"
#include "engine/fold.h"
#include "tools/bench/figures.h"
#include "tools/bench/rocksdb_ceiling.h"
#include "tools/bench/store.h"

namespace seatledger::bench {
namespace {

constexpr int rounds = 9;  // odd: the middle one counts, so that what disturbs a few of them does not

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

double middle_of(std::vector<double>& seconds) {
    std::ranges::sort(seconds);
    return seconds[seconds.size() / 2];
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

        std::vector<double> ours;
        std::vector<double> theirs;
        std::uint64_t events = 0;
        for (int round = 0; round < rounds; ++round) {
            CachedState state(nullptr, Sequence(), StateLimits{});
            const Stopwatch folding;
            events = fold_everything(store.log(), state);
            ours.push_back(folding.seconds());
            const Stopwatch touching;
            KJ_REQUIRE(touch_everything(ceiling.database()) != 0);
            theirs.push_back(touching.seconds());
        }
        const auto seconds = middle_of(ours);
        const auto ceiling_seconds = middle_of(theirs);
        print({"replay", events / seconds, "events/s", events / ceiling_seconds, ceiling_seconds / seconds, {}});
    }
    std::filesystem::remove_all(directory);
}

}  // namespace seatledger::bench
