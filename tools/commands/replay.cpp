// seatledger replay: events in order, to the end of the log or on and on.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "events/text.h"
#include "tools/commands/arguments.h"
#include "tools/commands/commands.h"
#include "tools/commands/interrupt.h"
#include "tools/event_pages.h"
#include "tools/progress.h"
#include "tools/requests.h"

namespace seatledger {
namespace {

struct Options {
    ClientOptions client;
    Format format = Format::json;
    std::string account;
    std::uint64_t from = 1;
    std::uint64_t to = 0;
    AsOfOptions as_of;
    bool follow = false;
};

Outcome show_replay(const Options& options) {
    const auto client = connect(options.client);
    if (!client) return std::unexpected(client.error());
    std::optional<Interrupt> interrupt;
    if (options.follow) interrupt.emplace();

    auto printer = printer_to_stdout(options.format);
    EventPages pages(printer);
    const auto last = (*client)->last_sequence().value;
    const auto end = options.to == 0 ? last : std::min(options.to, last);
    Progress progress(stderr, "replay", !options.follow && isatty(STDERR_FILENO) == 1 && isatty(STDOUT_FILENO) == 0);

    const auto goes_on = [&] { return std::ferror(stdout) == 0 && !(interrupt && interrupt->has_come()); };
    ReplaySink sink;
    sink.take = [&](schema::Events::Reader events) {
        const auto sequence = pages.print(events);
        if (sequence) progress.update(sequence.value + 1 - options.from, end + 1 - std::min(end, options.from));
        return goes_on();
    };
    sink.pause = [&] {
        printer.flush();
        return goes_on();
    };
    if (interrupt) sink.interrupt = interrupt->fd();

    const auto replayed = replay(
        **client,
        [&](schema::Replay::Builder replay) {
            if (!options.account.empty()) replay.setAccount(text(options.account));
            replay.setFrom(options.from);
            replay.setTo(options.to);
            options.as_of.fill(replay);
            replay.setFollow(options.follow);
        },
        sink);
    progress.finish();
    const auto outcome = finish_output(printer, Status::done);
    if (interrupt && interrupt->has_come()) return Status::done;
    if (!replayed) return std::unexpected(Problem(replayed.error()));
    return outcome;
}

}  // namespace

void add_replay(CLI::App& program, Action& action) {
    auto& command = *program.add_subcommand("replay", "Events in order");
    command.footer(
        "--as-of leaves out what had not taken effect by then, --known-at what had not been recorded by then.\n"
        "Examples:\n"
        "  seatledger replay --account acme > acme.jsonl\n"
        "  seatledger replay --account acme --as-of 2026-01-31T12:00:00Z --known-at 2026-02-15T12:00:00Z\n"
        "  seatledger replay --from 1000 --to 2000 --format csv\n"
        "  seatledger replay --account acme --follow     (Ctrl-C ends it)");
    const auto options = std::make_shared<Options>();
    command.add_option("--account", options->account, "Only events of that company (default: the whole log)")
        ->type_name("ACCOUNT");
    constexpr auto sequence_max = std::numeric_limits<std::uint64_t>::max();
    add_number_option(command, "--from", options->from, 1, sequence_max, "From that event on (default: the first)");
    add_number_option(command, "--to", options->to, 1, sequence_max, "To that event (default: the last one there is)");
    add_as_of_options(command, options->as_of);
    command.add_flag("--follow", options->follow, "Go on with what is appended later");
    add_format_option(command, options->format);
    add_connection_options(command, options->client);
    command.callback([&action, options] {
        require_order(options->from, options->to);
        if (options->follow && options->as_of.any()) {
            throw CLI::ValidationError("--follow", "has no end: leave out --as-of, --as-of-sequence and --known-at");
        }
        action = [options] { return show_replay(*options); };
    });
}

}  // namespace seatledger
