#include "tools/commands/interrupt.h"

#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <cstdint>

namespace seatledger {
namespace {

int signalled_fd = -1;
std::atomic<bool> was_signalled = false;

void on_signal(int) {
    const int error = errno;
    was_signalled = true;
    const std::uint64_t one = 1;
    (void)!write(signalled_fd, &one, sizeof one);
    errno = error;
}

void watch(int poll_fd, int fd, std::uint32_t events) {
    epoll_event event{};
    event.events = events;
    epoll_ctl(poll_fd, EPOLL_CTL_ADD, fd, &event);  // files cannot be watched, and need not be
}

}  // namespace

Interrupt::Interrupt() : poll_fd_(epoll_create1(EPOLL_CLOEXEC)) {
    signalled_fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    was_signalled = false;
    watch(poll_fd_, signalled_fd, EPOLLIN);
    watch(poll_fd_, STDOUT_FILENO, 0);  // EPOLLERR and EPOLLHUP are told in any case
    struct sigaction action {};
    action.sa_handler = on_signal;  // without SA_RESTART
    sigaction(SIGINT, &action, nullptr);
    sigaction(SIGTERM, &action, nullptr);
}

Interrupt::~Interrupt() {
    signal(SIGINT, SIG_DFL);
    signal(SIGTERM, SIG_DFL);
    close(poll_fd_);
    close(signalled_fd);
}

bool Interrupt::has_come() const { return was_signalled; }

}  // namespace seatledger
