#include "server/listener.h"

#include <kj/exception.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <utility>
#include <vector>

#include "server/logging.h"

namespace seatledger {
namespace {

using boost::asio::ip::tcp;

// After an error such as running out of descriptors: something else has to end first.
constexpr auto accept_pause = std::chrono::milliseconds(100);
constexpr auto accept_error_interval = std::chrono::minutes(1);

std::string what_happened(const std::exception_ptr& exception) {
    try {
        std::rethrow_exception(exception);
    } catch (const kj::Exception& error) {
        return error.getDescription().cStr();
    } catch (const std::exception& error) {
        return error.what();
    } catch (...) {
        return "something unknown was thrown";
    }
}

std::string cannot_listen(const ListenAddress& address, const boost::system::error_code& error) {
    return "cannot listen on " + address.host + ":" + std::to_string(address.port) + ": " + error.message();
}

bool is_loopback(const boost::asio::ip::address& address) {
    const bool is_mapped = address.is_v6() && address.to_v6().is_v4_mapped();  // ::ffff:127.0.0.1
    return is_mapped ? make_address_v4(boost::asio::ip::v4_mapped, address.to_v6()).is_loopback()
                     : address.is_loopback();
}

}  // namespace

std::expected<tcp::endpoint, std::string> find_listen_address(const ListenAddress& address) {
    boost::asio::io_context unused;
    boost::system::error_code error;
    tcp::resolver resolver(unused);
    const auto found = resolver.resolve(address.host, std::to_string(address.port), tcp::resolver::passive, error);
    if (error) return std::unexpected(cannot_listen(address, error));
    for (const auto& each : found) {
        if (!address.is_loopback_only || is_loopback(each.endpoint().address())) continue;
        return std::unexpected("not listening on " + address.host + " (" + each.endpoint().address().to_string() +
                               "): others could read everything there, the token included; give --tls-cert and "
                               "--tls-key, or --insecure to serve plain text nevertheless");
    }
    return found.begin()->endpoint();
}

Listener::Listener(const Service& service, TlsContext tls)
    : service_(service),
      tls_(std::move(tls)),
      acceptor_(service.network),
      accept_timer_(service.network),
      tick_timer_(service.network) {}

Listener::~Listener() = default;

std::expected<void, std::string> Listener::open(const ListenAddress& address) {
    const auto found = find_listen_address(address);
    if (!found) return std::unexpected(found.error());
    endpoint_ = *found;
    boost::system::error_code error;
    acceptor_.open(endpoint_.protocol(), error);
    if (!error) acceptor_.set_option(boost::asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint_, error);
    if (!error) acceptor_.listen(boost::asio::socket_base::max_listen_connections, error);
    if (!error) endpoint_ = acceptor_.local_endpoint(error);
    if (error) return std::unexpected(cannot_listen(address, error));
    return {};
}

void Listener::start() {
    boost::asio::co_spawn(service_.network, accept(), rethrow);
    boost::asio::co_spawn(service_.network, watch_the_time(), rethrow);
}

Task<void> Listener::accept() {
    while (acceptor_.is_open()) {
        boost::system::error_code error;
        auto socket = co_await acceptor_.async_accept(boost::asio::redirect_error(awaited, error));
        if (!acceptor_.is_open()) co_return;
        if (!error) {
            take(std::move(socket));
            continue;
        }
        on_accept_error(error);
        accept_timer_.expires_after(accept_pause);
        co_await accept_timer_.async_wait(boost::asio::redirect_error(awaited, error));
    }
}

void Listener::on_accept_error(const boost::system::error_code& error) {
    const auto now = std::chrono::steady_clock::now();
    if (accept_error_logged_ && now - *accept_error_logged_ < accept_error_interval) return;
    accept_error_logged_ = now;
    log_line(service_.logger, spdlog::level::err, "connections cannot be taken", {{"reason", error.message()}});
}

void Listener::take(Socket socket) {
    const auto& limits = service_.limits;
    const bool is_refused = connections_.size() - refused_ >= limits.connections_max;
    if (is_refused && refused_ >= limits.refusals_max) {
        log_line(service_.logger, spdlog::level::warn, "connection closed unheard",
                 {{"reason", "too many connections"}});
        return;
    }
    const auto session = std::make_shared<Session>(std::move(socket), tls_, service_, std::chrono::steady_clock::now());
    connections_.emplace(session.get(), Connection{session, is_refused});
    if (is_refused) ++refused_;
    const auto ended = [this, key = session.get()](const std::exception_ptr& exception) { on_end(key, exception); };
    auto served = is_refused ? session->refuse("too many connections; try again later") : session->run();
    boost::asio::co_spawn(service_.network, std::move(served), ended);
}

void Listener::on_end(Session* session, const std::exception_ptr& exception) {
    if (exception) {
        log_line(service_.logger, spdlog::level::err, "a connection failed", {{"reason", what_happened(exception)}});
    }
    session->close();
    if (connections_.at(session).is_refused) --refused_;
    connections_.erase(session);
    end_if_done();
}

Task<void> Listener::watch_the_time() {
    while (!stopping_since_ || !connections_.empty()) {
        boost::system::error_code ignored;
        tick_timer_.expires_after(service_.limits.tick);
        co_await tick_timer_.async_wait(boost::asio::redirect_error(awaited, ignored));
        const auto now = std::chrono::steady_clock::now();
        const bool is_over = stopping_since_ && now - *stopping_since_ > service_.limits.stop_timeout;
        service_.health.look(now);
        // A copy: a session that is closed may leave while they are gone through.
        std::vector<std::shared_ptr<Session>> sessions;
        sessions.reserve(connections_.size());
        for (const auto& [key, connection] : connections_) sessions.push_back(connection.session);
        for (const auto& session : sessions) {
            session->tick(now);
            if (is_over) session->close();
        }
    }
}

void Listener::stop(std::function<void()> stopped) {
    if (stopping_since_) return;
    stopping_since_ = std::chrono::steady_clock::now();
    stopped_ = std::move(stopped);
    boost::system::error_code ignored;
    acceptor_.close(ignored);
    accept_timer_.cancel();
    std::vector<std::shared_ptr<Session>> sessions;
    for (const auto& [key, connection] : connections_) sessions.push_back(connection.session);
    for (const auto& session : sessions) session->stop();
    end_if_done();
}

void Listener::end_if_done() {
    if (!stopping_since_ || !connections_.empty()) return;
    tick_timer_.cancel();
    if (stopped_) std::exchange(stopped_, nullptr)();
}

}  // namespace seatledger
