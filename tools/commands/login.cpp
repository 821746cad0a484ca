// seatledger login, seatledger logout: people as themselves, with a token for some hours.
#include <cstdio>
#include <memory>
#include <string>

#include "events/text.h"
#include "tools/commands/arguments.h"
#include "tools/commands/commands.h"
#include "tools/password_prompt.h"
#include "tools/requests.h"
#include "tools/token_file.h"

namespace seatledger {
namespace {

struct LogIn {
    ClientOptions client;
    std::string account;
    std::string email;
    std::string out;
    std::string password_file;
};

// As one word of a shell's.
std::string shell_word(const std::string& text) {
    std::string word = "'";
    for (const char c : text) word += c == '\'' ? std::string("'\\''") : std::string(1, c);
    return word + "'";
}

Outcome log_in(const LogIn& asked) {
    if (auto problem = contradiction_in(asked.client)) return std::unexpected(*problem);
    if (auto checked = check_token_file(asked.out); !checked) return std::unexpected(Problem(checked.error()));
    auto password = ask_password(asked.password_file, "Password of " + one_line(asked.email) + ": ");
    if (!password) return std::unexpected(Problem(password.error()));
    const auto logged_in = Client::log_in(asked.client, {asked.account, asked.email, *password});
    if (!logged_in) return std::unexpected(Problem(logged_in.error()));
    const auto token = logged_in->reply.get().getToken();
    if (auto written = write_token_file(asked.out, view(token.getToken())); !written) {
        (void)log_out(*logged_in->client);  // nobody has it
        return std::unexpected(Problem(written.error()));
    }
    const auto row = token.getRow();
    tell("logged in as " + std::string(view(row.getEmail())) + " of " + std::string(view(row.getAccount())) +
         ", good until " + to_rfc3339(Instant{row.getExpiresAt()}) + "; now:");
    std::printf("export SEATLEDGER_TOKEN_FILE=%s\n", shell_word(asked.out).c_str());
    return Status::done;
}

Outcome log_out(const ClientOptions& options) {
    const auto client = connect(options);
    if (!client) return std::unexpected(client.error());
    const auto token = read_token_file(options.token_file);
    if (!token) return std::unexpected(Problem(token.error()));
    if (const auto reply = log_out(**client); !reply) return std::unexpected(Problem(reply.error()));
    const auto removed = remove_token_file(options.token_file, *token);
    if (!removed) return std::unexpected(Problem("logged out, but " + removed.error()));
    tell("logged out" + (*removed ? "; " + options.token_file + " is removed" : std::string()));
    return Status::done;
}

}  // namespace

void add_login(CLI::App& program, Action& action) {
    auto& command = *program.add_subcommand("login", "Log in with a password: writes a token for some hours to a file");
    command.footer(
        "The password is asked for on the terminal, or is the first line of standard input where that is none.\n"
        "Whoever has logged in does everything as themself, with the roles that they have.\n"
        "Prints the line of shell by which the other subcommands find the token.\n"
        "Examples:\n"
        "  seatledger login --account acme --email ann@acme.test --out ann.token\n"
        "  export SEATLEDGER_TOKEN_FILE=ann.token\n"
        "  seatledger user ann@acme.test --account acme\n"
        "  seatledger logout");
    const auto asked = std::make_shared<LogIn>();
    add_account_option(command, asked->account);
    command.add_option("--email", asked->email, "Under which address you are registered")
        ->type_name("EMAIL")
        ->required();
    command.add_option("--out", asked->out, "Where the token is written to; only a token is overwritten")
        ->type_name("FILE")
        ->required();
    command.add_option("--password-file", asked->password_file, "The file whose first line is the password")
        ->type_name("FILE");
    add_server_option(command, asked->client);
    command.callback([&action, asked] { action = [asked] { return log_in(*asked); }; });
}

void add_logout(CLI::App& program, Action& action) {
    auto& command =
        *program.add_subcommand("logout", "End a log-in: its token is good no more, and its file is removed");
    command.footer(
        "Ends the token of --token-file, however it was had; only the server's own vendor.token has no end.\n"
        "Connections that it let in are closed. The file is removed if it holds nothing but the token.\n"
        "Example:\n"
        "  seatledger logout --token-file ann.token");
    const auto options = std::make_shared<ClientOptions>();
    add_connection_options(command, *options);
    command.callback([&action, options] { action = [options] { return log_out(*options); }; });
}

}  // namespace seatledger
