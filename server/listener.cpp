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

}  // namespace

Listener::Listener(const Service& service)
    : service_(service), acceptor_(service.network), accept_timer_(service.network), tick_timer_(service.network) {}

Listener::~Listener() = default;

std::expected<void, std::string> Listener::open(const std::string& host, std::uint16_t port) {
    const auto failed = [&](const boost::system::error_code& error) {
        return std::unexpected("cannot listen on " + host + ":" + std::to_string(port) + ": " + error.message());
    };
    boost::system::error_code error;
    boost::asio::ip::basic_resolver<tcp, Executor> resolver(service_.network);
    const auto found = resolver.resolve(host, std::to_string(port), tcp::resolver::passive, error);
    if (error) return failed(error);
    endpoint_ = found.begin()->endpoint();
    acceptor_.open(endpoint_.protocol(), error);
    if (!error) acceptor_.set_option(boost::asio::socket_base::reuse_address(true), error);
    if (!error) acceptor_.bind(endpoint_, error);
    if (!error) acceptor_.listen(boost::asio::socket_base::max_listen_connections, error);
    if (!error) endpoint_ = acceptor_.local_endpoint(error);
    if (error) return failed(error);
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
    const auto session = std::make_shared<Session>(std::move(socket), service_, std::chrono::steady_clock::now());
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
