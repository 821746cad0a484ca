#include "tools/commands/arguments.h"

#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstdio>
#include <cstdlib>
#include <limits>
#include <system_error>
#include <utility>

namespace seatledger {

void add_account_option(CLI::App& command, std::string& account) {
    command.add_option("--account", account, "The company")
        ->type_name("ACCOUNT")
        ->envname("SEATLEDGER_ACCOUNT")
        ->required();
}

void add_master_key_option(CLI::App& command, std::optional<std::filesystem::path>& file) {
    command
        .add_option("--master-key-file", file,
                    "The vault's master key (default: SEATLEDGER_MASTER_KEY, or else in the data directory)")
        ->type_name("FILE");
}

void add_server_option(CLI::App& command, ClientOptions& options) {
    options.server = default_server;
    command.add_option("--server", options.server, "The server to talk to; tls://HOST:PORT if it speaks TLS")
        ->type_name("HOST:PORT")
        ->envname("SEATLEDGER_SERVER")
        ->capture_default_str()
        ->check([](const std::string& text) {
            const auto server = parse_server(text);
            return server ? std::string() : server.error();
        });
    command
        .add_option("--tls-ca", options.tls_ca,
                    "The authorities that a server's certificate may be from, PEM (default: those the system knows)")
        ->type_name("FILE")
        ->envname("SEATLEDGER_TLS_CA");
}

void add_connection_options(CLI::App& command, ClientOptions& options) {
    add_server_option(command, options);
    command.add_option("--token-file", options.token_file, "The file whose first line is the token to log in with")
        ->type_name("FILE")
        ->envname("SEATLEDGER_TOKEN_FILE");
}

std::optional<Problem> contradiction_in(const ClientOptions& options) {
    const auto server = parse_server(options.server);
    if (options.tls_ca.empty() || !server || server->is_tls) return {};
    return Problem("authorities for TLS are given (--tls-ca, SEATLEDGER_TLS_CA), but " + options.server +
                       " means plain text: name it tls://" + options.server,
                   Status::usage);
}

std::expected<std::unique_ptr<Client>, Problem> connect(const ClientOptions& options) {
    if (options.token_file.empty()) {
        return std::unexpected(Problem(
            "no token to log in with: give --token-file FILE or set SEATLEDGER_TOKEN_FILE (a server makes vendor.token "
            "in its data directory; people log in: seatledger login)",
            Status::usage));
    }
    if (auto problem = contradiction_in(options)) return std::unexpected(*problem);
    auto client = Client::connect(options);
    if (!client) return std::unexpected(Problem(client.error()));
    return std::move(*client);
}

namespace {

using Formats = std::map<std::string, Format>;

const Formats row_formats = {{"table", Format::table}, {"json", Format::json}, {"csv", Format::csv}};

// `own`: a name for none of these formats, or empty.
void add_format(CLI::App& command, Format& format, const Formats& formats, const std::string& names,
                const std::string& own = {}, bool* is_own = nullptr) {
    format = default_format(STDOUT_FILENO);
    command
        .add_option_function<std::string>(
            "--format",
            [=, &format](const std::string& name) {
                const auto found = formats.find(name);
                const bool is_own_one = !own.empty() && name == own;
                if (found == formats.end() && !is_own_one) {
                    throw CLI::ValidationError("--format", "'" + name + "' is none of " + names);
                }
                if (is_own != nullptr) *is_own = is_own_one;
                if (!is_own_one) format = found->second;
            },
            "How to print: " + names + " (default: table on a terminal, else json)")
        ->type_name("FORMAT");
}

}  // namespace

void add_format_option(CLI::App& command, Format& format) {
    add_format(command, format, row_formats, "table, json or csv");
}

void add_format_option(CLI::App& command, Format& format, const std::string& own, bool& is_own) {
    add_format(command, format, row_formats, "table, json, csv or " + own, own, &is_own);
}

void add_event_format_option(CLI::App& command, Format& format) {
    auto formats = row_formats;
    formats.emplace("cloudevents", Format::cloudevents);
    add_format(command, format, formats, "table, json, csv or cloudevents");
}

bool colour_on(int fd) {
    const char* terminal = std::getenv("TERM");
    const char* unwanted = std::getenv("NO_COLOR");
    return isatty(fd) == 1 && (unwanted == nullptr || *unwanted == '\0') &&
           (terminal == nullptr || std::string_view(terminal) != "dumb");
}

RowPrinter printer_to_stdout(Format format) { return RowPrinter(stdout, format, colour_on(STDOUT_FILENO)); }

Instant read_instant(const std::string& option, const std::string& text) {
    if (const auto instant = parse_rfc3339(text)) return *instant;
    throw CLI::ValidationError(option, "'" + text + "' is no instant (RFC 3339: 2026-01-31T12:00:00Z)");
}

std::uint64_t read_number(const std::string& option, const std::string& text, std::uint64_t from, std::uint64_t to) {
    std::uint64_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    const bool is_whole = error == std::errc() && end == text.data() + text.size();
    if (is_whole && number >= from && number <= to) return number;
    throw CLI::ValidationError(
        option, "'" + text + "' is no whole number from " + std::to_string(from) + " to " + std::to_string(to));
}

CLI::Option* add_instant_option(CLI::App& command, const std::string& name, std::optional<Instant>& instant,
                                const std::string& description) {
    return command
        .add_option_function<std::string>(
            name, [&instant, name](const std::string& text) { instant = read_instant(name, text); }, description)
        ->type_name("INSTANT");
}

void add_as_of_options(CLI::App& command, AsOfOptions& options) {
    auto* instant = add_instant_option(command, "--as-of", options.instant,
                                       "As the ledger stood at that instant: what had taken effect by then");
    add_number_option(command, "--as-of-sequence", options.sequence, 1, std::numeric_limits<std::int64_t>::max(),
                      "As the ledger stood after that event")
        ->excludes(instant);
    add_instant_option(command, "--known-at", options.known_at,
                       "By what had been recorded at that instant; alone, also as the ledger stood then");
}

CLI::Option* add_number_option(CLI::App& command, const std::string& name, std::uint64_t& number, std::uint64_t from,
                               std::uint64_t to, const std::string& description) {
    return command
        .add_option_function<std::string>(
            name, [&number, name, from, to](const std::string& text) { number = read_number(name, text, from, to); },
            description)
        ->type_name("N");
}

Outcome finish_output(RowPrinter& printer, Status status) {
    if (printer.finish() || errno == EPIPE) return status;
    return std::unexpected(Problem("cannot write the output: " + std::generic_category().message(errno)));
}

Outcome put_to_stdout(std::string_view bytes) {
    std::fwrite(bytes.data(), 1, bytes.size(), stdout);
    if (std::fflush(stdout) != 0 || std::ferror(stdout) != 0) {
        return std::unexpected(Problem("the output cannot be written; is the disk full?"));
    }
    return Status::done;
}

std::string one_line(std::string_view text) {
    auto line = well_formed(text);
    std::ranges::replace_if(
        line, [](char c) { return (c >= 0 && c < ' ') || c == '\x7f'; }, ' ');
    return line;
}

void tell(std::string_view message) { std::fprintf(stderr, "%s\n", one_line(message).c_str()); }

}  // namespace seatledger
