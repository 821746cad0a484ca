#include "server/session.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <utility>

#include "server/logging.h"
#include "server/replay_stream.h"

namespace seatledger {
namespace {

std::string address_of(const Socket& socket) {
    boost::system::error_code error;
    const auto peer = socket.remote_endpoint(error);
    if (error) return "unknown";
    return peer.address().to_string() + ":" + std::to_string(peer.port());
}

// So that a peer that is gone without a word, a follower above all, is noticed within about two minutes.
void watch_peer(Socket& socket) {
    constexpr int on = 1;
    constexpr int idle_seconds = 60;
    constexpr int probe_seconds = 15;
    constexpr int probes = 4;
    const auto set = [&](int level, int option, int value) {
        ::setsockopt(socket.native_handle(), level, option, &value, sizeof value);
    };
    set(SOL_SOCKET, SO_KEEPALIVE, on);
    set(IPPROTO_TCP, TCP_KEEPIDLE, idle_seconds);
    set(IPPROTO_TCP, TCP_KEEPINTVL, probe_seconds);
    set(IPPROTO_TCP, TCP_KEEPCNT, probes);
}

std::string seconds(std::chrono::milliseconds time) {
    if (time.count() % 1000 != 0) return std::to_string(time.count()) + " ms";
    return std::to_string(time.count() / 1000) + " s";
}

}  // namespace

Session::Session(Socket socket, const TlsContext& tls, const Service& service, TimePoint now)
    : stream_(std::move(socket), tls),
      service_(service),
      peer_(address_of(stream_.socket())),
      reader_(stream_, service.limits.first_message_bytes_max),
      writer_(stream_, [this] { on_sent(); }),
      changed_(service.network),
      now_(now),
      active_(now) {
    boost::system::error_code ignored;
    stream_.socket().set_option(boost::asio::ip::tcp::no_delay(true), ignored);
    watch_peer(stream_.socket());
}

Session::~Session() = default;

Task<void> Session::run() {
    const auto self = shared_from_this();
    boost::asio::co_spawn(service_.network, write(self), rethrow);
    if (co_await shake_hands()) co_await serve();
    co_await finish_connection();
}

Task<void> Session::refuse(std::string reason) {
    const auto self = shared_from_this();
    boost::asio::co_spawn(service_.network, write(self), rethrow);
    if (co_await shake_hands()) reject(0, reason, true);
    co_await finish_connection();
}

Task<void> Session::write(std::shared_ptr<Session> self) {
    const auto error = co_await self->writer_.run();
    if (error) self->close();
}

// Gives whether messages can come and go.
Task<bool> Session::shake_hands() {
    if (!stream_.is_encrypted()) co_return true;
    shaking_hands_ = true;
    const auto shaken = co_await stream_.shake_hands();
    shaking_hands_ = false;
    if (shaken) co_return !closed_;
    if (closed_) co_return false;
    using Kind = Stream::HandshakeFailure::Kind;
    switch (shaken.error().kind) {
        case Kind::lost:
            log_line(service_.logger, spdlog::level::debug, "connection lost in the TLS handshake", {{"peer", peer_}});
            close();
            break;
        case Kind::plain_text:
            reject(0, "this server speaks TLS only, and this is not TLS; connect to it as tls://HOST:PORT");
            break;
        case Kind::refused: note_offence("no TLS handshake: " + shaken.error().message); break;
    }
    co_return false;
}

Task<void> Session::serve() {
    while (true) {
        while (!ending_ && !may_read()) co_await changed_.wait();
        if (ending_) co_return;
        reading_now_ = true;
        auto message = co_await read_message();
        reading_now_ = false;
        if (!message) co_return;
        take(std::move(message));
    }
}

// Null at the end of what is read.
Task<std::unique_ptr<Message>> Session::read_message() {
    auto next = co_await reader_.next();
    if (!next) {
        on_read_error(next.error());
        co_return nullptr;
    }
    auto message = std::move(*next);
    message->share.emplace(service_.request_memory, message->bytes(), changed_);
    while (!ending_ && !message->share->is_granted()) co_await changed_.wait();
    if (ending_) co_return nullptr;
    if (const auto rest = co_await reader_.read_rest(*message); !rest) {
        on_read_error(rest.error());
        co_return nullptr;
    }
    if (ending_) co_return nullptr;
    co_return message;
}

Task<void> Session::finish_connection() {
    stop_reading();
    end_streams("the connection is being closed", true);
    while (!closed_ && !(in_flight_.empty() && replays_.empty() && writer_.bytes() == 0)) co_await changed_.wait();
    if (!closed_) {
        // Closing while something is unread would take back what was sent last.
        closing_since_ = now_;
        co_await stream_.end_writing();
        co_await reader_.discard();
    }
    close();
}

bool Session::may_read() const {
    return !logging_in_ && in_flight_.size() < service_.limits.requests_in_flight_max &&
           writer_.bytes() + bytes_in_flight_ < service_.limits.unsent_bytes_max;
}

void Session::on_sent() {
    changed_.notify();
    if (replays_.empty() || !has_room()) return;
    std::vector<std::shared_ptr<ReplayStream>> streams;
    for (const auto& [id, stream] : replays_) streams.push_back(stream);
    for (const auto& stream : streams) stream->pump();
}

void Session::on_read_error(const FrameError& error) {
    reading_now_ = false;
    switch (error.kind) {
        case FrameError::Kind::end: return;
        case FrameError::Kind::truncated:
            if (!ending_) note_offence(error.message);
            return;
        case FrameError::Kind::refused: return reject(0, error.message);
        case FrameError::Kind::broken:
            if (!ending_) log_line(service_.logger, spdlog::level::debug, "connection lost", {{"peer", peer_}});
            return close();
    }
}

void Session::send(std::unique_ptr<OutMessage> message) {
    if (!closed_) writer_.push(std::move(message));
}

bool Session::is_in_flight(RequestKey request) const {
    const auto found = in_flight_.find(request.id);
    return found != in_flight_.end() && found->second.serial == request.serial;
}

void Session::finish(RequestKey request, std::unique_ptr<OutMessage> answer) {
    if (!is_in_flight(request)) return;
    const auto found = in_flight_.find(request.id);
    bytes_in_flight_ -= found->second.bytes;
    in_flight_.erase(found);
    active_ = now_;
    send(std::move(answer));
    changed_.notify();
}

void Session::fail(RequestKey request, std::string_view message, std::optional<Rule> rule, bool passes) {
    if (!is_in_flight(request)) return;
    if (std::exchange(logging_in_, false)) stop_reading();  // whoever is not let in has no second try
    finish(request, make_failure(request.id, message, rule, passes));
}

void Session::end_replay(std::uint64_t id) {
    replays_.erase(id);
    active_ = now_;
    changed_.notify();
}

void Session::end_streams(std::string_view reason, bool passes) {
    std::vector<std::shared_ptr<ReplayStream>> streams;
    for (const auto& [id, stream] : replays_) streams.push_back(stream);
    for (const auto& stream : streams) stream->fail(reason, {}, passes);
    std::vector<RequestKey> followers;
    for (auto& [id, request] : in_flight_) {
        if (!request.follows || request.waits_in == nullptr) continue;
        std::exchange(request.waits_in, nullptr)->cancel(request.ticket);
        followers.push_back({id, request.serial});
    }
    for (const auto request : followers) fail(request, reason, {}, passes);
}

void Session::send_failure(std::uint64_t id, std::string_view message, bool passes) {
    send(make_failure(id, message, {}, passes));
}

void Session::note_offence(std::string_view reason) {
    if (std::exchange(offended_, true)) return;
    log_line(service_.logger, spdlog::level::warn, "connection misbehaved",
             {{"peer", peer_}, {"reason", std::string(reason)}});
}

void Session::reject(std::uint64_t id, std::string_view reason, bool passes) {
    note_offence(reason);
    send_failure(id, reason, passes);
    stop_reading();
}

void Session::stop_reading() {
    if (std::exchange(ending_, true)) return;
    if (reading_now_) stream_.end_reading();
    changed_.notify();
}

void Session::stop() {
    if (shaking_hands_) return close();
    end_streams("the server is stopping", true);
    stop_reading();
}

void Session::close() {
    if (std::exchange(closed_, true)) return;
    ending_ = true;
    stream_.close();
    writer_.end();
    for (const auto& [id, request] : in_flight_) {
        if (request.waits_in != nullptr) request.waits_in->cancel(request.ticket);
    }
    in_flight_.clear();
    bytes_in_flight_ = 0;
    for (const auto& [id, stream] : replays_) stream->let_go();
    replays_.clear();
    changed_.notify();
}

void Session::tick(TimePoint now) {
    now_ = now;
    if (closed_) return;
    if (closing_since_) {
        if (now - *closing_since_ > service_.limits.close_timeout) close();
        return;
    }
    if (shaking_hands_) return check_handshake(now);
    check_token();
    check_silence(now);
    check_reading(now);
    check_waiting(now);
    check_writing(now);
}

// What was let in stays no longer than its token is good.
void Session::check_token() {
    if (ending_ || !is_let_in() || token_->is_good(system_now())) return;
    end_streams(token_is_over, false);
    reject(0, token_is_over);
}

TimePoint::duration Session::Progress::stuck(bool should_move, std::uint64_t current, TimePoint now) {
    if (!should_move || !since || value != current) {
        since = should_move ? std::optional(now) : std::nullopt;
        value = current;
        return {};
    }
    return now - *since;
}

void Session::check_handshake(TimePoint now) {
    if (now - active_ <= service_.limits.hello_timeout) return;
    note_offence("no TLS handshake within " + seconds(service_.limits.hello_timeout));
    close();
}

void Session::check_silence(TimePoint now) {
    if (ending_) return;
    const auto& limits = service_.limits;
    if (!is_let_in() && !logging_in_) {
        if (now - active_ > limits.hello_timeout) reject(0, "no hello within " + seconds(limits.hello_timeout));
        return;
    }
    const bool is_busy = !in_flight_.empty() || !replays_.empty() || writer_.bytes() > 0;
    if (is_busy || now - active_ <= limits.idle_timeout) return;
    log_line(service_.logger, spdlog::level::info, "closed an idle connection", {{"peer", peer_}});
    send_failure(0, "nothing was asked for " + seconds(limits.idle_timeout) + "; connect again", true);
    stop_reading();
}

void Session::check_reading(TimePoint now) {
    const auto stuck = reading_.stuck(reader_.waits_for_rest() && !ending_, reader_.messages_begun(), now);
    if (stuck <= service_.limits.read_timeout) return;
    note_offence("a message was begun and not finished within " + seconds(service_.limits.read_timeout));
    close();
}

void Session::check_writing(TimePoint now) {
    const auto stuck = writing_.stuck(writer_.bytes() > 0, writer_.bytes_sent(), now);
    if (stuck <= service_.limits.write_timeout) return;
    note_offence("nothing that was sent was read for " + seconds(service_.limits.write_timeout));
    // Else the system would hold on to what it has taken.
    boost::system::error_code ignored;
    stream_.socket().set_option(boost::asio::socket_base::linger(true, 0), ignored);
    close();
}

void Session::check_waiting(TimePoint now) {
    const bool anything_waits =
        std::ranges::any_of(in_flight_, [](const auto& request) { return request.second.waits_in != nullptr; }) ||
        std::ranges::any_of(replays_, [](const auto& replay) { return replay.second->waits(); });
    if (!anything_waits) return;
    const bool no_tables = service_.projections.failure().has_value();
    const bool no_checkpoints = service_.notary.failure().has_value();
    if (no_tables) end_streams("the projections have stopped; ask for the status", false);
    struct Overdue {
        RequestKey request;
        std::string message;
        bool passes;
    };
    std::vector<Overdue> overdue;
    for (auto& [id, request] : in_flight_) {
        if (request.waits_in == nullptr || request.follows) continue;
        const RequestKey key{id, request.serial};
        const auto waited = now - request.since;
        if (request.waits_in == &service_.signings) {
            if (!no_checkpoints && waited <= service_.limits.signing_timeout) continue;
            overdue.push_back({key, without_checkpoint(request.ticket.first.value), !no_checkpoints});
        } else {
            if (!no_tables && waited <= service_.limits.projection_timeout) continue;
            const auto* const why = no_tables ? "have stopped" : "have not got that far yet";
            overdue.push_back({key, without_tables(key, why), !no_tables});
        }
        request.waits_in->cancel(request.ticket);
    }
    for (const auto& [request, message, passes] : overdue) fail(request, message, {}, passes);
}

}  // namespace seatledger
