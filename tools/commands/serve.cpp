// seatledger serve: the server.
#include "server/server.h"

#include <cstdlib>
#include <limits>
#include <map>
#include <memory>
#include <string>

#include "engine/files.h"
#include "engine/rules/values.h"
#include "tools/commands/arguments.h"
#include "tools/commands/commands.h"

namespace seatledger {
namespace {

void add_log_options(CLI::App& command, LogOptions& log) {
    command.add_option("--log-level", log.level, "What the server's own log says: trace to error, or off")
        ->type_name("LEVEL")
        ->capture_default_str()
        ->check(CLI::IsMember({"trace", "debug", "info", "warning", "error", "off"}).description(""));
    command.add_option("--log-format", log.format, "How it is written: text (default) or json")
        ->type_name("FORMAT")
        ->transform(CLI::CheckedTransformer(
                        std::map<std::string, LogFormat>{{"text", LogFormat::text}, {"json", LogFormat::json}})
                        .description(""));
    command.add_option("--log-file", log.file, "Where it goes (default: stderr)")->type_name("FILE");
}

// An option for a limit, of which it shows the default.
void add_limit(CLI::App& command, const std::string& name, std::size_t& limit, std::uint64_t from, std::uint64_t to,
               const std::string& description) {
    command
        .add_option_function<std::string>(
            name, [&limit, name, from, to](const std::string& text) { limit = read_number(name, text, from, to); },
            description)
        ->type_name("N")
        ->default_str(std::to_string(limit));
}

void add_access_log_options(CLI::App& command, AccessLogOptions& log) {
    command
        .add_option(
            "--access-log", log.file,
            "Where it is written who read what, a JSON object a line (default: access.log in the data directory)")
        ->type_name("FILE");
    add_limit(command, "--access-log-bytes", log.bytes_max, 1'024, std::uint64_t{1} << 40,
              "Size at which it is begun anew, and the old one kept as access.1.log");
    add_limit(command, "--access-log-files", log.files_max, 1, 200'000, "Old ones that are kept");
}

void add_limits(CLI::App& command, ServerLimits& limits) {
    add_limit(command, "--max-connections", limits.connections_max, 1, 1'000'000, "Connections at a time");
    add_limit(command, "--max-message-bytes", limits.message_bytes_max, 4'096, std::uint64_t{1} << 30,
              "Bytes of a message from a client");
    add_limit(command, "--max-in-flight", limits.requests_in_flight_max, 1, 100'000,
              "Requests of one connection that wait for their answers");
    command
        .add_option_function<std::string>(
            "--idle-timeout-seconds",
            [&limits](const std::string& text) {
                limits.idle_timeout = std::chrono::seconds(read_number("--idle-timeout-seconds", text, 1, 10'000'000));
            },
            "After how long a connection that asks for nothing is closed")
        ->type_name("N")
        ->default_str(std::to_string(std::chrono::floor<std::chrono::seconds>(limits.idle_timeout).count()));
}

void add_tls_options(CLI::App& command, ServerOptions& options) {
    auto* certificate =
        command
            .add_option(
                "--tls-cert", options.tls_certificate,
                "Encrypt all connections: the server's certificate, PEM, with those between it and its authority")
            ->type_name("FILE");
    auto* key = command
                    .add_option("--tls-key", options.tls_key,
                                "Its private key, PEM, which nobody but its owner and group may read")
                    ->type_name("FILE");
    const auto is_named = [](const std::string& file) { return file.empty() ? "names no file" : std::string(); };
    certificate->check(is_named);
    key->check(is_named);
    certificate->needs(key);
    key->needs(certificate);
    command
        .add_flag("--insecure", options.is_insecure,
                  "Listen on any address without encryption: others can read everything, tokens included")
        ->excludes(certificate);
}

constexpr const char* smtp_password_variable = "SEATLEDGER_SMTP_PASSWORD";

// What is meant for the mail server is of no use without one.
struct MailOptions {
    bool is_given = false;
    SmtpOptions smtp;
    std::string password_file;
};

Outcome read_mail_options(const MailOptions& mail, ServerOptions& options) {
    if (!mail.is_given) return Status::done;
    options.smtp = mail.smtp;
    if (!mail.password_file.empty()) {
        const auto file = read_file(mail.password_file);
        if (!file) return std::unexpected(Problem(file.error()));
        if (!*file) return std::unexpected(Problem("there is no file " + mail.password_file));
        options.smtp->password = (*file)->substr(0, (*file)->find_first_of("\r\n"));
    } else if (const auto* password = std::getenv(smtp_password_variable); password != nullptr) {
        if (!options.smtp->user.empty()) options.smtp->password = password;
    }
    return Status::done;
}

void add_mail_options(CLI::App& command, MailOptions& mail, ServerOptions& options) {
    auto* smtp = command
                     .add_option_function<std::string>(
                         "--smtp",
                         [&mail](const std::string& url) {
                             mail.is_given = true;
                             mail.smtp.url = url;
                         },
                         "Send letters through this mail server: smtp://HOST[:PORT] or smtps://HOST[:PORT]. "
                         "Without it they become files in DIR/outbox")
                     ->type_name("URL");
    auto* user = command.add_option("--smtp-user", mail.smtp.user, "Log in there as")->type_name("NAME")->needs(smtp);
    command
        .add_option("--smtp-password-file", mail.password_file,
                    "With the password in the first line of this file (default: $SEATLEDGER_SMTP_PASSWORD)")
        ->type_name("FILE")
        ->needs(user);
    command
        .add_option("--smtp-starttls", mail.smtp.starttls,
                    "For smtp://: never, offered or required (default: required with a log-in, else offered)")
        ->type_name("WHEN")
        ->transform(CLI::CheckedTransformer(std::map<std::string, StartTls>{{"never", StartTls::never},
                                                                            {"offered", StartTls::if_offered},
                                                                            {"required", StartTls::required}})
                        .description(""))
        ->needs(smtp);
    command
        .add_option("--smtp-ca", mail.smtp.ca_file,
                    "Authorities that the mail server's certificate may be from, PEM (default: the system's)")
        ->type_name("FILE")
        ->needs(smtp);
    command
        .add_option("--mail-from", options.mail_from,
                    "The address that letters come from (default: seatledger@ this machine's name)")
        ->type_name("ADDRESS")
        ->check([](const std::string& address) {
            return rules::is_email(address) ? std::string() : address + " is not an e-mail address";
        });
}

}  // namespace

void add_serve(CLI::App& program, Action& action) {
    auto& command = *program.add_subcommand("serve", "Start the server");
    command.footer(
        "The first line on stdout is `listening on HOST:PORT`, once it answers. The first start makes the data\n"
        "directory and in it vendor.token, with which clients log in. SIGTERM and Ctrl-C end it cleanly.\n"
        "Without --tls-cert it listens only where no other machine can reach it, unless --insecure is given. SIGHUP\n"
        "has it read the certificate and the key again. Clients connect to tls://HOST:PORT then.\n"
        "With --clock manual now is the latest `at` of a command, and nothing falls due by itself: for simulations\n"
        "and training.\n"
        "Examples:\n"
        "  seatledger serve --data ledger\n"
        "  seatledger serve --data ledger --log-file ledger.log --log-format json\n"
        "  seatledger serve --data ledger --listen 0.0.0.0:7171 --tls-cert server.pem --tls-key server.key");
    const auto options = std::make_shared<ServerOptions>();
    command.add_option("--data", options->data, "Where everything lies")->type_name("DIR")->required();
    command
        .add_option_function<std::string>(
            "--listen",
            [options = options.get()](const std::string& text) {
                const auto endpoint = parse_endpoint(text, 0);
                if (!endpoint) throw CLI::ValidationError("--listen", endpoint.error());
                options->host = endpoint->host;
                options->port = endpoint->port;
            },
            "Where it listens; with port 0 at any that is free")
        ->type_name("HOST:PORT")
        ->default_str(default_server);
    add_master_key_option(command, options->master_key_file);
    add_tls_options(command, *options);
    const auto mail = std::make_shared<MailOptions>();
    add_mail_options(command, *mail, *options);
    command.add_option("--clock", options->manual_clock, "What now is: system (default), or manual")
        ->type_name("CLOCK")
        ->transform(
            CLI::CheckedTransformer(std::map<std::string, bool>{{"system", false}, {"manual", true}}).description(""));
    command
        .add_option("--origin", options->origin,
                    "What checkpoints call this log (default: seatledger- and digits of the key that signs them)")
        ->type_name("NAME");
    add_limits(command, options->limits);
    add_log_options(command, options->log);
    add_access_log_options(command, options->access_log);
    command.callback([&action, options, mail] {
        action = [options, mail]() -> Outcome {
            if (auto read = read_mail_options(*mail, *options); !read) return read;
            return static_cast<Status>(run_server(*options));
        };
    });
}

}  // namespace seatledger
