// The bytes of a connection to a server: TCP, or TLS over it.
#pragma once

#include <chrono>
#include <cstddef>
#include <expected>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>

#include "server/tls.h"
#include "tools/endpoint.h"

namespace seatledger {

// One thread reads while another one writes; both block. SIGPIPE must be ignored. After an error the channel is of no
// use any more. Errors are one line and name the server.
class Channel {
 public:
    // Connects to HOST:PORT, or tls://HOST:PORT: there the server's certificate has to be for HOST, a name or an
    // address, and from an authority in `tls_ca` (a file of PEM), or if that is empty from one that the system knows.
    // Takes 10 s at most for each of the host's addresses, and for TLS.
    [[nodiscard]] static std::expected<std::unique_ptr<Channel>, std::string> open(const std::string& server,
                                                                                   const std::string& tls_ca);
    Channel(const Channel&) = delete;
    Channel& operator=(const Channel&) = delete;
    ~Channel();

    // Reads as many bytes as there are to fill; fewer at the end of what the server sends.
    [[nodiscard]] std::expected<std::size_t, std::string> read(std::span<std::byte> bytes);
    // Writes all of them.
    [[nodiscard]] std::expected<void, std::string> write(std::span<const std::byte> bytes);

    // Says farewell, and ends whatever is being read. By the thread that writes.
    void shut_down();

    [[nodiscard]] const std::string& server() const { return server_; }
    [[nodiscard]] bool is_tls() const { return tls_.has_value(); }

    // What to say when the connection has ended: by the server (0), or with an error number.
    [[nodiscard]] std::string lost(int error) const;

 private:
    Channel(int socket, std::string server);

    [[nodiscard]] std::expected<void, std::string> start_tls(const std::string& host, const TlsContext& context);
    [[nodiscard]] std::string why_no_tls(const std::string& host) const;
    [[nodiscard]] std::expected<std::size_t, std::string> read_tls(std::span<std::byte> bytes);
    [[nodiscard]] std::expected<void, std::string> write_tls(std::span<const std::byte> bytes);
    [[nodiscard]] std::string lost_tls() const;
    void wait_until_ready(TlsSession::State wanted, std::optional<std::chrono::milliseconds> timeout = {}) const;

    const int socket_;
    const std::string server_;
    std::mutex tls_mutex_;  // held for a step at a time, never while waiting
    std::optional<TlsSession> tls_;
};

}  // namespace seatledger
