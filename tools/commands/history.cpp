// seatledger history: the events that name something.
#include <algorithm>
#include <limits>
#include <memory>
#include <string>

#include "server/shape.h"
#include "tools/commands/arguments.h"
#include "tools/commands/commands.h"
#include "tools/commands/event_output.h"
#include "tools/commands/schema_options.h"
#include "tools/commands/span.h"
#include "tools/requests.h"

namespace seatledger {
namespace {

struct Options {
    ClientOptions client;
    Format format = Format::json;
    std::string account;
    AsOfOptions as_of;
    FieldValues subject;  // a member of History's union
    SpanOptions span;
    std::uint64_t min_sequence = 0;
    std::uint64_t limit = 0;
    bool backwards = false;
    bool follow = false;
};

// On a terminal a history is read, and not looked up.
bool is_prose(const Options& options) { return options.format == Format::table; }

// What was durable when the connection began can be seen, so that one's own commands are always in the answer.
void fill_history(const Options& options, Client& client, schema::History::Builder history) {
    history.setAccount(options.account);
    options.span.fill(history);
    options.as_of.fill(history);
    history.setMinSequence(std::max(options.min_sequence, client.last_sequence().value));
    history.setBackwards(options.backwards);
    history.setExplain(is_prose(options));
    options.subject.fill(history);
}

Outcome follow_events(const Options& options, std::unique_ptr<Client> client, EventOutput& output) {
    Sequence seen;
    const auto read = [&](Client& on) {
        return follow_history(
            on, [&](schema::History::Builder history) { fill_history(options, on, history); }, output.sink(), seen);
    };
    return output.finish(output.follow(options.client, std::move(client), read, [&] { return seen; }), "--from", {});
}

Outcome show_history(const Options& options) {
    auto client = connect(options.client);
    if (!client) return std::unexpected(client.error());
    // Limits are asked for by the page, but where there is no last one.
    EventOutput output(options.format, is_prose(options) ? EventStyle::prose : EventStyle::rows,
                       options.follow ? options.limit : 0, options.follow);
    if (auto prepared = output.prepare(**client); !prepared) return std::unexpected(Problem(prepared.error()));
    if (options.follow) return follow_events(options, std::move(*client), output);
    const auto next = history_pages(
        **client, [&](schema::History::Builder history) { fill_history(options, **client, history); }, options.limit,
        [&](schema::Events::Reader events) { return output.take(events); });
    const auto read = next ? std::expected<void, std::string>() : std::unexpected(next.error());
    return output.finish(read, options.backwards ? "--to" : "--from", next.value_or(Sequence()));
}

void check(const Options& options, const std::string& names) {
    if (options.subject.count() != 1) throw CLI::ValidationError("give one of " + names, "");
    require_order(options.span);
    if (!options.follow) return;
    if (options.as_of.any() || options.span.to.instant || options.backwards) {
        throw CLI::ValidationError(
            "--follow", "has no end: leave out --as-of, --as-of-sequence, --known-at, --backwards, and --to INSTANT");
    }
}

}  // namespace

void add_history(CLI::App& program, Action& action) {
    auto& command = *program.add_subcommand(
        "history", "The events that name a license, a person, an invoice, a queue, an order, a dispute or a request");
    command.footer(
        "Oldest first, or with --backwards newest first. An address stands for everyone who ever bore it, and is "
        "shown\n"
        "as it was at each event. As a table it is told in sentences: who did what, why, and which payment it goes "
        "back\n"
        "to. --from and --to are sequences, or instants at which events took effect; where a --limit ends it, stderr\n"
        "says where to go on.\n"
        "--follow goes on with what happens later, over restarts of the server, each event once; Ctrl-C ends it.\n"
        "--as-of leaves out what had not taken effect by then, --known-at what had not been recorded by then.\n"
        "Examples:\n"
        "  seatledger history --account acme --license 17\n"
        "  seatledger history --account acme --email ann@acme.test --format csv\n"
        "  seatledger history --account acme --email ann@acme.test --from 2026-01-01T00:00:00Z --to "
        "2026-01-31T12:00:00Z\n"
        "  seatledger history --account acme --invoice 2026-001 --backwards --limit 5\n"
        "  seatledger history --account acme --request r-17\n"
        "  seatledger history --account acme --actor boss@acme.test --follow --format cloudevents");
    const auto options = std::make_shared<Options>();
    add_account_option(command, options->account);
    std::string names;
    for (const auto& field : shape_of(capnp::Schema::from<schema::History>()).fields) {
        if (!field.alternative || options->subject.add_option(command, field) == nullptr) continue;
        names += (names.empty() ? "" : ", ") + option_name(field.name);
    }
    add_span_options(command, options->span);
    add_as_of_options(command, options->as_of);
    add_number_option(command, "--min-sequence", options->min_sequence, 0, std::numeric_limits<std::uint64_t>::max(),
                      "Wait until this event can be seen (default: the newest one at the moment of asking)");
    add_number_option(command, "--limit", options->limit, 1, limit_max, "Events at most (default: all)");
    command.add_flag("--backwards", options->backwards, "Newest first");
    command.add_flag("--follow", options->follow, "Go on with what happens later");
    add_event_format_option(command, options->format);
    add_connection_options(command, options->client);
    command.callback([&action, options, names] {
        check(*options, names);
        action = [options] { return show_history(*options); };
    });
}

}  // namespace seatledger
