// Ctrl-C for commands that would go on for ever.
#pragma once

namespace seatledger {

// While this lives, SIGINT and SIGTERM do not end the program but make fd() readable; so does a reader of stdout that
// has gone away. A system call that blocks is interrupted. At most one at a time.
class Interrupt {
 public:
    Interrupt();
    Interrupt(const Interrupt&) = delete;
    Interrupt& operator=(const Interrupt&) = delete;
    ~Interrupt();

    [[nodiscard]] int fd() const { return poll_fd_; }
    [[nodiscard]] bool has_come() const;

 private:
    int poll_fd_;
};

}  // namespace seatledger
