// replay_tcp: the whole log, to one client over TCP; beside it, the same blocks read from the log in this process.
#include <kj/debug.h>

#include <fstream>
#include <vector>

#include "engine/log/rocksdb_log.h"
#include "tools/bench/figures.h"
#include "tools/bench/server_process.h"
#include "tools/bench/store.h"
#include "tools/event_pages.h"
#include "tools/requests.h"

namespace seatledger::bench {
namespace {

namespace fs = std::filesystem;

constexpr int rounds = 5;

std::uint64_t replay_once(const ClientOptions& options) {
    auto client = Client::connect(options);
    KJ_REQUIRE(client.has_value(), client.error().c_str());
    std::uint64_t events = 0;
    ReplaySink sink;
    sink.take = [&](schema::Events::Reader page) {
        events += count_entries(page.getEntries());
        return true;
    };
    sink.pause = [] { return true; };
    const auto replayed = replay(**client, {}, sink);
    KJ_REQUIRE(replayed.has_value(), replayed.error().c_str());
    return events;
}

std::uint64_t read_once(const fs::path& log_directory) {
    const auto log = require(open_rocksdb_log(log_directory));
    const auto cursor = log->read(Sequence(1));
    std::uint64_t events = 0;
    while (const auto block = require(cursor->next())) {
        for (const auto& entry : block->entries()) events += read_event(entry).getSequence() != 0 ? 1 : 0;
    }
    return events;
}

}  // namespace

void measure_replay_tcp(const BenchOptions& options) {
    const auto directory = options.data / "replay_tcp";
    fs::remove_all(directory);
    fs::create_directories(directory);
    const auto data = directory / "ledger";
    {
        // What the server finds is a data directory of its own making, filled in its absence.
        ServerProcess server(options.program, data);
    }
    {
        Store store(data, Store::With::projections);
        Workload workload(shape_for(options, options.events));
        store.fill(workload, options.events);
        store.project();
    }
    std::vector<double> over_tcp;
    std::vector<double> in_process;
    double events = 0;
    {
        ServerProcess server(options.program, data);
        ClientOptions client;
        client.server = "127.0.0.1:" + std::to_string(server.port());
        client.token_file = data / "vendor.token";
        for (int round = 0; round < rounds; ++round) {
            const Stopwatch watch;
            events = static_cast<double>(replay_once(client));
            over_tcp.push_back(watch.seconds());
        }
    }
    for (int round = 0; round < rounds; ++round) {
        const Stopwatch watch;
        KJ_REQUIRE(static_cast<double>(read_once(data / "log")) == events, "not all of the log came");
        in_process.push_back(watch.seconds());
    }
    const auto value = middle_rate(events, over_tcp);
    const auto ceiling = middle_rate(events, in_process);
    print({"replay_tcp", value, "events/s", ceiling, value / ceiling, {}});
    fs::remove_all(directory);
}

}  // namespace seatledger::bench
