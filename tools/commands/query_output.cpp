#include "tools/commands/query_output.h"

#include <cstdio>

#include "server/json.h"
#include "tools/commands/arguments.h"
#include "tools/requests.h"

namespace seatledger {
namespace {

// Where to go on, where there are more rows than were asked for.
void tell_cursor(const std::string& cursor, Format format) {
    if (format == Format::table) return tell("more rows: --cursor " + cursor);
    std::string line = R"({"cursor":)";
    write_text(cursor, line);
    tell(line + '}');
}

}  // namespace

Outcome show_pages(const ClientOptions& options, Format format, std::uint64_t limit, const QueryOutput& output) {
    const auto client = connect(options);
    if (!client) return std::unexpected(client.error());
    auto printer = printer_to_stdout(format);
    const auto cursor = query_pages(
        **client, [&](schema::Query::Builder query) { output.fill((*client)->last_sequence(), query); }, limit,
        [&](schema::Rows::Reader rows) {
            output.print(rows, printer);
            return std::ferror(stdout) == 0;
        });
    if (!cursor) {
        printer.flush();
        return std::unexpected(Problem(cursor.error()));
    }
    auto outcome = finish_output(printer, Status::done);
    if (outcome && !cursor->empty() && std::ferror(stdout) == 0) tell_cursor(*cursor, format);
    return outcome;
}

}  // namespace seatledger
