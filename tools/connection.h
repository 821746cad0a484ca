// A TCP connection on which whole Cap'n Proto messages come and go. Nothing here knows what they mean.
#pragma once

#include <capnp/message.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <expected>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <thread>

#include "events/block.h"

namespace seatledger {

// A host as a resolver takes it, an IPv6 address without its brackets; and a port.
struct Endpoint {
    std::string host;
    std::uint16_t port = 0;

    bool operator==(const Endpoint&) const = default;
};

// HOST:PORT or [v6]:PORT. The error says what was expected.
[[nodiscard]] std::expected<Endpoint, std::string> parse_endpoint(std::string_view text, std::uint16_t port_min = 1);

// How many words the frame has that `words` begins with, as far as that can be told yet: at least one more than are
// there while the frame is not whole. Fails if no frame begins so, or one of more than `words_max`.
[[nodiscard]] std::expected<std::size_t, std::string> frame_words(std::span<const std::uint64_t> words,
                                                                  std::size_t words_max);

// A thread of its own takes in what the server sends, whatever the owner is busy with: a server hangs up on who takes
// nothing for long, and two that both only send would wait for ever. What is taken in is bounded by what was asked for.
//
// One thread. Once a function has failed the connection is of no use any more. Errors are one line and name the server.
class Connection {
 public:
    // `frame_bytes_max`: the server is not believed if it sends a larger message.
    [[nodiscard]] static std::expected<std::unique_ptr<Connection>, std::string> open(const std::string& server,
                                                                                      std::size_t frame_bytes_max);
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;
    ~Connection();

    [[nodiscard]] std::expected<void, std::string> send(capnp::MessageBuilder& message);

    enum class Woken { frame, other, timeout };

    // Waits until a whole message is here, `other` can be read (-1: nothing else is waited for), or the time is over
    // (no timeout: for ever). A message that is here comes first, and the end of the connection last.
    [[nodiscard]] std::expected<Woken, std::string> wait(int other, std::optional<std::chrono::milliseconds> timeout);

    // Takes the next message, in the standard framing; it must be here.
    [[nodiscard]] Words take_frame();

    [[nodiscard]] const std::string& server() const { return server_; }

 private:
    Connection(int socket, std::string server, std::size_t frame_bytes_max);

    void receive();
    [[nodiscard]] std::expected<Words, std::string> receive_frame();
    [[nodiscard]] std::expected<void, std::string> receive_words(std::span<std::uint64_t> words);
    [[nodiscard]] std::string lost(int error) const;
    void wake() const;

    const int socket_;
    const int wake_fd_;  // an eventfd: there is something new
    const std::string server_;
    const std::size_t frame_words_max_;

    std::mutex mutex_;
    std::deque<Words> frames_;
    std::optional<std::string> end_;  // why nothing more will come

    std::thread receiver_;
};

}  // namespace seatledger
