#include "tools/channel.h"

#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>
#include <utility>

namespace seatledger {
namespace {

using State = TlsSession::State;
using std::chrono::milliseconds;
using SteadyClock = std::chrono::steady_clock;

constexpr milliseconds connect_timeout = std::chrono::seconds(10);
constexpr milliseconds handshake_timeout = std::chrono::seconds(10);

// TLS seldom has to read in order to write, or to write in order to read. Then both threads wait for the same, and the
// other one may have taken what this one waits for.
constexpr milliseconds look_again = std::chrono::milliseconds(100);

bool is_over(State state) { return state == State::lost || state == State::failed; }

std::string text_of(int error) { return std::generic_category().message(error); }

// Gives an error number, 0 for success.
int connect_to(int socket, const addrinfo& address) {
    const int flags = fcntl(socket, F_GETFL);
    fcntl(socket, F_SETFL, flags | O_NONBLOCK);
    const bool is_done = connect(socket, address.ai_addr, address.ai_addrlen) == 0;
    const int begun = errno;
    fcntl(socket, F_SETFL, flags);
    if (is_done) return 0;
    if (begun != EINPROGRESS) return begun;
    pollfd wanted{socket, POLLOUT, 0};
    int ready = 0;
    do {
        ready = poll(&wanted, 1, static_cast<int>(connect_timeout.count()));
    } while (ready < 0 && errno == EINTR);
    if (ready < 0) return errno;
    if (ready == 0) return ETIMEDOUT;
    int error = 0;
    socklen_t size = sizeof error;
    return getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

void set_option(int socket, int level, int option) {
    const int on = 1;
    setsockopt(socket, level, option, &on, sizeof on);
}

std::expected<int, std::string> connect_to(const Endpoint& endpoint, const std::string& server) {
    addrinfo hints{};
    hints.ai_socktype = SOCK_STREAM;
    addrinfo* found = nullptr;
    const int failure = getaddrinfo(endpoint.host.c_str(), std::to_string(endpoint.port).c_str(), &hints, &found);
    if (failure != 0) {
        return std::unexpected("cannot find the host of " + server + ": " + gai_strerror(failure) +
                               "; see --server and SEATLEDGER_SERVER");
    }
    const std::unique_ptr<addrinfo, decltype(&freeaddrinfo)> addresses(found, &freeaddrinfo);
    int error = 0;
    for (const auto* address = found; address != nullptr; address = address->ai_next) {
        const int socket = ::socket(address->ai_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
        if (socket < 0) {
            error = errno;
            continue;
        }
        error = connect_to(socket, *address);
        if (error == 0) return socket;
        close(socket);
    }
    return std::unexpected("cannot connect to " + server + ": " + text_of(error) +
                           "; is the server running? (seatledger serve --data DIR)");
}

std::expected<TlsContext, std::string> make_context(const std::string& tls_ca) {
    auto context = make_tls_context(TlsSide::client);
    if (!context) return context;
    SSL_CTX_set_verify(context->get(), SSL_VERIFY_PEER, nullptr);
    ERR_clear_error();
    if (tls_ca.empty()) {
        if (SSL_CTX_set_default_verify_paths(context->get()) == 1) return context;
        return std::unexpected("the system's authorities cannot be read: " + take_tls_error());
    }
    if (SSL_CTX_load_verify_file(context->get(), tls_ca.c_str()) != 1) {
        return std::unexpected("cannot read authorities from " + tls_ca + " (" + take_tls_error() +
                               "); --tls-ca and SEATLEDGER_TLS_CA name a PEM file with their certificates");
    }
    // Whatever stands in the file is believed, be it an authority between or the server's own certificate.
    X509_VERIFY_PARAM_set_flags(SSL_CTX_get0_param(context->get()), X509_V_FLAG_PARTIAL_CHAIN);
    return context;
}

// Whom the certificate has to be for: an address, or else a name, which the server is told as well.
bool expect_host(SSL* ssl, const std::string& host) {
    if (X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1) return true;
    ERR_clear_error();
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(ssl, host.c_str()) == 1 && SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
}

// What is wrong with the certificate, and what to do.
std::string certificate_problem(long verified, const std::string& host) {
    switch (verified) {
        case X509_V_ERR_CERT_HAS_EXPIRED:
            return "has expired; it has to be renewed (or is this machine's clock wrong?)";
        case X509_V_ERR_CERT_NOT_YET_VALID: return "is not valid yet; is this machine's clock right?";
        case X509_V_ERR_HOSTNAME_MISMATCH:
        case X509_V_ERR_IP_ADDRESS_MISMATCH:
            return "is not for " + host + "; connect by a name or address that stands in it";
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
        case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
        case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
        case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
        case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
        case X509_V_ERR_CERT_SIGNATURE_FAILURE:  // another one of the same name is known
            return "is from an authority that is not known here; if it can be trusted, name the file with its "
                   "certificate: --tls-ca FILE or SEATLEDGER_TLS_CA";
        default: return std::string("cannot be trusted: ") + X509_verify_cert_error_string(verified);
    }
}

}  // namespace

std::expected<std::unique_ptr<Channel>, std::string> Channel::open(const std::string& server,
                                                                   const std::string& tls_ca) {
    const auto address = parse_server(server);
    if (!address) return std::unexpected(address.error());
    TlsContext context;
    if (address->is_tls) {
        auto made = make_context(tls_ca);
        if (!made) return std::unexpected(made.error());
        context = std::move(*made);
    }
    const auto socket = connect_to(address->endpoint, server);
    if (!socket) return std::unexpected(socket.error());
    std::unique_ptr<Channel> channel(new Channel(*socket, server));
    if (context) {
        if (auto started = channel->start_tls(address->endpoint.host, context); !started) {
            return std::unexpected(started.error());
        }
    }
    return channel;
}

Channel::Channel(int socket, std::string server) : socket_(socket), server_(std::move(server)) {
    set_option(socket_, IPPROTO_TCP, TCP_NODELAY);
    set_option(socket_, SOL_SOCKET, SO_KEEPALIVE);
}

Channel::~Channel() { close(socket_); }

std::expected<void, std::string> Channel::start_tls(const std::string& host, const TlsContext& context) {
    fcntl(socket_, F_SETFL, fcntl(socket_, F_GETFL) | O_NONBLOCK);
    tls_.emplace(context, TlsSide::client, socket_);
    if (!tls_->native() || !expect_host(tls_->native(), host)) {
        return std::unexpected("TLS cannot begin with " + server_ + ": " + take_tls_error());
    }
    const auto until = SteadyClock::now() + handshake_timeout;
    while (true) {
        const auto step = tls_->shake_hands();
        if (step.state == State::done) return {};
        if (step.state == State::ended) {
            return std::unexpected(server_ + " has closed the connection instead of beginning TLS; does it speak TLS?");
        }
        if (is_over(step.state)) return std::unexpected(why_no_tls(host));
        const auto left = std::chrono::ceil<milliseconds>(until - SteadyClock::now());
        if (left.count() <= 0) {
            return std::unexpected(server_ + " does not answer in TLS; is that a Seatledger server that speaks TLS?");
        }
        wait_until_ready(step.state, left);
    }
}

std::string Channel::why_no_tls(const std::string& host) const {
    if (const auto verified = SSL_get_verify_result(tls_->native()); verified != X509_V_OK) {
        return "the certificate of " + server_ + " " + certificate_problem(verified, host);
    }
    if (tls_->met_plain_text()) {
        return server_ + " does not speak TLS; name it without tls://, or start it with --tls-cert and --tls-key";
    }
    return "no agreement on TLS with " + server_ + ": " + tls_->why();
}

std::string Channel::lost(int error) const {
    return "the connection to " + server_ +
           " is lost: " + (error != 0 ? text_of(error) : "the server has closed it; its log says why");
}

std::string Channel::lost_tls() const { return "the connection to " + server_ + " is lost: " + tls_->why(); }

std::expected<std::size_t, std::string> Channel::read(std::span<std::byte> bytes) {
    if (tls_) return read_tls(bytes);
    std::size_t have = 0;
    while (have < bytes.size()) {
        const auto count = recv(socket_, bytes.data() + have, bytes.size() - have, MSG_WAITALL);
        if (count == 0) break;
        if (count > 0) {
            have += static_cast<std::size_t>(count);
        } else if (errno != EINTR) {
            return std::unexpected(lost(errno));
        }
    }
    return have;
}

std::expected<void, std::string> Channel::write(std::span<const std::byte> bytes) {
    if (tls_) return write_tls(bytes);
    while (!bytes.empty()) {
        const auto count = ::send(socket_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (count >= 0) {
            bytes = bytes.subspan(static_cast<std::size_t>(count));
        } else if (errno != EINTR) {
            return std::unexpected(lost(errno == EPIPE ? 0 : errno));
        }
    }
    return {};
}

std::expected<std::size_t, std::string> Channel::read_tls(std::span<std::byte> bytes) {
    std::size_t have = 0;
    while (have < bytes.size()) {
        TlsSession::Step step{};
        {
            const std::scoped_lock lock(tls_mutex_);
            step = tls_->read(bytes.subspan(have));
            if (is_over(step.state)) return std::unexpected(lost_tls());
        }
        if (step.state == State::ended) break;
        if (step.state == State::wants_read) wait_until_ready(step.state);
        if (step.state == State::wants_write) wait_until_ready(step.state, look_again);
        have += step.bytes;
    }
    return have;
}

std::expected<void, std::string> Channel::write_tls(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        TlsSession::Step step{};
        {
            const std::scoped_lock lock(tls_mutex_);
            step = tls_->write(bytes);
            if (is_over(step.state)) return std::unexpected(lost_tls());
        }
        if (step.state == State::ended) return std::unexpected(lost(0));
        if (step.state == State::wants_write) wait_until_ready(step.state);
        if (step.state == State::wants_read) wait_until_ready(step.state, look_again);
        bytes = bytes.subspan(step.bytes);
    }
    return {};
}

// Without a timeout, for ever; but a signal ends it, too.
void Channel::wait_until_ready(State wanted, std::optional<milliseconds> timeout) const {
    pollfd ready{socket_, static_cast<short>(wanted == State::wants_read ? POLLIN : POLLOUT), 0};
    poll(&ready, 1, timeout ? static_cast<int>(timeout->count()) : -1);
}

void Channel::shut_down() {
    if (tls_) {
        const std::scoped_lock lock(tls_mutex_);
        static_cast<void>(tls_->end_writing());  // if it can be said at once
    }
    shutdown(socket_, SHUT_RDWR);
}

}  // namespace seatledger
