// append: commands judged and made durable; its ceiling: RocksDB writing blocks of the same bytes.
#include <kj/debug.h>
#include <rocksdb/db.h>

#include "tools/bench/figures.h"
#include "tools/bench/rocksdb_ceiling.h"
#include "tools/bench/store.h"

namespace seatledger::bench {
namespace {

constexpr std::uint32_t batch_commands = 1'024;
// Ours and the ceiling take turns, so that what else the machine does falls on both.
constexpr int rounds = 8;

struct Measured {
    double seconds = 0;
    double ceiling_seconds = 0;
    std::uint64_t events = 0;
};

void measure_round(Store& store, BlockWriter& ceiling, const std::vector<Batch>& batches, Measured& measured) {
    const auto from = store.log().last().next();
    const Stopwatch ours;
    for (const auto& batch : batches) store.submit(batch);
    store.settle();
    measured.seconds += ours.seconds();
    const auto blocks = read_blocks(store.log(), from);
    const Stopwatch theirs;
    for (const auto& block : blocks) ceiling.write(block);
    measured.ceiling_seconds += theirs.seconds();
    measured.events += store.log().last().value - from.value + 1;
}

Figure measure(const BenchOptions& options, const std::string& name, bool with_ids, std::uint64_t events) {
    const auto directory = options.data / name;
    std::filesystem::remove_all(directory);
    Measured measured;
    {
        Store store(directory, Store::With::log);
        BlockWriter ceiling(directory / "ceiling");
        Workload workload(shape_for(options, events));
        store.set_up(workload);
        const auto per_round = (events - store.log().last().value) / rounds / batch_commands;
        for (int round = 0; round < rounds; ++round) {
            std::vector<Batch> batches;
            for (std::uint64_t i = 0; i < per_round; ++i) batches.push_back(workload.next(batch_commands, with_ids));
            measure_round(store, ceiling, batches, measured);
        }
    }
    std::filesystem::remove_all(directory);
    Figure figure{name,
                  measured.events / measured.seconds,
                  "events/s",
                  measured.events / measured.ceiling_seconds,
                  measured.ceiling_seconds / measured.seconds,
                  {}};
    return figure;
}

}  // namespace

void measure_append(const BenchOptions& options) {
    print(measure(options, "append", false, options.events));
    print(measure(options, "append_ids", true, options.events / 2));
}

}  // namespace seatledger::bench
