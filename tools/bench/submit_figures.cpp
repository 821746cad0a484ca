// submit_tcp_batch and submit_tcp_single: the same as append, from another process.
#include <fcntl.h>
#include <kj/debug.h>
#include <unistd.h>

#include <algorithm>

#include "engine/log/rocksdb_log.h"
#include "tools/bench/figures.h"
#include "tools/bench/load.h"
#include "tools/bench/rocksdb_ceiling.h"
#include "tools/bench/server_process.h"
#include "tools/bench/store.h"

namespace seatledger::bench {
namespace {

namespace fs = std::filesystem;

void set_up(const ServerProcess& server, Workload& workload) {
    std::vector<std::vector<Batch>> batches(1);
    while (auto batch = workload.next_setup()) batches[0].push_back(std::move(batch));
    static_cast<void>(run_load({server.port(), server.token(), 1}, batches));
}

// How long RocksDB takes for blocks of the same bytes.
double write_same_blocks(const fs::path& data, Sequence from, const fs::path& directory) {
    const auto log = require(open_rocksdb_log(data / "log"));
    const auto blocks = read_blocks(*log, from);
    BlockWriter ceiling(directory);
    const Stopwatch watch;
    for (const auto& block : blocks) ceiling.write(block);
    return watch.seconds();
}

double synced_writes_per_second(const fs::path& file) {
    constexpr int writes = 2'000;
    const std::string bytes(128, 'x');
    const int descriptor = open(file.c_str(), O_CREAT | O_WRONLY | O_TRUNC | O_CLOEXEC, 0600);
    KJ_REQUIRE(descriptor >= 0, "cannot write", file.c_str());
    const Stopwatch watch;
    for (int i = 0; i < writes; ++i) {
        KJ_SYSCALL(::write(descriptor, bytes.data(), bytes.size()));
        KJ_SYSCALL(fdatasync(descriptor));
    }
    const auto seconds = watch.seconds();
    close(descriptor);
    return writes / seconds;
}

}  // namespace

void measure_submit_tcp_batch(const BenchOptions& options) {
    constexpr std::uint32_t request_commands = 1'024;
    const auto directory = options.data / "submit_tcp_batch";
    fs::remove_all(directory);
    fs::create_directories(directory);
    {
        ServerProcess server(options.program, directory / "ledger");
        Workload workload(shape_for(options, options.events));
        set_up(server, workload);
        const Sequence first(workload.setup_events() + 1);
        std::vector<std::vector<Batch>> requests(1);
        for (auto left = options.events - std::min(options.events, first.value); left >= request_commands;
             left -= request_commands) {
            requests[0].push_back(workload.next(request_commands));
        }
        const auto result = run_load({server.port(), server.token(), 8}, requests);
        server.stop();
        const auto ceiling_seconds = write_same_blocks(directory / "ledger", first, directory / "ceiling");
        const auto commands = static_cast<double>(result.commands);
        print({"submit_tcp_batch",
               commands / result.seconds,
               "commands/s",
               commands / ceiling_seconds,
               ceiling_seconds / result.seconds,
               {}});
    }
    fs::remove_all(directory);
}

void measure_submit_tcp_single(const BenchOptions& options) {
    constexpr unsigned connections = 64;
    const auto directory = options.data / "submit_tcp_single";
    fs::remove_all(directory);
    fs::create_directories(directory);
    {
        ServerProcess server(options.program, directory / "ledger");
        const auto events = std::min<std::uint64_t>(options.events, 400'000);
        // Each connection has an account of its own, so that whatever order they run in all is accepted.
        WorkloadShape shape;
        shape.accounts = connections;
        shape.seed = options.seed;
        Workload workload(shape);
        set_up(server, workload);
        std::vector<std::vector<Batch>> requests(connections);
        for (auto left = events - std::min(events, workload.setup_events()); left > 0; --left) {
            const auto account = static_cast<std::uint32_t>(left % connections);
            requests[account].push_back(workload.next_of(account));
        }
        auto result = run_load({server.port(), server.token(), 1}, requests);
        const auto ceiling = synced_writes_per_second(directory / "synced");
        const auto rate = static_cast<double>(result.commands) / result.seconds;
        print({"submit_tcp_single",
               rate,
               "commands/s",
               ceiling,
               rate / ceiling,
               {{"p50_us", percentile_us(result.latencies, 0.5)},
                {"p99_us", percentile_us(result.latencies, 0.99)},
                {"p999_us", percentile_us(result.latencies, 0.999)}}});
    }
    fs::remove_all(directory);
}

}  // namespace seatledger::bench
