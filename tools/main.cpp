// The one program: a server, its clients and its tools.
#include <kj/exception.h>
#include <signal.h>

#include <exception>
#include <string>

#include "tools/commands/arguments.h"
#include "tools/commands/program.h"

namespace seatledger {
namespace {

int exit_status(Status status) { return static_cast<int>(status); }

int refuse(const Problem& problem) {
    tell("seatledger: " + problem.message);
    return exit_status(problem.status);
}

Outcome act(const Action& action) try { return action(); } catch (const kj::Exception& exception) {
    // What else fails says so by value: this is a message or a file that was not what it had to be.
    return std::unexpected(Problem("cannot go on: " + std::string(exception.getDescription().cStr())));
} catch (const std::exception& exception) {
    return std::unexpected(Problem(exception.what()));
}

int run(int argc, char** argv) {
    const auto action = read_command_line(argc, argv);
    if (!action) return refuse(action.error());
    const auto outcome = act(*action);
    return outcome ? exit_status(*outcome) : refuse(outcome.error());
}

}  // namespace
}  // namespace seatledger

int main(int argc, char** argv) {
    signal(SIGPIPE, SIG_IGN);  // a reader that has gone away is an error of write(), which says what it means
    return seatledger::run(argc, argv);
}
