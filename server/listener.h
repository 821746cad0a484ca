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

// Network thread. The service must outlive it; it must outlive the io_context's running.
class Listener {
 public:
    explicit Listener(const Service& service);
    ~Listener();

    // Listens at HOST:PORT; a port of 0 is any that is free. Connections are taken from start() on. Fails if the host
    // is not one of this machine's or the port is in use.
    [[nodiscard]] std::expected<void, std::string> open(const std::string& host, std::uint16_t port);
    [[nodiscard]] boost::asio::ip::tcp::endpoint endpoint() const { return endpoint_; }
    void start();

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
