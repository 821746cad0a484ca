// seatledger rebuild and digest: the tables made anew from the log, and what they hold in a few characters. In the
// running server, or in a data directory that no server holds.
#include <capnp/message.h>
#include <unistd.h>

#include <cstdint>
#include <cstdio>
#include <functional>
#include <memory>
#include <string>

#include "tools/commands/arguments.h"
#include "tools/commands/commands.h"
#include "tools/offline_tables.h"
#include "tools/progress.h"
#include "tools/requests.h"

namespace seatledger {
namespace {

struct Options {
    ClientOptions client;
    Format format = Format::json;
    std::string data;  // empty: in the running server
    std::optional<std::filesystem::path> master_key_file;

    [[nodiscard]] OfflineData offline() const { return {data, master_key_file}; }
};

Outcome print_digests(schema::Digests::Reader digests, RowPrinter& printer) {
    printer.expect(capnp::Schema::from<schema::Digests::Table>());
    for (const auto table : digests.getTables()) printer.print(table);
    return finish_output(printer, Status::done);
}

// How fast it went; on stderr where it would stand in the way of a table's rows.
void print_speed(schema::Digests::Reader digests, Format format) {
    const auto events = digests.getSequence();
    const auto seconds = digests.getSeconds();
    const auto speed = seconds > 0 ? static_cast<double>(events) / seconds : 0;
    const auto number = static_cast<unsigned long long>(events);
    if (format == Format::table) {
        std::printf("%llu events in %.2f s: %.0f events/s\n", number, seconds, speed);
    } else {
        std::fprintf(format == Format::json ? stdout : stderr,
                     "{\"events\":%llu,\"seconds\":%.6f,\"eventsPerSecond\":%.0f}\n", number, seconds, speed);
    }
    std::fflush(stdout);
}

Outcome warn_of_differences(schema::Digests::Reader digests) {
    if (digests.getDiffer().size() == 0) return Status::done;
    std::string names;
    for (const auto name : digests.getDiffer()) names += (names.empty() ? "" : ", ") + std::string(name.cStr());
    tell("WARNING: the old rows were not what the log says, in: " + names +
         ". They have been replaced; whatever was read from them may have been wrong");
    return Status::rejected;
}

Outcome show_digests(const Options& options) {
    auto printer = printer_to_stdout(options.format);
    if (!options.data.empty()) {
        capnp::MallocMessageBuilder message;
        const auto digests = message.initRoot<schema::Digests>();
        if (auto read = digest_offline(options.offline(), digests); !read)
            return std::unexpected(Problem(read.error()));
        return print_digests(digests.asReader(), printer);
    }
    const auto client = connect(options.client);
    if (!client) return std::unexpected(client.error());
    const auto reply = ask_digests(**client);
    if (!reply) return std::unexpected(Problem(reply.error()));
    return print_digests(reply->get().getDigests(), printer);
}

Outcome show_rebuilt(schema::Digests::Reader digests, const Options& options) {
    auto printer = printer_to_stdout(options.format);
    const auto printed = print_digests(digests, printer);
    if (printed) print_speed(digests, options.format);
    const auto same = warn_of_differences(digests);  // to be told in any case
    return printed ? same : printed;
}

Outcome rebuild_tables(const Options& options) {
    Progress progress(stderr, "rebuild", isatty(STDERR_FILENO) == 1);
    const auto update = [&](std::uint64_t done, std::uint64_t total) { progress.update(done, total); };
    if (!options.data.empty()) {
        capnp::MallocMessageBuilder message;
        const auto digests = message.initRoot<schema::Digests>();
        const auto rebuilt = rebuild_offline(options.offline(), update, digests);
        progress.finish();
        if (!rebuilt) return std::unexpected(Problem(rebuilt.error()));
        return show_rebuilt(digests.asReader(), options);
    }
    const auto client = connect(options.client);
    if (!client) return std::unexpected(client.error());
    const auto reply = rebuild(**client, update);
    progress.finish();
    if (!reply) return std::unexpected(Problem(reply.error()));
    return show_rebuilt(reply->get().getDigests(), options);
}

void add_command(CLI::App& command, Action& action, Outcome (*run)(const Options&)) {
    const auto options = std::make_shared<Options>();
    command.add_option("--data", options->data, "Offline, in this data directory (default: in the running server)")
        ->type_name("DIR");
    add_master_key_option(command, options->master_key_file);
    add_format_option(command, options->format);
    add_connection_options(command, options->client);
    command.callback([&action, options, run] { action = [options, run] { return run(*options); }; });
}

}  // namespace

void add_rebuild(CLI::App& program, Action& action) {
    auto& command = *program.add_subcommand("rebuild", "Make the tables anew from the log");
    command.footer(
        "Prints a line a table with the SHA-256 of its keys and values in order, and how fast it went. In the running\n"
        "server the old tables answer until the new ones are complete. The status is 3 if the old rows were not what\n"
        "the log says.\n"
        "Examples:\n"
        "  seatledger rebuild\n"
        "  seatledger rebuild --data /var/lib/seatledger");
    add_command(command, action, &rebuild_tables);
}

void add_digest(CLI::App& program, Action& action) {
    auto& command = *program.add_subcommand("digest", "The digests of the tables as they are");
    command.footer(
        "A line a table, as rebuild prints it: two ledgers with the same events have the same digests.\n"
        "Examples:\n"
        "  seatledger digest\n"
        "  seatledger digest --data /var/lib/seatledger");
    add_command(command, action, &show_digests);
}

}  // namespace seatledger
