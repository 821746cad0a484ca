// seatledger bench: measures, and prints a line a figure.
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <memory>

#include "tools/bench/figures.h"
#include "tools/commands/commands.h"

namespace seatledger {
namespace {

using bench::BenchOptions;

struct Measurement {
    const char* name;  // of the figure, or of the group that is measured together
    void (*measure)(const BenchOptions&);
};
constexpr Measurement measurements[] = {
    {"append", bench::measure_append},
    {"submit_tcp_batch", bench::measure_submit_tcp_batch},
    {"submit_tcp_single", bench::measure_submit_tcp_single},
    {"replay", bench::measure_replay},
    {"rebuild", bench::measure_rebuild},
    {"sustained", bench::measure_sustained},
    {"as_of", bench::measure_as_of},
    {"filter", bench::measure_filter},
    {"start", bench::measure_start},
    {"verify", bench::measure_verify},
    {"append_hashed", bench::measure_append_hashed},
    {"large_account", bench::measure_large_account},
    {"replay_tcp", bench::measure_replay_tcp},
    {"reconcile", bench::measure_reconcile},
};

Outcome run(const BenchOptions& options) {
    for (const auto& name : options.only) {
        if (std::ranges::find(measurements, name, [](const Measurement& known) { return std::string(known.name); }) ==
            std::end(measurements)) {
            return std::unexpected(
                Problem("there is no figure " + name + "; see seatledger bench --help", Status::usage));
        }
    }
    std::error_code error;
    std::filesystem::create_directories(options.data, error);
    if (error) return std::unexpected(Problem("cannot make " + options.data.string() + ": " + error.message()));
    if (!std::filesystem::is_empty(options.data, error)) {
        return std::unexpected(Problem(options.data.string() + " is not empty; give --data an empty directory"));
    }
    for (const auto& [name, measure] : measurements) {
        if (options.only.empty() || std::ranges::find(options.only, name) != options.only.end()) measure(options);
    }
    std::filesystem::remove(options.data, error);
    return Status::done;
}

}  // namespace

void add_bench(CLI::App& program, Action& action) {
    auto options = std::make_shared<BenchOptions>();
    options->program = std::filesystem::read_symlink("/proc/self/exe").string();
    auto* command = program.add_subcommand("bench", "Measure this machine, beside ceilings taken in the same run");
    command->add_option("--data", options->data, "An empty directory on the disk to be measured")
        ->default_str("a temporary one");
    command->add_option("--events", options->events, "No figure uses more events than this")
        ->capture_default_str()
        ->check(CLI::Range(std::uint64_t{20'000}, std::uint64_t{1'000'000'000}));
    command->add_option("--accounts", options->accounts, "Over how many accounts the load is spread")
        ->capture_default_str()
        ->check(CLI::Range(1u, 1'000'000u));
    command->add_option("--seed", options->seed, "Of what is drawn at random")->capture_default_str();
    command->add_option("--figure", options->only, "Only this one; may be given several times");
    command->footer(
        "Figures: append (and append_ids), submit_tcp_batch, submit_tcp_single, replay, rebuild (and bytes_per_event), "
        "sustained, as_of, filter, start, verify (and verify_rules), append_hashed (and prove), large_account "
        "(as_of_large_… and history), replay_tcp, reconcile (and reconcile_memory).\n"
        "Prints JSON lines. `ratio` is how much of the ceiling is reached, or, where less is better, how many times\n"
        "the ceiling it takes.\n"
        "  seatledger bench --events 200000 --figure append --figure replay");
    command->callback([options, &action] {
        action = [options] {
            if (options->data.empty()) {
                options->data =
                    std::filesystem::temp_directory_path() / ("seatledger-bench-" + std::to_string(getpid()));
            }
            return run(*options);
        };
    });
}

}  // namespace seatledger
