// seatledger token: tokens for programs, and for people without a password.
#include <cstdio>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "events/text.h"
#include "tools/commands/arguments.h"
#include "tools/commands/commands.h"
#include "tools/requests.h"
#include "tools/token_file.h"

namespace seatledger {
namespace {

struct Options {
    ClientOptions client;
    Format format = Format::json;
    TokenWish wish;
    std::optional<Instant> expires_at;
    std::string out;
    std::uint64_t number = 0;
};

Outcome print(const Options& options, capnp::List<schema::TokenRow>::Reader rows) {
    auto printer = printer_to_stdout(options.format);
    printer.expect(capnp::Schema::from<schema::TokenRow>());
    for (const auto row : rows) printer.print(row);
    return finish_output(printer, Status::done);
}

Outcome issue(const Options& options) {
    if (auto checked = check_token_file(options.out); !checked) return std::unexpected(Problem(checked.error()));
    const auto client = connect(options.client);
    if (!client) return std::unexpected(client.error());
    auto wish = options.wish;
    if (options.expires_at) wish.expires_at = *options.expires_at;
    const auto reply = issue_token(**client, wish);
    if (!reply) return std::unexpected(Problem(reply.error()));
    const auto issued = reply->get().getToken();
    if (auto written = write_token_file(options.out, view(issued.getToken())); !written) {
        (void)revoke_token(**client, issued.getRow().getNumber());  // nobody has it
        return std::unexpected(Problem(written.error()));
    }
    auto printer = printer_to_stdout(options.format);
    printer.print(issued.getRow());
    return finish_output(printer, Status::done);
}

Outcome list(const Options& options) {
    const auto client = connect(options.client);
    if (!client) return std::unexpected(client.error());
    const auto reply = list_tokens(**client, options.wish.account);
    if (!reply) return std::unexpected(Problem(reply.error()));
    return print(options, reply->get().getTokens());
}

Outcome revoke(const Options& options) {
    const auto client = connect(options.client);
    if (!client) return std::unexpected(client.error());
    const auto reply = revoke_token(**client, static_cast<std::uint32_t>(options.number));
    if (!reply) return std::unexpected(Problem(reply.error()));
    return print(options, reply->get().getTokens());
}

using Run = Outcome (*)(const Options&);

void finish_command(CLI::App& command, const std::shared_ptr<Options>& options, Run run, Action& action) {
    add_format_option(command, options->format);
    add_connection_options(command, options->client);
    command.callback([&action, options, run] { action = [options, run] { return run(*options); }; });
}

CLI::Option* add_account(CLI::App& command, Options& options, const char* description) {
    return command.add_option("--account", options.wish.account, description)
        ->type_name("ACCOUNT")
        ->envname("SEATLEDGER_ACCOUNT");
}

void add_issue(CLI::App& token, Action& action) {
    auto& command = *token.add_subcommand("issue", "Issue one: it is written to a file, and cannot be had again");
    command.footer(
        "The vendor's is for every account unless --account says which, and a person's with --email. With --role and\n"
        "without --email it does what that role may, and nothing that is the vendor's: no 'at' and no 'actor', and it\n"
        "orders only as a super admin with a card on file. A super admin issues tokens of their own, which let nobody\n"
        "do more than they may themself. A token lets nobody do more, or for longer, than the one by which it was\n"
        "issued; but one of a log-in may last longer than that.\n"
        "Examples:\n"
        "  seatledger token issue --account acme --role auditor --label 'nightly export' --out export.token\n"
        "  seatledger token issue --account acme --email ann@acme.test --expires 2027-01-01T00:00:00Z --out ann.token");
    const auto options = std::make_shared<Options>();
    auto* account = add_account(command, *options, "Good for this company only");
    command.add_option("--email", options->wish.email, "For this person of it, who does everything as themself")
        ->type_name("EMAIL")
        ->needs(account);
    command
        .add_option("--role", options->wish.role,
                    "May do only what this role may: superAdmin, admin, billing, auditor or member")
        ->type_name("ROLE")
        ->check(CLI::IsMember({"superAdmin", "admin", "billing", "auditor", "member"}).description(""));
    command.add_option("--label", options->wish.label, "What it is for; shown in the list")->type_name("TEXT");
    add_instant_option(command, "--expires", options->expires_at, "It is good until then (default: for ever)");
    command.add_option("--out", options->out, "Where it is written to; only a token is overwritten")
        ->type_name("FILE")
        ->required();
    finish_command(command, options, issue, action);
}

void add_list(CLI::App& token, Action& action) {
    auto& command = *token.add_subcommand("list", "Those that are good, log-ins among them");
    command.footer("Example:\n  seatledger token list --account acme --format table");
    const auto options = std::make_shared<Options>();
    add_account(command, *options, "Those for this company");
    finish_command(command, options, list, action);
}

void add_revoke(CLI::App& token, Action& action) {
    auto& command = *token.add_subcommand("revoke", "End one: whoever it let in is cut off");
    command.footer("Example:\n  seatledger token revoke 17");
    const auto options = std::make_shared<Options>();
    add_number_option(command, "number", options->number, 1, std::numeric_limits<std::uint32_t>::max(),
                      "Its number in the list")
        ->required();
    finish_command(command, options, revoke, action);
}

}  // namespace

void add_token(CLI::App& program, Action& action) {
    auto& token = *program.add_subcommand("token", "Issue, list and revoke tokens");
    token.require_subcommand(1);
    token.footer(
        "A token lets in whoever shows it. Each subcommand explains itself: seatledger token issue --help\n"
        "Examples:\n"
        "  seatledger token issue --account acme --role auditor --out auditor.token\n"
        "  seatledger token list --format table\n"
        "  seatledger token revoke 17");
    add_issue(token, action);
    add_list(token, action);
    add_revoke(token, action);
}

}  // namespace seatledger
