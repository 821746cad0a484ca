// Cap'n Proto's standard framing (a segment table, then the segments) over a stream. Network thread, but for messages,
// which go where they are needed.
#pragma once

#include <capnp/message.h>
#include <capnp/serialize.h>

#include <boost/asio/buffer.hpp>
#include <boost/container/small_vector.hpp>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "server/network.h"
#include "server/stream.h"
#include "server/wire.capnp.h"

namespace seatledger {

inline constexpr std::uint32_t message_segments_max = 64;
inline constexpr int message_nesting_max = 64;

// How much may be read of a message, counted each time that a pointer is followed, in messages: enough to look at
// all of it more than once, and the bound on what pointers to the same place can make of it.
inline constexpr std::uint64_t message_traversals_max = 4;

// A message that was received, or is being: of known size first, then with its bytes. One thread at a time.
class Message {
 public:
    explicit Message(std::span<const std::uint32_t> segment_words);
    Message(const Message&) = delete;
    Message& operator=(const Message&) = delete;

    [[nodiscard]] std::size_t bytes() const { return words_ * sizeof(capnp::word); }

    // Makes room for the bytes, which have then to be filled in.
    [[nodiscard]] std::span<std::byte> allocate();

    // Reading throws a kj::Exception where pointers are wrong, or more is read than message_traversals_max allows.
    template <typename Root>
    [[nodiscard]] typename Root::Reader root() {
        return reader_->getRoot<Root>();
    }

    // Lets everything be read as often as need be: for a message that has been read to its end and found good.
    // Readers that were taken before are void.
    void trust();

    // What the message takes of the memory for requests.
    std::optional<Budget::Share> share;

 private:
    void open(std::uint64_t words_to_read);

    boost::container::small_vector<std::uint32_t, 4> segment_words_;
    std::size_t words_ = 0;
    std::unique_ptr<capnp::word[]> memory_;
    boost::container::small_vector<kj::ArrayPtr<const capnp::word>, 4> segments_;
    std::optional<capnp::SegmentArrayMessageReader> reader_;
};

struct FrameError {
    enum class Kind {
        end,        // between two messages: the other side has said all it had to say
        truncated,  // within a message
        refused,    // what came is no message, or too large a one
        broken,     // the connection failed, or was closed here
    };
    Kind kind;
    std::string message;  // one line
};

// Reads messages one after the other. Small ones share a read; what a message lacks then is read to where it stays.
class FrameReader {
 public:
    FrameReader(Stream& stream, std::size_t message_bytes_max);

    void set_message_bytes_max(std::size_t bytes) { message_bytes_max_ = bytes; }

    // Reads the segment table of the next message and checks it against the limits. Nothing has been allocated for
    // the message then, so that the caller can wait until there is memory for it. After an error there is no more.
    [[nodiscard]] Task<std::expected<std::unique_ptr<Message>, FrameError>> next();
    // Reads the rest of it.
    [[nodiscard]] Task<std::expected<void, FrameError>> read_rest(Message& message);

    // Reads and forgets, until the other side closes or the connection fails.
    [[nodiscard]] Task<void> discard();

    // Whether a message has begun to arrive and the rest is waited for, and which one it is.
    [[nodiscard]] bool waits_for_rest() const { return waits_for_rest_; }
    [[nodiscard]] std::uint64_t messages_begun() const { return messages_begun_; }

 private:
    [[nodiscard]] std::size_t buffered() const { return end_ - begin_; }
    [[nodiscard]] Task<std::expected<void, FrameError>> buffer(std::size_t bytes);
    [[nodiscard]] std::expected<std::unique_ptr<Message>, FrameError> begin_message(std::span<const std::byte> table);

    Stream& stream_;
    std::size_t message_bytes_max_;
    std::vector<std::byte> buffer_;
    std::size_t begin_ = 0;  // of what has been read and not taken yet
    std::size_t end_ = 0;
    std::uint64_t messages_begun_ = 0;
    bool waits_for_rest_ = false;
};

// A message to send.
class OutMessage {
 public:
    // `words`: how large it will be, about; a good guess makes it one piece.
    explicit OutMessage(std::uint64_t id, std::size_t words = 64);

    [[nodiscard]] schema::ServerMessage::Builder root() { return root_; }

    // Once it is complete: nothing may be changed then.
    void seal();
    [[nodiscard]] std::size_t bytes() const { return bytes_; }
    // Adds where the bytes from the `skip`th on lie.
    void append_to(std::vector<boost::asio::const_buffer>& buffers, std::size_t skip) const;

 private:
    capnp::MallocMessageBuilder builder_;
    schema::ServerMessage::Builder root_;
    boost::container::small_vector<std::uint32_t, 4> table_;
    kj::ArrayPtr<const kj::ArrayPtr<const capnp::word>> segments_;
    std::size_t bytes_ = 0;
};

// Sends messages in the order in which they were pushed, as many at a time as are there. Holds whatever is pushed:
// to bound that is for those who push, by bytes().
class FrameWriter {
 public:
    // Calls `sent` whenever something has been sent.
    FrameWriter(Stream& stream, std::function<void()> sent);

    void push(std::unique_ptr<OutMessage> message);
    // Bytes that were pushed and that the system has not taken yet; and those that it has.
    [[nodiscard]] std::size_t bytes() const { return bytes_; }
    [[nodiscard]] std::uint64_t bytes_sent() const { return bytes_sent_; }

    // Sends until end() or until the connection fails; gives which.
    [[nodiscard]] Task<boost::system::error_code> run();
    void end();

 private:
    void gather();
    void forget(std::size_t bytes);

    Stream& stream_;
    std::function<void()> sent_;
    Signal wake_;
    std::deque<std::unique_ptr<OutMessage>> messages_;
    std::size_t front_sent_ = 0;  // bytes of the first message
    std::size_t bytes_ = 0;
    std::uint64_t bytes_sent_ = 0;
    std::vector<boost::asio::const_buffer> buffers_;
    bool ended_ = false;
};

}  // namespace seatledger
