#include "tests/support/child_process.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <thread>
#include <utility>

#include "tests/support/catch.h"

namespace seatledger::testing {

std::string output_of(const std::vector<std::string>& command, std::string_view input) {
    ChildProcess child(command);
    // On a thread of its own: the program may write before it has read everything.
    std::thread writer([&] {
        child.write(input);
        child.close_input();
    });
    auto output = child.read_all();
    writer.join();
    INFO(command.front() << " " << (command.size() > 1 ? command[1] : ""));
    REQUIRE(child.wait() == 0);
    return output;
}

ChildProcess::ChildProcess(const std::vector<std::string>& command) {
    std::array<int, 2> input{};
    std::array<int, 2> output{};
    // No pipe: writing to a program that has ended is to be an error, and no signal.
    REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, input.data()) == 0);
    REQUIRE(::pipe2(output.data(), O_CLOEXEC) == 0);
    std::vector<char*> arguments;
    for (const auto& word : command) arguments.push_back(const_cast<char*>(word.c_str()));
    arguments.push_back(nullptr);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
    const int error = posix_spawnp(&process_, arguments[0], &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(input[0]);
    ::close(output[1]);
    input_ = input[1];
    output_ = output[0];
    INFO(command.front());
    REQUIRE(error == 0);
}

ChildProcess::~ChildProcess() {
    close_input();
    ::close(output_);
    if (process_ < 0) return;
    ::kill(process_, SIGTERM);
    ::waitpid(process_, nullptr, 0);
}

std::string ChildProcess::read_line(std::chrono::milliseconds timeout) {
    const auto deadline = std::chrono::steady_clock::now() + timeout;
    for (;;) {
        if (const auto end = unread_.find('\n'); end != unread_.npos) {
            auto line = unread_.substr(0, end);
            unread_.erase(0, end + 1);
            return line;
        }
        const auto left = deadline - std::chrono::steady_clock::now();
        if (!has_more(std::chrono::ceil<std::chrono::milliseconds>(left))) FAIL("a program did not answer in time");
        if (!take()) FAIL("a program has ended before it answered");
    }
}

bool ChildProcess::is_quiet() { return unread_.empty() && !has_more({}); }

void ChildProcess::write(std::string_view bytes) {
    while (!bytes.empty()) {
        const auto written = ::send(input_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (written <= 0) return;  // it has ended, which its status tells
        bytes.remove_prefix(static_cast<std::size_t>(written));
    }
}

void ChildProcess::close_input() {
    if (input_ >= 0) ::close(std::exchange(input_, -1));
}

std::string ChildProcess::read_all() {
    while (take()) continue;
    return std::exchange(unread_, {});
}

int ChildProcess::wait() {
    int status = 0;
    ::waitpid(std::exchange(process_, -1), &status, 0);
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

bool ChildProcess::has_more(std::chrono::milliseconds timeout) const {
    pollfd ready{output_, POLLIN, 0};
    return ::poll(&ready, 1, static_cast<int>(std::max<std::int64_t>(timeout.count(), 0))) > 0;
}

bool ChildProcess::take() {
    std::array<char, 65'536> buffer;
    const auto size = ::read(output_, buffer.data(), buffer.size());
    if (size > 0) unread_.append(buffer.data(), static_cast<std::size_t>(size));
    return size > 0;
}

}  // namespace seatledger::testing
