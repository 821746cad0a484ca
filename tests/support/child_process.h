// Other programs that tests ask, or talk to.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <string>
#include <string_view>
#include <vector>

namespace seatledger::testing {

// Debian's, which has Debian's packages; another one may come first in PATH.
inline constexpr const char* python = "/usr/bin/python3";

// What the program writes to stdout when it gets `input` on stdin. Fails the test unless it ends with status 0.
[[nodiscard]] std::string output_of(const std::vector<std::string>& command, std::string_view input = {});

// A program that runs for as long as this lives. Its stdin is open until then: it is to end when that does.
class ChildProcess {
 public:
    // Fails the test if it cannot be started.
    explicit ChildProcess(const std::vector<std::string>& command);
    ~ChildProcess();
    ChildProcess(const ChildProcess&) = delete;
    ChildProcess& operator=(const ChildProcess&) = delete;

    // The next line of its stdout, without its end. Fails the test if there is none in time.
    [[nodiscard]] std::string read_line(std::chrono::milliseconds timeout = std::chrono::seconds(20));
    // Whether it has nothing more to say at the moment.
    [[nodiscard]] bool is_quiet();

    void write(std::string_view bytes);
    void close_input();
    // All that is left of its stdout; and its status once it has ended.
    [[nodiscard]] std::string read_all();
    [[nodiscard]] int wait();

 private:
    [[nodiscard]] bool has_more(std::chrono::milliseconds timeout) const;
    // Takes what there is; false at the end.
    bool take();

    pid_t process_ = -1;
    int input_ = -1;
    int output_ = -1;
    std::string unread_;
};

}  // namespace seatledger::testing
