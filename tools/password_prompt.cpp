#include "tools/password_prompt.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdio>
#include <optional>
#include <string_view>
#include <system_error>

#include "engine/rules/values.h"
#include "events/text.h"

namespace seatledger {
namespace {

using Line = std::expected<std::string, std::string>;

constexpr std::array ending_signals = {SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP};

volatile sig_atomic_t signalled = 0;

void on_signal(int number) { signalled = number; }

// While this lives, what is typed is not shown, and those signals are only noted, and only while one waits for input by
// wait_for_input(). What came is left to whoever destroys it.
class QuietTerminal {
 public:
    explicit QuietTerminal(int fd) : fd_(fd) {
        signalled = 0;
        sigset_t held;
        sigemptyset(&held);
        for (const int number : ending_signals) sigaddset(&held, number);
        sigprocmask(SIG_BLOCK, &held, &mask_);
        struct sigaction note {};
        note.sa_handler = on_signal;
        for (std::size_t i = 0; i < ending_signals.size(); ++i) {
            sigaction(ending_signals[i], nullptr, &actions_[i]);
            // What whoever started the program had ignored stays ignored.
            if (actions_[i].sa_handler != SIG_IGN) sigaction(ending_signals[i], &note, nullptr);
        }
        is_quiet_ = tcgetattr(fd_, &shown_) == 0;
        if (!is_quiet_) return;
        auto quiet = shown_;
        quiet.c_lflag &= ~static_cast<tcflag_t>(ECHO);
        quiet.c_lflag |= ICANON;
        is_quiet_ = tcsetattr(fd_, TCSAFLUSH, &quiet) == 0;
    }
    QuietTerminal(const QuietTerminal&) = delete;
    QuietTerminal& operator=(const QuietTerminal&) = delete;
    ~QuietTerminal() {
        if (is_quiet_) tcsetattr(fd_, TCSANOW, &shown_);
        for (std::size_t i = 0; i < ending_signals.size(); ++i) sigaction(ending_signals[i], &actions_[i], nullptr);
        sigprocmask(SIG_SETMASK, &mask_, nullptr);
    }

    [[nodiscard]] bool is_quiet() const { return is_quiet_; }

    // False: a signal came before.
    [[nodiscard]] bool wait_for_input() const {
        pollfd input{fd_, POLLIN, 0};
        while (signalled == 0) {
            if (ppoll(&input, 1, nullptr, &mask_) > 0) return true;
        }
        return false;
    }

 private:
    int fd_;
    bool is_quiet_ = false;
    termios shown_{};
    sigset_t mask_{};
    std::array<struct sigaction, ending_signals.size()> actions_{};
};

// The first line, without its end. Nothing: there is not even one byte.
std::optional<std::string> first_line(int fd) {
    std::string line;
    char c = 0;
    while (line.size() <= rules::password_bytes_max) {
        const auto count = read(fd, &c, 1);
        if (count < 0 && errno == EINTR) continue;
        if (count <= 0 && line.empty()) return {};
        if (count <= 0 || c == '\n') break;
        line += c;
    }
    if (line.ends_with('\r')) line.pop_back();
    return line;
}

Line checked(const std::optional<std::string>& line, const std::string& where) {
    if (!line || line->empty()) return std::unexpected("no password was given " + where);
    if (line->size() > rules::password_bytes_max || !is_plain_text(*line)) {
        return std::unexpected("what was given " + where + " is no password: it is too long, or not plain text");
    }
    return *line;
}

// Nothing: the program was stopped and goes on; what was asked is forgotten by now.
std::optional<Line> ask_once(const std::string& prompt) {
    std::optional<std::string> line;
    {
        const QuietTerminal terminal(STDIN_FILENO);
        if (!terminal.is_quiet()) {
            return std::unexpected(
                "the terminal would show the password; give it by --password-file, or on a pipe to standard input");
        }
        std::fputs(prompt.c_str(), stderr);
        std::fflush(stderr);
        if (terminal.wait_for_input()) line = first_line(STDIN_FILENO);
        std::fputs("\n", stderr);  // that of who typed was not shown
    }
    if (signalled == 0) return checked(line, "at the terminal");
    raise(signalled);
    if (signalled != SIGTSTP) return std::unexpected("interrupted");
    return {};
}

}  // namespace

std::expected<std::string, std::string> ask_password(const std::string& file, const std::string& prompt) {
    if (file.empty()) {
        if (isatty(STDIN_FILENO) == 0) return checked(first_line(STDIN_FILENO), "on standard input");
        for (;;) {
            if (auto line = ask_once(prompt)) return *line;
        }
    }
    const int fd = open(file.c_str(), O_RDONLY | O_CLOEXEC);
    if (fd < 0) {
        return std::unexpected("cannot read the password from " + file + ": " + std::generic_category().message(errno));
    }
    const auto line = first_line(fd);
    close(fd);
    return checked(line, "in " + file);
}

}  // namespace seatledger
