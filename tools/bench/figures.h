// What the benchmark measures, one function a figure, and how it is printed.
#pragma once

#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "tools/bench/workload.h"

namespace seatledger::bench {

struct BenchOptions {
    std::filesystem::path data;        // emptied, used and removed
    std::uint64_t events = 2'000'000;  // no figure uses more
    std::uint32_t accounts = 1'000;
    std::uint64_t seed = 1;
    std::vector<std::string> only;  // figures; empty: all
    std::string program;            // this one, to be run as the other process
};

// One line of output. `ceiling` 0: none; `ratio` is value / ceiling, or the other way round where less is better.
struct Figure {
    std::string name;
    double value = 0;
    std::string unit;
    double ceiling = 0;
    double ratio = 0;
    std::vector<std::pair<std::string, double>> more;
};
void print(const Figure& figure);

// The shape of the load that leaves room for binds within `events`.
[[nodiscard]] WorkloadShape shape_for(const BenchOptions& options, std::uint64_t events);

class Stopwatch {
 public:
    [[nodiscard]] double seconds() const {
        return std::chrono::duration<double>(std::chrono::steady_clock::now() - began_).count();
    }

 private:
    std::chrono::steady_clock::time_point began_ = std::chrono::steady_clock::now();
};

// In microseconds, of latencies in seconds. `share`: 0 to 1.
[[nodiscard]] double percentile_us(std::vector<double>& seconds, double share);

// How many a second, where each of several rounds did `count`: the middle one counts, so that what disturbs a few of
// them does not.
[[nodiscard]] double middle_rate(double count, std::vector<double>& seconds);

// The peak of the process's resident memory since the last forget_peak_memory() (proc(5)).
void forget_peak_memory();
[[nodiscard]] double peak_memory_bytes();

// Each makes what it needs under options.data and prints its figures. A failure is a kj::Exception.
void measure_append(const BenchOptions& options);
void measure_submit_tcp_batch(const BenchOptions& options);
void measure_submit_tcp_single(const BenchOptions& options);
void measure_replay(const BenchOptions& options);
void measure_rebuild(const BenchOptions& options);
void measure_sustained(const BenchOptions& options);
void measure_as_of(const BenchOptions& options);
void measure_filter(const BenchOptions& options);
void measure_start(const BenchOptions& options);
void measure_verify(const BenchOptions& options);
void measure_append_hashed(const BenchOptions& options);
void measure_large_account(const BenchOptions& options);
void measure_replay_tcp(const BenchOptions& options);
void measure_reconcile(const BenchOptions& options);

}  // namespace seatledger::bench
