#include "tools/commands/program.h"

#include <cstdio>
#include <sstream>

#include "tools/commands/arguments.h"

namespace seatledger {
namespace {

// As far as the command line named what it wants: for "query licenses …" that question.
const CLI::App& innermost(const CLI::App& program) {
    const auto* at = &program;
    while (!at->get_subcommands().empty()) at = at->get_subcommands().front();
    return *at;
}

std::string full_name(const CLI::App& command) {
    const auto* parent = command.get_parent();
    return (parent != nullptr ? full_name(*parent) + ' ' : "") + command.get_name();
}

Problem explain(const CLI::ParseError& error, const CLI::App& program) {
    const auto& command = innermost(program);
    std::string what = error.what();
    // Of two things that are wrong with `query nonsense` CLI11 names the other one.
    const auto unknown = command.remaining();
    const bool wants_subcommand = command.get_require_subcommand_min() > command.get_subcommands().size();
    if (wants_subcommand && !unknown.empty()) what = "'" + unknown.front() + "' is not known";
    return {what + "; see " + full_name(command) + " --help", Status::usage};
}

void add_subcommands(CLI::App& program, Action& action) {
    add_serve(program, action);
    add_login(program, action);
    add_logout(program, action);
    add_token(program, action);
    add_submit(program, action);
    add_query(program, action);
    add_user(program, action);
    add_history(program, action);
    add_diff(program, action);
    add_statement(program, action);
    add_reconcile(program, action);
    add_dossier(program, action);
    add_verify_dossier(program, action);
    add_bind(program, action);
    add_unbind(program, action);
    add_replay(program, action);
    add_import(program, action);
    add_rebuild(program, action);
    add_digest(program, action);
    add_proofs(program, action);
    add_verify(program, action);
    add_export_tiles(program, action);
    add_bench(program, action);
    add_vault(program, action);
    add_version(program, action);
}

}  // namespace

std::expected<Action, Problem> read_command_line(int argc, const char* const* argv) {
    CLI::App program("An event-sourced ledger of software licenses.", "seatledger");
    program.require_subcommand(1);
    program.set_version_flag("--version", "seatledger " SEATLEDGER_VERSION);
    program.footer(
        "Each subcommand explains itself: seatledger submit --help\n"
        "Exit status: 0 done; 1 could not; 2 wrong usage; 3 done, but a command was rejected or a check failed.\n"
        "Begin with:\n"
        "  seatledger serve --data ledger\n"
        "  export SEATLEDGER_TOKEN_FILE=ledger/vendor.token\n"
        "  seatledger submit commands.jsonl");
    Action action;
    add_subcommands(program, action);
    try {
        program.parse(argc, argv);
    } catch (const CLI::Success& wish) {  // --help or --version
        std::ostringstream text;
        program.exit(wish, text, text);
        return [text = text.str()]() -> Outcome {
            std::fputs(text.c_str(), stdout);
            return Status::done;
        };
    } catch (const CLI::ParseError& error) {
        return std::unexpected(explain(error, program));
    }
    return action;
}

}  // namespace seatledger
