// A TCP connection on which whole Cap'n Proto messages come and go. Nothing here knows what they mean.
#pragma once

#include <capnp/message.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "events/block.h"

namespace seatledger {

// A host as a resolver takes it, an IPv6 address without its brackets; and a port of 1 to 65,535.
struct Endpoint {
    std::string host;
    std::string port;

    bool operator==(const Endpoint&) const = default;
};

// HOST:PORT or [v6]:PORT. The error says what was expected.
[[nodiscard]] std::expected<Endpoint, std::string> parse_endpoint(std::string_view text);

// How many words the frame has that `words` begins with, as far as that can be told yet: at least one more than are
// there while the frame is not whole. Fails if no frame begins so, or one of more than `words_max`.
[[nodiscard]] std::expected<std::size_t, std::string> frame_words(std::span<const std::uint64_t> words,
                                                                  std::size_t words_max);

// One thread. Once a function has failed the connection is of no use any more. Errors are one line, without a period,
// and name the server.
class Connection {
 public:
    // `frame_bytes_max`: the server is not believed if it sends a larger message.
    [[nodiscard]] static std::expected<Connection, std::string> open(const std::string& server,
                                                                     std::size_t frame_bytes_max);
    Connection(Connection&& other) noexcept;
    Connection& operator=(Connection&&) = delete;
    ~Connection();

    // Sends a message, and takes in meanwhile what the server sends: two that both only send would wait for ever.
    [[nodiscard]] std::expected<void, std::string> send(capnp::MessageBuilder& message);

    enum class Woken { frame, other, timeout };

    // Waits until a whole message is here, `other` can be read (-1: nothing else is waited for), or the time is over
    // (no timeout: for ever). A message that is here comes first.
    [[nodiscard]] std::expected<Woken, std::string> wait(int other, std::optional<std::chrono::milliseconds> timeout);

    // Takes the next message, in the standard framing; it must be here.
    [[nodiscard]] Words take_frame();

    [[nodiscard]] const std::string& server() const { return server_; }

 private:
    Connection(int socket, std::string server, std::size_t frame_bytes_max);

    [[nodiscard]] std::expected<bool, std::string> receive();
    [[nodiscard]] std::expected<bool, std::string> measure();
    [[nodiscard]] std::string lost(int error) const;
    void make_room();

    int socket_;
    std::string server_;
    std::size_t frame_words_max_;
    Words buffer_;           // what was received: whole words before `end_`, which counts bytes
    std::size_t begin_ = 0;  // in words: the next frame
    std::size_t end_ = 0;
    std::size_t frame_ = 1;  // words of the next frame, as far as it is known
};

}  // namespace seatledger
