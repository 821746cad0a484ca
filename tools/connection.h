// A connection on which whole Cap'n Proto messages come and go. Nothing here knows what they mean.
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
#include "tools/channel.h"
#include "tools/endpoint.h"

namespace seatledger {

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
    // Connects as Channel::open() does. `frame_bytes_max`: the server is not believed if it sends a larger message.
    [[nodiscard]] static std::expected<std::unique_ptr<Connection>, std::string> open(const std::string& server,
                                                                                      const std::string& tls_ca,
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

    [[nodiscard]] const std::string& server() const { return channel_->server(); }

 private:
    Connection(std::unique_ptr<Channel> channel, std::size_t frame_bytes_max);

    void receive();
    [[nodiscard]] std::expected<Words, std::string> receive_frame();
    [[nodiscard]] std::string why_ended(std::span<const std::byte> begun);
    void wake() const;

    const std::unique_ptr<Channel> channel_;
    const int wake_fd_;  // an eventfd: there is something new
    const std::size_t frame_words_max_;

    std::mutex mutex_;
    std::deque<Words> frames_;
    std::optional<std::string> end_;  // why nothing more will come

    bool has_received_ = false;  // a message; the receiver's own
    std::thread receiver_;
};

}  // namespace seatledger
