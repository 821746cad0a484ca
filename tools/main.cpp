// The one program: a server, its clients and its tools.
#include <CLI/CLI.hpp>
#include <kj/exception.h>
#include <signal.h>

#include <cstdio>
#include <exception>
#include <string>

#include "tools/commands/arguments.h"
#include "tools/commands/commands.h"

namespace seatledger {
namespace {

int exit_status(Status status) {
    return static_cast<int>(status);
}

int refuse(const std::string& message, Status status) {
    tell("seatledger: " + message);
    return exit_status(status);
}

// "seatledger query licenses": as far as the command line named what it wants.
std::string named(const CLI::App& program) {
    std::string name = program.get_name();
    const auto* at = &program;
    while (!at->get_subcommands().empty()) {
        at = at->get_subcommands().front();
        name += ' ' + at->get_name();
    }
    return name;
}

Outcome act(const Action& action) try {
    return action();
} catch (const kj::Exception& exception) {
    // What was received could not be read: everything of our own that fails says so by value.
    return std::unexpected(Problem("the answer cannot be read: " + std::string(exception.getDescription().cStr()) +
                                   "; is the server of another version?"));
} catch (const std::exception& exception) {
    return std::unexpected(Problem(exception.what()));
}

int run(int argc, char** argv) {
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
    add_serve(program, action);
    add_submit(program, action);
    add_query(program, action);
    add_history(program, action);
    add_replay(program, action);
    add_import(program, action);
    add_rebuild(program, action);
    add_digest(program, action);
    add_version(program, action);
    try {
        program.parse(argc, argv);
    } catch (const CLI::Success& wish) {
        return program.exit(wish);  // --help and --version
    } catch (const CLI::ParseError& error) {
        return refuse(std::string(error.what()) + "; see " + named(program) + " --help", Status::usage);
    }
    const auto outcome = act(action);
    return outcome ? exit_status(*outcome) : refuse(outcome.error().message, outcome.error().status);
}

}  // namespace
}  // namespace seatledger

int main(int argc, char** argv) {
    signal(SIGPIPE, SIG_IGN);  // a reader that has gone away is an error of write(), which says what it means
    return seatledger::run(argc, argv);
}
