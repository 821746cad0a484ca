// seatledger history: the events that name something.
#include <algorithm>
#include <cstdio>
#include <limits>
#include <memory>
#include <string>

#include "server/shape.h"
#include "tools/commands/arguments.h"
#include "tools/commands/commands.h"
#include "tools/commands/schema_options.h"
#include "tools/event_pages.h"
#include "tools/requests.h"

namespace seatledger {
namespace {

struct Options {
    ClientOptions client;
    Format format = Format::json;
    std::string account;
    AsOfOptions as_of;
    FieldValues subject;  // a member of History's union
    std::uint64_t from = 0;
    std::uint64_t to = 0;
    std::uint64_t min_sequence = 0;
    std::uint64_t limit = 0;
};

// `seen`: what was durable when the connection began, so that one's own commands are always in the answer.
void fill_history(const Options& options, Sequence seen, schema::History::Builder history) {
    history.setAccount(options.account);
    history.setFrom(options.from);
    history.setTo(options.to);
    options.as_of.fill(history);
    history.setMinSequence(std::max(options.min_sequence, seen.value));
    options.subject.fill(history);
}

Outcome show_history(const Options& options) {
    const auto client = connect(options.client);
    if (!client) return std::unexpected(client.error());
    auto printer = printer_to_stdout(options.format);
    EventPages pages(printer);
    const auto next = history_pages(
        **client, [&](schema::History::Builder history) { fill_history(options, (*client)->last_sequence(), history); },
        options.limit,
        [&](schema::Events::Reader events) {
            pages.print(events);
            return std::ferror(stdout) == 0;
        });
    if (!next) {
        printer.flush();
        return std::unexpected(Problem(next.error()));
    }
    auto outcome = finish_output(printer, Status::done);
    if (outcome && *next && std::ferror(stdout) == 0) {
        const auto sequence = std::to_string(next->value);
        tell(options.format == Format::table ? "more events: --from " + sequence : "{\"from\":" + sequence + "}");
    }
    return outcome;
}

}  // namespace

void add_history(CLI::App& program, Action& action) {
    auto& command =
        *program.add_subcommand("history", "The events that name a license, a person, an invoice, a queue or an order");
    command.footer(
        "Oldest first. An address stands for everyone who ever bore it, and is shown as it was at each event.\n"
        "--as-of leaves out what had not taken effect by then, --known-at what had not been recorded by then.\n"
        "Examples:\n"
        "  seatledger history --account acme --license 17\n"
        "  seatledger history --account acme --email ann@acme.test --format csv\n"
        "  seatledger history --account acme --email ann@acme.test --as-of 2026-01-31T12:00:00Z\n"
        "  seatledger history --account acme --actor boss@acme.test --from 1000 --limit 50");
    const auto options = std::make_shared<Options>();
    add_account_option(command, options->account);
    std::string names;
    for (const auto& field : shape_of(capnp::Schema::from<schema::History>()).fields) {
        if (!field.alternative || options->subject.add_option(command, field) == nullptr) continue;
        names += (names.empty() ? "" : ", ") + option_name(field.name);
    }
    constexpr auto sequence_max = std::numeric_limits<std::uint64_t>::max();
    add_number_option(command, "--from", options->from, 1, sequence_max, "From that event on");
    add_number_option(command, "--to", options->to, 1, sequence_max, "To that event");
    add_as_of_options(command, options->as_of);
    add_number_option(command, "--min-sequence", options->min_sequence, 0, sequence_max,
                      "Wait until this event can be seen (default: the newest one at the moment of asking)");
    add_number_option(command, "--limit", options->limit, 1, limit_max, "Events at most (default: all)");
    add_format_option(command, options->format);
    add_connection_options(command, options->client);
    command.callback([&action, options, names] {
        if (options->subject.count() != 1) throw CLI::ValidationError("give one of " + names, "");
        require_order(options->from, options->to);
        action = [options] { return show_history(*options); };
    });
}

}  // namespace seatledger
