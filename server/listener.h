// Takes connections, and lets go of them in order.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "server/service.h"
#include "server/session.h"

namespace seatledger {

struct ListenAddress {
    std::string host;  // a name or an address of this machine's
    std::uint16_t port = 0;
    // Whether only this machine may be able to reach it, whatever the host resolves to.
    bool is_loopback_only = true;
};

// Looks the host up. Fails if that cannot be done, or if it is reached from elsewhere and must not be, with what to do.
[[nodiscard]] std::expected<boost::asio::ip::tcp::endpoint, std::string> find_listen_address(
    const ListenAddress& address);

// Network thread. The service must outlive it; it must outlive the io_context's running.
class Listener {
 public:
    // `tls`: null for plain text.
    Listener(const Service& service, TlsContext tls);
    ~Listener();

    // Listens at an address of this machine's; a port of 0 is any that is free. Connections are taken from start() on.
    // Fails if the host is not one of this machine's or the port is in use, or as find_listen_address() does.
    [[nodiscard]] std::expected<void, std::string> open(const ListenAddress& address);
    [[nodiscard]] boost::asio::ip::tcp::endpoint endpoint() const { return endpoint_; }
    void start();
    // For the connections that are taken from now on.
    void use(TlsContext tls) { tls_ = std::move(tls); }

    // Takes no more connections, lets requests in flight end for as long as the limits say, then closes what is left.
    // Calls `stopped` when there are no connections any more. Once.
    void stop(std::function<void()> stopped);

    [[nodiscard]] std::size_t connections() const { return connections_.size(); }

 private:
    [[nodiscard]] Task<void> accept();
    [[nodiscard]] Task<void> watch_the_time();
    void take(Socket socket);
    void on_accept_error(const boost::system::error_code& error);
    void on_end(Session* session, const std::exception_ptr& exception);
    void end_if_done();

    const Service& service_;
    TlsContext tls_;
    Acceptor acceptor_;
    Timer accept_timer_;
    Timer tick_timer_;
    boost::asio::ip::tcp::endpoint endpoint_;
    struct Connection {
        std::shared_ptr<Session> session;
        bool is_refused = false;
    };
    boost::unordered_flat_map<Session*, Connection> connections_;
    std::size_t refused_ = 0;  // of them
    std::optional<TimePoint> accept_error_logged_;
    std::function<void()> stopped_;
    std::optional<TimePoint> stopping_since_;
};

}  // namespace seatledger
