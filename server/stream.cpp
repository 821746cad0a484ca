#include "server/stream.h"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <cstring>
#include <utility>

namespace seatledger {
namespace {

using State = TlsSession::State;
using boost::system::error_code;

// What is written at a time: as much as a record of TLS holds. Small messages share one.
constexpr std::size_t record_bytes = 16 * 1024;

// What is read at a time of somebody who sends fast, before others have their turn.
constexpr std::size_t turn_bytes = 256 * 1024;

bool wants(State state) { return state == State::wants_read || state == State::wants_write; }

error_code error_of(State state) {
    if (state == State::ended) return boost::asio::error::eof;
    if (state == State::lost) return boost::asio::error::connection_reset;
    return boost::system::errc::make_error_code(boost::system::errc::protocol_error);
}

}  // namespace

Stream::Stream(Socket socket, const TlsContext& tls) : socket_(std::move(socket)) {
    if (!tls) return;
    error_code ignored;
    socket_.native_non_blocking(true, ignored);
    tls_.emplace(tls, TlsSide::server, socket_.native_handle());
}

// Between waiting and being resumed somebody else may have closed the stream, and its descriptor may be another's.
bool Stream::is_over(error_code& error) const {
    if (!error && !socket_.is_open()) error = boost::asio::error::operation_aborted;
    return error.failed();
}

Task<void> Stream::wait_until_ready(State wanted, error_code& error) {
    return socket_.async_wait(wanted == State::wants_read ? Socket::wait_read : Socket::wait_write,
                              boost::asio::redirect_error(awaited, error));
}

// As Asio's own operations do, which never go on at once: who has a lot ready would keep all others waiting.
Task<void> Stream::take_turns() { return boost::asio::post(socket_.get_executor(), awaited); }

Task<std::expected<void, Stream::HandshakeFailure>> Stream::shake_hands() {
    using Kind = HandshakeFailure::Kind;
    error_code error;
    while (true) {
        const auto step = tls_->shake_hands();
        if (step.state == State::done) co_return std::expected<void, HandshakeFailure>();
        if (step.state == State::ended) {
            co_return std::unexpected(HandshakeFailure{Kind::lost, "closed by the other side"});
        }
        if (step.state == State::lost) co_return std::unexpected(HandshakeFailure{Kind::lost, tls_->why()});
        if (step.state == State::failed) {
            HandshakeFailure failure{tls_->met_plain_text() ? Kind::plain_text : Kind::refused, tls_->why()};
            tls_.reset();
            co_return std::unexpected(std::move(failure));
        }
        co_await wait_until_ready(step.state, error);
        if (is_over(error)) co_return std::unexpected(HandshakeFailure{Kind::lost, error.message()});
    }
}

TlsSession::Step Stream::read_now(const ReadBuffers& into) {
    std::size_t bytes = 0;
    for (const auto& buffer : into) {
        auto rest = std::span(static_cast<std::byte*>(buffer.data()), buffer.size());
        while (!rest.empty()) {
            const auto step = tls_->read(rest.first(std::min(rest.size(), turn_bytes)));
            // Whatever it is, the next read will meet it again.
            if (step.state != State::done) return bytes > 0 ? TlsSession::Step{State::done, bytes} : step;
            bytes += step.bytes;
            rest = rest.subspan(step.bytes);
            if (bytes >= turn_bytes) return {State::done, bytes};
        }
    }
    return {State::done, bytes};
}

Task<std::size_t> Stream::read_tls(ReadBuffers into, error_code& error) {
    error.clear();
    bool has_waited = false;
    while (!is_over(error)) {
        const auto step = read_now(into);
        if (wants(step.state)) {
            co_await wait_until_ready(step.state, error);
            has_waited = true;
            continue;
        }
        if (step.state != State::done) error = error_of(step.state);
        if (!has_waited) co_await take_turns();
        co_return step.bytes;
    }
    co_return 0;
}

void Stream::gather(std::span<const boost::asio::const_buffer> pieces) {
    record_.clear();
    record_.reserve(record_bytes);
    for (const auto& piece : pieces) {
        const auto* data = static_cast<const std::byte*>(piece.data());
        record_.insert(record_.end(), data, data + std::min(piece.size(), record_bytes - record_.size()));
        if (record_.size() == record_bytes) return;
    }
}

Task<std::size_t> Stream::write_tls(std::span<const boost::asio::const_buffer> pieces, error_code& error) {
    error.clear();
    gather(pieces);
    bool has_waited = false;
    while (!is_over(error)) {
        const auto step = tls_->write(record_);
        if (wants(step.state)) {
            co_await wait_until_ready(step.state, error);
            has_waited = true;
            continue;
        }
        if (step.state != State::done) error = error_of(step.state);
        if (!has_waited) co_await take_turns();
        co_return step.bytes;
    }
    co_return 0;
}

void Stream::end_reading() {
    error_code ignored;
    socket_.shutdown(boost::asio::socket_base::shutdown_receive, ignored);
}

Task<void> Stream::end_writing() {
    error_code error;
    while (tls_ && !is_over(error)) {
        const auto step = tls_->end_writing();
        if (!wants(step.state)) break;
        co_await wait_until_ready(step.state, error);
    }
    tls_.reset();
    error_code ignored;
    socket_.shutdown(boost::asio::socket_base::shutdown_send, ignored);
}

void Stream::close() {
    error_code ignored;
    socket_.close(ignored);
}

}  // namespace seatledger
