#include "tools/connection.h"

#include <capnp/serialize.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <memory>
#include <system_error>
#include <utility>

namespace seatledger {
namespace {

constexpr auto connect_timeout = std::chrono::seconds(10);
constexpr std::size_t segments_max = 512;  // as many as Cap'n Proto's own readers take
constexpr std::size_t receive_words = 32 * 1024;

std::string text_of(int error) {
    return std::generic_category().message(error);
}

// Milliseconds as poll(2) has them; -1 for ever.
int poll_timeout(std::optional<std::chrono::milliseconds> timeout) {
    if (!timeout) return -1;
    return static_cast<int>(std::clamp<std::chrono::milliseconds::rep>(timeout->count(), 0, 1'000'000'000));
}

// Gives an error number, 0 for success.
int connect_to(int socket, const addrinfo& address) {
    if (connect(socket, address.ai_addr, address.ai_addrlen) == 0) return 0;
    if (errno != EINPROGRESS) return errno;
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

std::expected<Endpoint, std::string> parse_endpoint(std::string_view text) {
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
    if (host.empty() || error != std::errc() || end != port.data() + port.size() || number == 0) return refused();
    return Endpoint{std::string(host), std::string(port)};
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

std::expected<Connection, std::string> Connection::open(const std::string& server, std::size_t frame_bytes_max) {
    const auto endpoint = parse_endpoint(server);
    if (!endpoint) return std::unexpected(endpoint.error());

    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int failure = getaddrinfo(endpoint->host.c_str(), endpoint->port.c_str(), &hints, &found);
    if (failure != 0) {
        return std::unexpected("cannot find the host of " + server + ": " + gai_strerror(failure) +
                               "; see --server and SEATLEDGER_SERVER");
    }
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> addresses(found, &freeaddrinfo);

    int error = 0;
    for (const auto* address = found; address != nullptr; address = address->ai_next) {
        const int socket = ::socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
        if (socket < 0) {
            error = errno;
            continue;
        }
        error = connect_to(socket, *address);
        if (error == 0) {
            set_option(socket, IPPROTO_TCP, TCP_NODELAY);
            set_option(socket, SOL_SOCKET, SO_KEEPALIVE);
            return Connection(socket, server, frame_bytes_max);
        }
        close(socket);
    }
    return std::unexpected("cannot connect to " + server + ": " + text_of(error) +
                           "; is the server running? (seatledger serve --data DIR)");
}

Connection::Connection(int socket, std::string server, std::size_t frame_bytes_max)
    : socket_(socket), server_(std::move(server)), frame_words_max_(frame_bytes_max / sizeof(std::uint64_t)) {}

Connection::Connection(Connection&& other) noexcept
    : socket_(std::exchange(other.socket_, -1)),
      server_(std::move(other.server_)),
      frame_words_max_(other.frame_words_max_),
      buffer_(std::move(other.buffer_)),
      begin_(other.begin_),
      end_(other.end_),
      frame_(other.frame_) {}

Connection::~Connection() {
    if (socket_ >= 0) close(socket_);
}

std::string Connection::lost(int error) const {
    return "the connection to " + server_ + " is lost: " +
           (error != 0 ? text_of(error) : "the server has closed it; its log says why");
}

std::expected<void, std::string> Connection::send(capnp::MessageBuilder& message) {
    const auto words = capnp::messageToFlatArray(message);
    const auto bytes = words.asBytes();
    std::size_t sent = 0;
    while (sent < bytes.size()) {
        const auto count = ::send(socket_, bytes.begin() + sent, bytes.size() - sent, MSG_NOSIGNAL);
        if (count >= 0) {
            sent += static_cast<std::size_t>(count);
            continue;
        }
        if (errno == EINTR) continue;
        if (errno != EAGAIN) {
            // What the server said before it closed is worth more than the error, and may be here already.
            const int error = errno;
            for (auto more = receive(); more && *more; more = receive()) {
            }
            return std::unexpected(lost(error == EPIPE ? 0 : error));
        }
        pollfd wanted{socket_, POLLIN | POLLOUT, 0};
        if (poll(&wanted, 1, -1) < 0 && errno != EINTR) return std::unexpected(lost(errno));
        if ((wanted.revents & POLLIN) == 0) continue;
        if (auto received = receive(); !received) return std::unexpected(received.error());
    }
    return {};
}

std::expected<Connection::Woken, std::string> Connection::wait(int other,
                                                               std::optional<std::chrono::milliseconds> timeout) {
    using Clock = std::chrono::steady_clock;
    const auto begin = Clock::now();
    for (;;) {
        const auto is_here = measure();
        if (!is_here) return std::unexpected(is_here.error());
        if (*is_here) return Woken::frame;
        auto left = timeout;
        if (left) left = std::max(*left - std::chrono::floor<std::chrono::milliseconds>(Clock::now() - begin), {});
        pollfd wanted[] = {{socket_, POLLIN, 0}, {other, POLLIN, 0}};
        const int ready = poll(wanted, other < 0 ? 1 : 2, poll_timeout(left));
        if (ready < 0) {
            if (errno == EINTR) continue;
            return std::unexpected(lost(errno));
        }
        if (ready == 0) return Woken::timeout;
        if (wanted[0].revents != 0) {
            if (auto received = receive(); !received) return std::unexpected(received.error());
            continue;
        }
        return Woken::other;
    }
}

Words Connection::take_frame() {
    const auto begin = buffer_.begin() + static_cast<std::ptrdiff_t>(begin_);
    Words frame(begin, begin + static_cast<std::ptrdiff_t>(frame_));
    begin_ += frame_;
    frame_ = 1;
    if (begin_ * sizeof(std::uint64_t) == end_) begin_ = end_ = 0;
    return frame;
}

// Space for more behind `end_`: at least as much as the next frame needs.
void Connection::make_room() {
    const auto wanted = begin_ + std::max(frame_, receive_words);
    if (wanted <= buffer_.size() && buffer_.size() * sizeof(std::uint64_t) > end_) return;
    if (begin_ > 0) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, end_ - begin_ * sizeof(std::uint64_t));
        end_ -= begin_ * sizeof(std::uint64_t);
        begin_ = 0;
    }
    const auto used = end_ / sizeof(std::uint64_t) + 1;
    const auto needed = std::max(frame_, used + receive_words);
    if (buffer_.size() < needed) buffer_.resize(std::max(needed, buffer_.size() * 3 / 2));
}

// Looks how large the next frame is, and gives whether all of it is here.
std::expected<bool, std::string> Connection::measure() {
    const auto whole = end_ / sizeof(std::uint64_t);
    const auto words = frame_words(std::span(buffer_).subspan(begin_, whole - begin_), frame_words_max_);
    if (!words) {
        return std::unexpected(server_ + " sends what cannot be read (" + words.error() +
                               "); is that a Seatledger server?");
    }
    frame_ = *words;
    return whole - begin_ >= frame_;
}

// Takes in what is here, without waiting. Gives whether there was anything.
std::expected<bool, std::string> Connection::receive() {
    make_room();
    auto* bytes = reinterpret_cast<char*>(buffer_.data());
    const auto count = recv(socket_, bytes + end_, buffer_.size() * sizeof(std::uint64_t) - end_, 0);
    if (count < 0) {
        if (errno == EAGAIN || errno == EINTR) return false;
        return std::unexpected(lost(errno));
    }
    if (count == 0) return std::unexpected(lost(0));
    end_ += static_cast<std::size_t>(count);
    return true;
}

}  // namespace seatledger
