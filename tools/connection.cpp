#include "tools/connection.h"

#include <capnp/serialize.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <system_error>
#include <utility>

namespace seatledger {
namespace {

constexpr auto connect_timeout = std::chrono::seconds(10);
constexpr std::size_t segments_max = 512;  // as many as Cap'n Proto's own readers take

std::string text_of(int error) { return std::generic_category().message(error); }

// Milliseconds as poll(2) has them; -1 for ever.
int poll_timeout(std::optional<std::chrono::milliseconds> timeout) {
    if (!timeout) return -1;
    return static_cast<int>(std::clamp<std::chrono::milliseconds::rep>(timeout->count(), 0, 1'000'000'000));
}

// Gives an error number, 0 for success.
int connect_to(int socket, const addrinfo& address) {
    const int flags = fcntl(socket, F_GETFL);
    fcntl(socket, F_SETFL, flags | O_NONBLOCK);
    const bool is_done = connect(socket, address.ai_addr, address.ai_addrlen) == 0;
    const int begun = errno;
    fcntl(socket, F_SETFL, flags);
    if (is_done) return 0;
    if (begun != EINPROGRESS) return begun;
    pollfd wanted{socket, POLLOUT, 0};
    int ready = 0;
    do {
        ready = poll(&wanted, 1, poll_timeout(connect_timeout));
    } while (ready < 0 && errno == EINTR);
    if (ready < 0) return errno;
    if (ready == 0) return ETIMEDOUT;
    int error = 0;
    socklen_t size = sizeof error;
    return getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

void set_option(int socket, int level, int option) {
    const int on = 1;
    setsockopt(socket, level, option, &on, sizeof on);
}

}  // namespace

std::expected<Endpoint, std::string> parse_endpoint(std::string_view text, std::uint16_t port_min) {
    const auto refused = [&] {
        return std::unexpected("'" + std::string(text) + "' is no HOST:PORT (127.0.0.1:7171, [::1]:7171)");
    };
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return refused();
    auto host = text.substr(0, colon);
    const auto port = text.substr(colon + 1);
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    } else if (host.find_first_of(":[]") != std::string_view::npos) {
        return refused();
    }
    std::uint16_t number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (host.empty() || error != std::errc() || end != port.data() + port.size() || number < port_min) {
        return refused();
    }
    return Endpoint{std::string(host), number};
}

std::expected<std::size_t, std::string> frame_words(std::span<const std::uint64_t> words, std::size_t words_max) {
    if (words.empty()) return 1;
    // The segment table: the number of segments less one, the words of each, and padding to a whole word.
    const auto number = [&](std::size_t index) {
        return static_cast<std::uint32_t>(words[index / 2] >> (index % 2 * 32));  // little-endian
    };
    const std::size_t segments = std::size_t{number(0)} + 1;
    if (segments > segments_max) return std::unexpected("it begins with no message");
    const auto table = segments / 2 + 1;
    std::size_t total = table;
    if (words.size() < table) return total;
    for (std::size_t i = 1; i <= segments; ++i) total += number(i);
    if (total > words_max) {
        return std::unexpected("it is a message of " + std::to_string(total * sizeof(std::uint64_t)) + " bytes");
    }
    return total;
}

std::expected<std::unique_ptr<Connection>, std::string> Connection::open(const std::string& server,
                                                                         std::size_t frame_bytes_max) {
    const auto endpoint = parse_endpoint(server);
    if (!endpoint) return std::unexpected(endpoint.error());

    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int failure = getaddrinfo(endpoint->host.c_str(), std::to_string(endpoint->port).c_str(), &hints, &found);
    if (failure != 0) {
        return std::unexpected("cannot find the host of " + server + ": " + gai_strerror(failure) +
                               "; see --server and SEATLEDGER_SERVER");
    }
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> addresses(found, &freeaddrinfo);

    int error = 0;
    for (const auto* address = found; address != nullptr; address = address->ai_next) {
        const int socket = ::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (socket < 0) {
            error = errno;
            continue;
        }
        error = connect_to(socket, *address);
        if (error == 0) return std::unique_ptr<Connection>(new Connection(socket, server, frame_bytes_max));
        close(socket);
    }
    return std::unexpected("cannot connect to " + server + ": " + text_of(error) +
                           "; is the server running? (seatledger serve --data DIR)");
}

Connection::Connection(int socket, std::string server, std::size_t frame_bytes_max)
    : socket_(socket),
      wake_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      server_(std::move(server)),
      frame_words_max_(frame_bytes_max / sizeof(std::uint64_t)) {
    set_option(socket_, IPPROTO_TCP, TCP_NODELAY);
    set_option(socket_, SOL_SOCKET, SO_KEEPALIVE);
    // Signals are for the owner, whose system calls they are to interrupt.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    receiver_ = std::thread([this] { receive(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Connection::~Connection() {
    shutdown(socket_, SHUT_RDWR);
    receiver_.join();
    close(socket_);
    close(wake_fd_);
}

std::string Connection::lost(int error) const {
    return "the connection to " + server_ +
           " is lost: " + (error != 0 ? text_of(error) : "the server has closed it; its log says why");
}

std::expected<void, std::string> Connection::send(capnp::MessageBuilder& message) {
    const auto words = capnp::messageToFlatArray(message);
    const auto bytes = words.asBytes();
    std::size_t sent = 0;
    while (sent < bytes.size()) {
        const auto count = ::send(socket_, bytes.begin() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (count >= 0) {
            sent += static_cast<std::size_t>(count);
        } else if (errno != EINTR) {
            return std::unexpected(lost(errno == EPIPE ? 0 : errno));
        }
    }
    return {};
}

std::expected<Connection::Woken, std::string> Connection::wait(int other,
                                                               std::optional<std::chrono::milliseconds> timeout) {
    using Clock = std::chrono::steady_clock;
    const auto begin = Clock::now();
    for (;;) {
        {
            const std::scoped_lock lock(mutex_);
            if (!frames_.empty()) return Woken::frame;
            if (end_) return std::unexpected(*end_);
        }
        auto left = timeout;
        if (left) left = *left - std::chrono::floor<std::chrono::milliseconds>(Clock::now() - begin);
        pollfd wanted[] = {{wake_fd_, POLLIN, 0}, {other, POLLIN, 0}};
        const int ready = poll(wanted, other < 0 ? 1 : 2, poll_timeout(left));
        if (ready < 0 && errno != EINTR) return std::unexpected(lost(errno));
        if (ready < 0) continue;
        if (ready == 0) return Woken::timeout;
        if (wanted[0].revents == 0) return Woken::other;
        std::uint64_t ignored = 0;
        (void)!read(wake_fd_, &ignored, sizeof ignored);
    }
}

Words Connection::take_frame() {
    const std::scoped_lock lock(mutex_);
    auto frame = std::move(frames_.front());
    frames_.pop_front();
    return frame;
}

void Connection::wake() const {
    const std::uint64_t one = 1;
    (void)!write(wake_fd_, &one, sizeof one);
}

// The receiver's thread.
void Connection::receive() {
    for (bool goes_on = true; goes_on;) {
        auto frame = receive_frame();
        goes_on = frame.has_value();
        {
            const std::scoped_lock lock(mutex_);
            if (frame) {
                frames_.push_back(std::move(*frame));
            } else {
                end_ = std::move(frame.error());
            }
        }
        wake();
    }
}

std::expected<Words, std::string> Connection::receive_frame() {
    Words frame;
    for (;;) {
        const auto wanted = frame_words(frame, frame_words_max_);
        if (!wanted) {
            return std::unexpected(server_ + " sends what cannot be read (" + wanted.error() +
                                   "); is that a Seatledger server?");
        }
        const auto have = frame.size();
        if (*wanted <= have) return frame;
        frame.resize(*wanted);
        if (auto received = receive_words(std::span(frame).subspan(have)); !received) {
            return std::unexpected(received.error());
        }
    }
}

std::expected<void, std::string> Connection::receive_words(std::span<std::uint64_t> words) {
    auto bytes = std::as_writable_bytes(words);
    while (!bytes.empty()) {
        const auto count = recv(socket_, bytes.data(), bytes.size(), MSG_WAITALL);
        if (count > 0) {
            bytes = bytes.subspan(static_cast<std::size_t>(count));
        } else if (count == 0) {
            return std::unexpected(lost(0));
        } else if (errno != EINTR) {
            return std::unexpected(lost(errno));
        }
    }
    return {};
}

}  // namespace seatledger
