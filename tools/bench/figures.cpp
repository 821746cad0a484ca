#include "tools/bench/figures.h"

#include <fmt/format.h>
#include <malloc.h>

#include <algorithm>
#include <cstdio>
#include <fstream>
#include <string_view>

namespace seatledger::bench {
namespace {

std::string number(double value) { return fmt::format("{:.{}f}", value, value >= 1'000 ? 0 : 3); }

}  // namespace

void print(const Figure& figure) {
    auto line =
        fmt::format(R"({{"figure":"{}","value":{},"unit":"{}")", figure.name, number(figure.value), figure.unit);
    if (figure.ceiling != 0) {
        line += fmt::format(R"(,"ceiling":{},"ratio":{})", number(figure.ceiling), number(figure.ratio));
    }
    for (const auto& [name, value] : figure.more) line += fmt::format(R"(,"{}":{})", name, number(value));
    std::puts((line + "}").c_str());
    std::fflush(stdout);
}

WorkloadShape shape_for(const BenchOptions& options, std::uint64_t events) {
    WorkloadShape shape;
    shape.seed = options.seed;
    // At most a fifth of the events sets things up.
    const auto accounts_max = std::max<std::uint64_t>(events / 5 / (shape.users + 7), 1);
    shape.accounts = static_cast<std::uint32_t>(std::min<std::uint64_t>(options.accounts, accounts_max));
    return shape;
}

double percentile_us(std::vector<double>& seconds, double share) {
    if (seconds.empty()) return 0;
    const auto at = std::min(seconds.size() - 1, static_cast<std::size_t>(share * static_cast<double>(seconds.size())));
    std::ranges::nth_element(seconds, seconds.begin() + static_cast<std::ptrdiff_t>(at));
    return seconds[at] * 1e6;
}

double middle_rate(double count, std::vector<double>& seconds) { return count / percentile_us(seconds, 0.5) * 1e6; }

void forget_peak_memory() {
    malloc_trim(0);  // what the figures before have left
    std::ofstream("/proc/self/clear_refs") << 5;
}

double peak_memory_bytes() {
    std::ifstream status("/proc/self/status");
    constexpr std::string_view name = "VmHWM:";
    for (std::string line; std::getline(status, line);) {
        if (line.starts_with(name)) return std::stod(line.substr(name.size())) * 1024;
    }
    return 0;
}

}  // namespace seatledger::bench
