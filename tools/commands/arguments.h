// What the subcommands' arguments have in common.
#pragma once

#include <CLI/CLI.hpp>

#include <cstdint>
#include <expected>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

#include "events/instant.h"
#include "tools/client.h"
#include "tools/commands/commands.h"
#include "tools/output.h"

namespace seatledger {

// Rows that may be asked for at once.
inline constexpr std::uint64_t limit_max = 1'000'000;

inline constexpr const char* default_server = "127.0.0.1:7171";

// --server and --tls-ca; and these with --token-file; or what stands in the environment instead.
void add_server_option(CLI::App& command, ClientOptions& options);
void add_connection_options(CLI::App& command, ClientOptions& options);

// --account, or what stands in the environment instead. Required.
void add_account_option(CLI::App& command, std::string& account);

// --master-key-file: where the vault's master key is, if it is not in the data directory.
void add_master_key_option(CLI::App& command, std::optional<std::filesystem::path>& file);

// What is wrong with how the server is named: authorities for TLS, for one that would be spoken to in plain text.
[[nodiscard]] std::optional<Problem> contradiction_in(const ClientOptions& options);

// Connects. Without a token file it is wrong usage, and so is --tls-ca for a server without TLS.
[[nodiscard]] std::expected<std::unique_ptr<Client>, Problem> connect(const ClientOptions& options);

// --format, by default what suits where stdout leads to.
void add_format_option(CLI::App& command, Format& format);
// The same for events, which may be CloudEvents as well.
void add_event_format_option(CLI::App& command, Format& format);
// The same with one more, of the subcommand's own: `is_own` says whether it was asked for.
void add_format_option(CLI::App& command, Format& format, const std::string& own, bool& is_own);

// A printer to stdout, in colour where people look at it.
[[nodiscard]] RowPrinter printer_to_stdout(Format format);
[[nodiscard]] bool colour_on(int fd);

// The values of options. What is wrong is a CLI::ValidationError that says what was expected.
[[nodiscard]] Instant read_instant(const std::string& option, const std::string& text);
[[nodiscard]] std::uint64_t read_number(const std::string& option, const std::string& text, std::uint64_t from,
                                        std::uint64_t to);

// An option that takes an instant, which must outlive the parsing.
CLI::Option* add_instant_option(CLI::App& command, const std::string& name, std::optional<Instant>& instant,
                                const std::string& description);

// What a reading is about. All readings take the same three options.
struct AsOfOptions {
    std::optional<Instant> instant;
    std::uint64_t sequence = 0;
    std::optional<Instant> known_at;

    [[nodiscard]] bool any() const { return instant || sequence != 0 || known_at; }

    // Sets asOf, asOfSequence and knownAt of a query, a history or a replay.
    template <typename Request>
    void fill(Request request) const {
        if (instant) request.setAsOf(instant->micros);
        request.setAsOfSequence(sequence);
        if (known_at) request.setKnownAt(known_at->micros);
    }
};

// --as-of, --as-of-sequence and --known-at; `options` must outlive the parsing.
void add_as_of_options(CLI::App& command, AsOfOptions& options);

// A whole number from `from` to `to`.
CLI::Option* add_number_option(CLI::App& command, const std::string& name, std::uint64_t& number, std::uint64_t from,
                               std::uint64_t to, const std::string& description);

// The program's own stdout is all written. A reader that has gone away is no failure: it has had enough.
[[nodiscard]] Outcome finish_output(RowPrinter& printer, Status status);

// Bytes as they are, whatever the format: somebody else's program may read them.
[[nodiscard]] Outcome put_to_stdout(std::string_view bytes);

// One line of a terminal's worth: control characters, line ends among them, become blanks.
[[nodiscard]] std::string one_line(std::string_view text);

// To stderr, as a line of its own.
void tell(std::string_view message);

}  // namespace seatledger
