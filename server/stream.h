// What a connection reads from and writes to: TCP, or TLS over it. Network thread.
#pragma once

#include <array>
#include <boost/asio/buffer.hpp>
#include <boost/asio/redirect_error.hpp>
#include <cstddef>
#include <expected>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "server/network.h"
#include "server/tls.h"

namespace seatledger {

// One reads and one writes at a time; closing, and ending the reading, may come between. Errors are given as by Asio:
// the end is boost::asio::error::eof, and what TLS does not allow is errc::protocol_error.
class Stream {
 public:
    using ReadBuffers = std::array<boost::asio::mutable_buffer, 2>;

    // Plain text if `tls` is null. The context may go before the stream.
    Stream(Socket socket, const TlsContext& tls);
    Stream(const Stream&) = delete;
    Stream& operator=(const Stream&) = delete;

    [[nodiscard]] Executor get_executor() { return socket_.get_executor(); }
    [[nodiscard]] Socket& socket() { return socket_; }
    [[nodiscard]] bool is_encrypted() const { return tls_.has_value(); }

    struct HandshakeFailure {
        enum class Kind {
            lost,        // the connection ended, or was closed here
            plain_text,  // the other side does not speak TLS; the stream goes on as plain text
            refused,     // there is no agreement; TLS has told the other side, and the stream goes on as plain text
        };
        Kind kind;
        std::string message;  // one line
    };
    // Before anything is read or written, if the stream is encrypted.
    [[nodiscard]] Task<std::expected<void, HandshakeFailure>> shake_hands();

    // Reads at least a byte. What the buffers refer to has to stay until then.
    [[nodiscard]] Task<std::size_t> read_some(boost::asio::mutable_buffer into, boost::system::error_code& error) {
        if (tls_) return read_tls({into, boost::asio::mutable_buffer()}, error);
        return socket_.async_read_some(into, boost::asio::redirect_error(awaited, error));
    }
    [[nodiscard]] Task<std::size_t> read_some(const ReadBuffers& into, boost::system::error_code& error) {
        if (tls_) return read_tls(into, error);
        return socket_.async_read_some(into, boost::asio::redirect_error(awaited, error));
    }

    // Writes at least a byte, from the front of the pieces, none of which is empty.
    [[nodiscard]] Task<std::size_t> write_some(std::span<const boost::asio::const_buffer> pieces,
                                               boost::system::error_code& error) {
        if (tls_) return write_tls(pieces, error);
        return socket_.async_write_some(pieces, boost::asio::redirect_error(awaited, error));
    }

    // Ends the read that waits; what is written is not touched.
    void end_reading();

    // Tells the other side that nothing more comes; once nothing is being read or written. What is read afterwards is
    // good for nothing but to see when it ends: it is not decrypted.
    [[nodiscard]] Task<void> end_writing();

    // At once. Ends whatever waits.
    void close();

 private:
    [[nodiscard]] Task<std::size_t> read_tls(ReadBuffers into, boost::system::error_code& error);
    [[nodiscard]] Task<std::size_t> write_tls(std::span<const boost::asio::const_buffer> pieces,
                                              boost::system::error_code& error);
    [[nodiscard]] TlsSession::Step read_now(const ReadBuffers& into);
    void gather(std::span<const boost::asio::const_buffer> pieces);
    [[nodiscard]] Task<void> wait_until_ready(TlsSession::State wanted, boost::system::error_code& error);
    [[nodiscard]] Task<void> take_turns();
    [[nodiscard]] bool is_over(boost::system::error_code& error) const;

    Socket socket_;
    std::optional<TlsSession> tls_;
    std::vector<std::byte> record_;  // what is being written; made when first needed
};

}  // namespace seatledger
