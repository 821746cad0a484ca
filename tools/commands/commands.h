// The subcommands of the program, a file each. Each adds itself to the command line and, once its arguments have been
// read, leaves behind what is to be done.
#pragma once

#include <CLI/CLI.hpp>

#include <expected>
#include <functional>
#include <string>

namespace seatledger {

// The program's exit status.
enum class Status { done = 0, failed = 1, usage = 2, rejected = 3 };

// Why something could not be done: one line, what and what to do.
struct Problem {
    Problem(std::string text, Status exit = Status::failed) : message(std::move(text)), status(exit) {}

    std::string message;
    Status status;
};

using Outcome = std::expected<Status, Problem>;
using Action = std::function<Outcome()>;

// `action` must outlive the program's App, and is set when that has parsed a command line with the subcommand in it.
void add_serve(CLI::App& program, Action& action);
void add_submit(CLI::App& program, Action& action);
void add_query(CLI::App& program, Action& action);
void add_user(CLI::App& program, Action& action);
void add_bind(CLI::App& program, Action& action);
void add_unbind(CLI::App& program, Action& action);
void add_login(CLI::App& program, Action& action);
void add_logout(CLI::App& program, Action& action);
void add_token(CLI::App& program, Action& action);
void add_history(CLI::App& program, Action& action);
void add_diff(CLI::App& program, Action& action);
void add_replay(CLI::App& program, Action& action);
void add_statement(CLI::App& program, Action& action);
void add_reconcile(CLI::App& program, Action& action);
void add_dossier(CLI::App& program, Action& action);
void add_verify_dossier(CLI::App& program, Action& action);
void add_rebuild(CLI::App& program, Action& action);
void add_digest(CLI::App& program, Action& action);
void add_proofs(CLI::App& program, Action& action);
void add_verify(CLI::App& program, Action& action);
void add_export_tiles(CLI::App& program, Action& action);
void add_import(CLI::App& program, Action& action);
void add_bench(CLI::App& program, Action& action);
void add_vault(CLI::App& program, Action& action);
void add_version(CLI::App& program, Action& action);

}  // namespace seatledger
