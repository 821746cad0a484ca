#include "server/frame.h"

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <limits>
#include <utility>

namespace seatledger {
namespace {

// The wire is little-endian.
static_assert(std::endian::native == std::endian::little);

// As much as one read takes of small messages. Every connection has that much, however idle it is.
constexpr std::size_t read_buffer_bytes = 16 * 1024;

// What one write hands over at most; Asio itself takes no more pieces at a time.
constexpr std::size_t write_pieces_max = 64;

// The number of segments less one, their sizes in words, and what fills the last word up.
constexpr std::size_t table_bytes(std::size_t segments) {
    constexpr auto word = sizeof(capnp::word);
    return (sizeof(std::uint32_t) * (1 + segments) + word - 1) / word * word;
}
static_assert(table_bytes(message_segments_max) <= read_buffer_bytes);

std::uint32_t number_at(std::span<const std::byte> table, std::size_t index) {
    std::uint32_t number = 0;
    std::memcpy(&number, table.data() + index * sizeof number, sizeof number);
    return number;
}

std::unexpected<FrameError> refuse(std::string message) {
    return std::unexpected(FrameError{FrameError::Kind::refused, std::move(message)});
}

// How TLS begins: a record of its handshake, of any version. As a message that would be one of too many segments.
bool begins_tls(std::uint64_t segments) {
    constexpr std::uint32_t handshake_of_version_3 = 0x0316;
    return ((segments - 1) & 0xffff) == handshake_of_version_3;
}

FrameError read_error(const boost::system::error_code& error, bool within_message) {
    if (error == boost::system::errc::protocol_error) {
        return {FrameError::Kind::refused, "what came is not what TLS allows"};
    }
    if (error != boost::asio::error::eof) return {FrameError::Kind::broken, error.message()};
    if (!within_message) return {FrameError::Kind::end, "closed by the other side"};
    return {FrameError::Kind::truncated, "the connection ended within a message"};
}

}  // namespace

Message::Message(std::span<const std::uint32_t> segment_words)
    : segment_words_(segment_words.begin(), segment_words.end()) {
    for (const auto words : segment_words_) words_ += words;
}

std::span<std::byte> Message::allocate() {
    memory_ = std::make_unique_for_overwrite<capnp::word[]>(words_);
    segments_.reserve(segment_words_.size());
    const auto* at = memory_.get();
    for (const auto words : segment_words_) {
        segments_.push_back(kj::arrayPtr(at, words));
        at += words;
    }
    open(message_traversals_max * std::max<std::uint64_t>(words_, 1));
    return std::as_writable_bytes(std::span(memory_.get(), words_));
}

void Message::trust() { open(std::numeric_limits<std::uint64_t>::max()); }

void Message::open(std::uint64_t words_to_read) {
    capnp::ReaderOptions options;
    options.traversalLimitInWords = words_to_read;
    options.nestingLimit = message_nesting_max;
    reader_.emplace(kj::arrayPtr(segments_.data(), segments_.size()), options);
}

FrameReader::FrameReader(Stream& stream, std::size_t message_bytes_max)
    : stream_(stream), message_bytes_max_(message_bytes_max), buffer_(read_buffer_bytes) {}

Task<std::expected<std::unique_ptr<Message>, FrameError>> FrameReader::next() {
    if (buffered() < table_bytes(1)) {
        if (auto read = co_await buffer(table_bytes(1)); !read) co_return std::unexpected(read.error());
    }
    const auto segments = number_at(std::span(buffer_).subspan(begin_), 0) + std::uint64_t{1};
    if (segments > message_segments_max && begins_tls(segments)) {
        co_return refuse("this is TLS, which is not spoken here: the server was started without --tls-cert");
    }
    if (segments > message_segments_max) {
        co_return refuse("a message of " + std::to_string(segments) + " segments; at most " +
                         std::to_string(message_segments_max) + " are read");
    }
    if (buffered() < table_bytes(segments)) {
        if (auto read = co_await buffer(table_bytes(segments)); !read) co_return std::unexpected(read.error());
    }
    const auto table = std::span(buffer_).subspan(begin_, table_bytes(segments));
    begin_ += table.size();
    ++messages_begun_;
    co_return begin_message(table.subspan(sizeof(std::uint32_t), segments * sizeof(std::uint32_t)));
}

std::expected<std::unique_ptr<Message>, FrameError> FrameReader::begin_message(std::span<const std::byte> table) {
    std::array<std::uint32_t, message_segments_max> words{};
    std::memcpy(words.data(), table.data(), table.size());
    const auto segments = std::span(words).first(table.size() / sizeof(std::uint32_t));
    std::uint64_t bytes = 0;
    for (const auto size : segments) bytes += std::uint64_t{size} * sizeof(capnp::word);
    if (bytes > message_bytes_max_) {
        return refuse("a message of " + std::to_string(bytes) + " bytes; at most " +
                      std::to_string(message_bytes_max_) + " are read");
    }
    return std::make_unique<Message>(segments);
}

Task<std::expected<void, FrameError>> FrameReader::read_rest(Message& message) {
    auto rest = message.allocate();
    const auto there = std::min(rest.size(), buffered());
    std::memcpy(rest.data(), buffer_.data() + begin_, there);
    begin_ += there;
    rest = rest.subspan(there);
    while (!rest.empty()) {
        // What comes behind the message goes where the next one is looked for.
        begin_ = end_ = 0;
        const Stream::ReadBuffers into{boost::asio::buffer(rest.data(), rest.size()), boost::asio::buffer(buffer_)};
        boost::system::error_code error;
        waits_for_rest_ = true;
        const auto read = co_await stream_.read_some(into, error);
        waits_for_rest_ = false;
        if (error) co_return std::unexpected(read_error(error, true));
        const auto taken = std::min(read, rest.size());
        rest = rest.subspan(taken);
        end_ = read - taken;
    }
    co_return std::expected<void, FrameError>();
}

Task<std::expected<void, FrameError>> FrameReader::buffer(std::size_t bytes) {
    if (buffer_.size() - begin_ < bytes || begin_ == end_) {
        std::memmove(buffer_.data(), buffer_.data() + begin_, buffered());
        end_ = buffered();
        begin_ = 0;
    }
    while (buffered() < bytes) {
        boost::system::error_code error;
        waits_for_rest_ = buffered() > 0;
        const auto into = boost::asio::buffer(buffer_.data() + end_, buffer_.size() - end_);
        const auto read = co_await stream_.read_some(into, error);
        waits_for_rest_ = false;
        end_ += read;
        if (error) co_return std::unexpected(read_error(error, buffered() > 0));
    }
    co_return std::expected<void, FrameError>();
}

Task<void> FrameReader::discard() {
    boost::system::error_code error;
    while (!error) {
        co_await stream_.read_some(boost::asio::buffer(buffer_), error);
    }
}

OutMessage::OutMessage(std::uint64_t id, std::size_t words)
    : builder_(static_cast<unsigned>(words)), root_(builder_.initRoot<schema::ServerMessage>()) {
    root_.setId(id);
}

void OutMessage::seal() {
    segments_ = builder_.getSegmentsForOutput();
    table_.assign(table_bytes(segments_.size()) / sizeof(std::uint32_t), 0);
    table_[0] = static_cast<std::uint32_t>(segments_.size() - 1);
    bytes_ = table_.size() * sizeof(std::uint32_t);
    for (std::size_t i = 0; i < segments_.size(); ++i) {
        table_[i + 1] = static_cast<std::uint32_t>(segments_[i].size());
        bytes_ += segments_[i].asBytes().size();
    }
}

void OutMessage::append_to(std::vector<boost::asio::const_buffer>& buffers, std::size_t skip) const {
    const auto append = [&](const void* data, std::size_t bytes) {
        const auto skipped = std::min(skip, bytes);
        skip -= skipped;
        if (bytes > skipped) buffers.emplace_back(static_cast<const std::byte*>(data) + skipped, bytes - skipped);
    };
    append(table_.data(), table_.size() * sizeof(std::uint32_t));
    for (const auto& segment : segments_) append(segment.begin(), segment.asBytes().size());
}

FrameWriter::FrameWriter(Stream& stream, std::function<void()> sent)
    : stream_(stream), sent_(std::move(sent)), wake_(stream.get_executor()) {}

void FrameWriter::push(std::unique_ptr<OutMessage> message) {
    message->seal();
    bytes_ += message->bytes();
    messages_.push_back(std::move(message));
    wake_.notify();
}

void FrameWriter::end() {
    ended_ = true;
    wake_.notify();
}

Task<boost::system::error_code> FrameWriter::run() {
    while (!ended_) {
        if (messages_.empty()) {
            co_await wake_.wait();
            continue;
        }
        gather();
        boost::system::error_code error;
        const std::span<const boost::asio::const_buffer> pieces(buffers_);
        const auto sent = co_await stream_.write_some(pieces, error);
        if (error) co_return error;
        forget(sent);
        sent_();
    }
    co_return boost::system::error_code();
}

void FrameWriter::gather() {
    buffers_.clear();
    auto skip = front_sent_;
    for (const auto& message : messages_) {
        if (buffers_.size() >= write_pieces_max) break;
        message->append_to(buffers_, std::exchange(skip, 0));
    }
}

void FrameWriter::forget(std::size_t bytes) {
    bytes_ -= bytes;
    bytes_sent_ += bytes;
    front_sent_ += bytes;
    while (!messages_.empty() && front_sent_ >= messages_.front()->bytes()) {
        front_sent_ -= messages_.front()->bytes();
        messages_.pop_front();
    }
}

}  // namespace seatledger
