// seatledger replay: events in order, to the end of the log or on and on.
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>

#include "events/text.h"
#include "tools/commands/arguments.h"
#include "tools/commands/commands.h"
#include "tools/commands/event_output.h"
#include "tools/commands/span.h"
#include "tools/progress.h"
#include "tools/requests.h"

namespace seatledger {
namespace {

struct Options {
    ClientOptions client;
    Format format = Format::json;
    std::string account;
    SpanOptions span;
    AsOfOptions as_of;
    std::uint64_t limit = 0;
    bool backwards = false;
    bool follow = false;
};

// `seen`: what need not be told again.
void fill_replay(const Options& options, Sequence seen, schema::Replay::Builder replay) {
    if (!options.account.empty()) replay.setAccount(text(options.account));
    options.span.fill(replay);
    replay.setFrom(std::max(options.span.first(), seen.value + 1));
    options.as_of.fill(replay);
    replay.setFollow(options.follow);
    replay.setBackwards(options.backwards);
}

// A replay of an account is a history of all of it, which finds its events without the others.
void fill_history(const Options& options, Client& client, schema::History::Builder history) {
    history.setAccount(options.account);
    options.span.fill(history);
    options.as_of.fill(history);
    history.setMinSequence(client.last_sequence().value);
    history.setBackwards(options.backwards);
    history.setAll();
}

// Who follows an account would wait for one that is only misspelt.
std::expected<void, std::string> check_account(const Options& options, Client& client) {
    if (options.account.empty()) return {};
    const auto asked = history_pages(
        client, [&](schema::History::Builder history) { fill_history(options, client, history); }, 1,
        [](schema::Events::Reader) { return false; });
    return asked ? std::expected<void, std::string>() : std::unexpected(asked.error());
}

Outcome follow_events(const Options& options, std::unique_ptr<Client> client, EventOutput& output) {
    const auto read = [&](Client& on) -> std::expected<void, std::string> {
        if (auto checked = check_account(options, on); !checked) return checked;
        return replay(
            on, [&](schema::Replay::Builder wanted) { fill_replay(options, output.last(), wanted); }, output.sink());
    };
    const auto followed = output.follow(options.client, std::move(client), read, [&] { return output.last(); });
    return output.finish(followed, "--from", {});
}

Outcome show_account_backwards(const Options& options, Client& client, EventOutput& output) {
    const auto next = history_pages(
        client, [&](schema::History::Builder history) { fill_history(options, client, history); }, options.limit,
        [&](schema::Events::Reader events) { return output.take(events); });
    const auto read = next ? std::expected<void, std::string>() : std::unexpected(next.error());
    return output.finish(read, "--to", next.value_or(Sequence()));
}

Outcome show_log(const Options& options, Client& client, EventOutput& output) {
    const auto last = client.last_sequence().value;
    const auto from = std::max<std::uint64_t>(options.span.first(), 1);
    const auto end = options.span.last() == 0 ? last : std::min(options.span.last(), last);
    Progress progress(stderr, "replay", isatty(STDERR_FILENO) == 1 && isatty(STDOUT_FILENO) == 0);
    auto sink = output.sink();
    sink.take = [&](schema::Events::Reader events) {
        const bool goes_on = output.take(events);
        const auto at = output.last().value;
        if (at != 0) progress.update(options.backwards ? end + 1 - at : at + 1 - from, end + 1 - std::min(end, from));
        return goes_on;
    };
    const auto read = replay(
        client, [&](schema::Replay::Builder wanted) { fill_replay(options, {}, wanted); }, sink);
    progress.finish();
    return output.finish(read, options.backwards ? "--to" : "--from", output.next());
}

Outcome show_replay(const Options& options) {
    auto client = connect(options.client);
    if (!client) return std::unexpected(client.error());
    const bool by_history = options.backwards && !options.account.empty();
    EventOutput output(options.format, EventStyle::rows, by_history ? 0 : options.limit, options.follow);
    if (auto prepared = output.prepare(**client); !prepared) return std::unexpected(Problem(prepared.error()));
    if (options.follow) return follow_events(options, std::move(*client), output);
    return by_history ? show_account_backwards(options, **client, output) : show_log(options, **client, output);
}

void check(const Options& options) {
    require_order(options.span);
    if (!options.follow) return;
    if (options.as_of.any() || options.span.to.instant || options.backwards) {
        throw CLI::ValidationError(
            "--follow", "has no end: leave out --as-of, --as-of-sequence, --known-at, --backwards, and --to INSTANT");
    }
}

}  // namespace

void add_replay(CLI::App& program, Action& action) {
    auto& command = *program.add_subcommand("replay", "Events in order");
    command.footer(
        "--from and --to are sequences, or instants at which events took effect; where a --limit ends it, stderr says\n"
        "where to go on.\n"
        "--follow goes on with what is appended later. When the connection is lost, or the server restarted, it "
        "connects\n"
        "again and goes on behind the last event that it printed: each event once, none left out.\n"
        "--as-of leaves out what had not taken effect by then, --known-at what had not been recorded by then.\n"
        "Examples:\n"
        "  seatledger replay --account acme > acme.jsonl\n"
        "  seatledger replay --account acme --as-of 2026-01-31T12:00:00Z --known-at 2026-02-15T12:00:00Z\n"
        "  seatledger replay --from 1000 --to 2000 --format csv\n"
        "  seatledger replay --account acme --from 2026-01-01T00:00:00Z --format cloudevents\n"
        "  seatledger replay --account acme --backwards --limit 10\n"
        "  seatledger replay --account acme --follow     (Ctrl-C ends it)");
    const auto options = std::make_shared<Options>();
    command.add_option("--account", options->account, "Only events of that company (default: the whole log)")
        ->type_name("ACCOUNT");
    add_span_options(command, options->span);
    add_as_of_options(command, options->as_of);
    add_number_option(command, "--limit", options->limit, 1, limit_max, "Events at most (default: all)");
    command.add_flag("--backwards", options->backwards, "Newest first");
    command.add_flag("--follow", options->follow, "Go on with what is appended later");
    add_event_format_option(command, options->format);
    add_connection_options(command, options->client);
    command.callback([&action, options] {
        check(*options);
        action = [options] { return show_replay(*options); };
    });
}

}  // namespace seatledger
