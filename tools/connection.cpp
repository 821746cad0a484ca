#include "tools/connection.h"

#include <capnp/serialize.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstddef>
#include <utility>

namespace seatledger {
namespace {

constexpr std::size_t segments_max = 512;  // as many as Cap'n Proto's own readers take

// Milliseconds as poll(2) has them; -1 for ever.
int poll_timeout(std::optional<std::chrono::milliseconds> timeout) {
    if (!timeout) return -1;
    return static_cast<int>(std::clamp<std::chrono::milliseconds::rep>(timeout->count(), 0, 1'000'000'000));
}

// TLS where a message should begin: what a server that speaks it answers to plain text.
bool begins_tls(std::span<const std::byte> bytes) {
    const auto begins = [&](int type) { return bytes[0] == std::byte(type) && bytes[1] == std::byte(3); };
    return bytes.size() >= 2 && (begins(0x15) || begins(0x16));  // an alert, or its handshake
}

}  // namespace

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
                                                                         const std::string& tls_ca,
                                                                         std::size_t frame_bytes_max) {
    auto channel = Channel::open(server, tls_ca);
    if (!channel) return std::unexpected(channel.error());
    return std::unique_ptr<Connection>(new Connection(std::move(*channel), frame_bytes_max));
}

Connection::Connection(std::unique_ptr<Channel> channel, std::size_t frame_bytes_max)
    : channel_(std::move(channel)),
      wake_fd_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)),
      frame_words_max_(frame_bytes_max / sizeof(std::uint64_t)) {
    // Signals are for the owner, whose system calls they are to interrupt.
    sigset_t all;
    sigset_t before;
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    receiver_ = std::thread([this] { receive(); });
    pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

Connection::~Connection() {
    channel_->shut_down();
    receiver_.join();
    close(wake_fd_);
}

std::expected<void, std::string> Connection::send(capnp::MessageBuilder& message) {
    const auto words = capnp::messageToFlatArray(message);
    return channel_->write(std::as_bytes(std::span(words.begin(), words.size())));
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
        if (ready < 0 && errno != EINTR) return std::unexpected(channel_->lost(errno));
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
            const auto begun = std::as_bytes(std::span(frame));
            if (!has_received_ && begins_tls(begun)) return std::unexpected(why_ended(begun));
            return std::unexpected(server() + " sends what cannot be read (" + wanted.error() +
                                   "); is that a Seatledger server?");
        }
        const auto have = frame.size();
        if (*wanted <= have) break;
        frame.resize(*wanted);
        const auto rest = std::as_writable_bytes(std::span(frame).subspan(have));
        const auto received = channel_->read(rest);
        if (!received) return std::unexpected(received.error());
        if (*received < rest.size()) {
            const auto begun = std::as_bytes(std::span(frame)).first(have * sizeof(frame[0]) + *received);
            return std::unexpected(why_ended(begun));
        }
    }
    has_received_ = true;
    return frame;
}

// Of a connection that gave no more than `begun` of the message that was waited for.
std::string Connection::why_ended(std::span<const std::byte> begun) {
    if (has_received_ || channel_->is_tls()) return channel_->lost(0);
    const std::string remedy = "; if it was started with --tls-cert, name it tls://" + server();
    if (begins_tls(begun)) return server() + " speaks TLS, and this was plain text" + remedy;
    return channel_->lost(0) + (begun.empty() ? remedy : "");
}

}  // namespace seatledger
