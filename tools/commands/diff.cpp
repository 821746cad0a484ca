// seatledger diff: what became of an account's rows between two times.
#include <algorithm>
#include <cstdio>
#include <limits>
#include <memory>
#include <string>

#include "tools/commands/arguments.h"
#include "tools/commands/commands.h"
#include "tools/commands/query_output.h"
#include "tools/commands/span.h"

namespace seatledger {
namespace {

struct Asked {
    ClientOptions client;
    Format format = Format::json;
    std::string account;
    SpanOptions times;
    std::optional<Instant> known_at;
    std::uint64_t min_sequence = 0;
    std::uint64_t limit = 0;
    std::string cursor;
};

// `seen`: what was durable when the connection began, so that one's own commands are always in the answer.
void fill_query(const Asked& asked, Sequence seen, schema::Query::Builder query) {
    query.setAccount(asked.account);
    if (asked.known_at) query.setKnownAt(asked.known_at->micros);
    query.setMinSequence(std::max(asked.min_sequence, seen.value));
    if (!asked.cursor.empty()) query.setCursor(asked.cursor);
    auto filter = query.initDiff();
    if (asked.times.from.instant) filter.setFrom(asked.times.from.instant->micros);
    if (asked.times.from.sequence) filter.setFromSequence(asked.times.from.sequence->value);
    if (asked.times.to.instant) filter.setTo(asked.times.to.instant->micros);
    if (asked.times.to.sequence) filter.setToSequence(asked.times.to.sequence->value);
}

void print_rows(schema::Rows::Reader rows, RowPrinter& printer) {
    printer.expect(capnp::Schema::from<schema::DiffRow>());
    for (const auto row : rows.getDiff()) printer.print_difference(row);
}

Outcome show_diff(const Asked& asked) {
    return show_pages(
        asked.client, asked.format, asked.limit,
        {[&](Sequence seen, schema::Query::Builder query) { fill_query(asked, seen, query); }, print_rows});
}

}  // namespace

void add_diff(CLI::App& program, Action& action) {
    auto& command = *program.add_subcommand("diff", "What was added, removed and changed between two times");
    command.footer(
        "Licenses, users, products and queues, a line for each row that differs, with the events that did it. Of each\n"
        "time it counts what had fallen due by then, as query does with --as-of and --as-of-sequence.\n"
        "Examples:\n"
        "  seatledger diff --account acme --from 2026-01-31T12:00:00Z --to 2026-02-28T12:00:00Z\n"
        "  seatledger diff --account acme --from 1000 --to 2000 --format csv\n"
        "  seatledger diff --account acme --from 2026-01-31T12:00:00Z");
    const auto asked = std::make_shared<Asked>();
    add_account_option(command, asked->account);
    add_moment_option(command, "--from", asked->times.from, "From how it stood at that instant, or after that event")
        ->required();
    add_moment_option(command, "--to", asked->times.to, "To that instant, or that event (default: now)");
    add_instant_option(command, "--known-at", asked->known_at,
                       "Both by what had been recorded at that instant; without --to, also to that instant");
    add_number_option(command, "--min-sequence", asked->min_sequence, 0, std::numeric_limits<std::int64_t>::max(),
                      "Wait until this event can be seen (default: the newest one at the moment of asking)");
    add_number_option(command, "--limit", asked->limit, 1, limit_max, "Rows at most (default: all)");
    command.add_option("--cursor", asked->cursor, "Go on where an earlier diff with --limit ended")
        ->type_name("CURSOR");
    add_format_option(command, asked->format);
    add_connection_options(command, asked->client);
    command.callback([&action, asked] {
        require_order(asked->times);
        action = [asked] { return show_diff(*asked); };
    });
}

}  // namespace seatledger
