// Load over TCP: connections that each keep so many requests in flight.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "tools/bench/workload.h"

namespace seatledger::bench {

struct LoadPlan {
    std::uint16_t port = 0;
    std::string token;
    unsigned in_flight = 1;  // on each connection
};

struct LoadResult {
    double seconds = 0;
    std::uint64_t commands = 0;
    std::vector<double> latencies;  // of each request, in seconds
};

// Sends the requests of each connection, in their order, and waits for all answers. Everything must be accepted. The
// requests are put into the wire's form before the clock starts. Failures are kj::Exceptions.
[[nodiscard]] LoadResult run_load(const LoadPlan& plan, const std::vector<std::vector<Batch>>& requests);

}  // namespace seatledger::bench
