#include "tests/support/test_client.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <stdexcept>
#include <system_error>
#include <utility>

#include "events/text.h"

namespace seatledger::testing {

Bytes to_bytes(capnp::MessageBuilder& message) {
    const auto words = capnp::messageToFlatArray(message);
    const auto bytes = std::as_bytes(std::span(words.begin(), words.size()));
    return {bytes.begin(), bytes.end()};
}

Reply::Reply(kj::Array<capnp::word> words) : words_(kj::mv(words)) {
    capnp::ReaderOptions options;
    options.traversalLimitInWords = std::uint64_t{1} << 32;
    reader_ = std::make_unique<capnp::FlatArrayMessageReader>(words_, options);
}

std::string Reply::failure() {
    return get().isFailure() ? std::string(view(get().getFailure().getMessage())) : std::string();
}

TestClient::TestClient(std::uint16_t port, Over over) : descriptor_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(descriptor_, reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
        throw std::system_error(errno, std::generic_category(), "cannot connect");
    }
    const int on = 1;
    ::setsockopt(descriptor_, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    if (over == Over::tls && !start_tls()) throw std::runtime_error("the server does not agree on TLS");
}

TestClient::TestClient(std::uint16_t port, std::string_view token, Over over) : TestClient(port, over) {
    say_hello(token);
    auto welcome = receive();
    if (!welcome || !welcome->get().isHello()) throw std::runtime_error("the server does not say hello");
}

TestClient::TestClient(TestClient&& other) noexcept
    : descriptor_(std::exchange(other.descriptor_, -1)), tls_(std::move(other.tls_)) {}

TestClient::~TestClient() {
    if (descriptor_ >= 0) ::close(descriptor_);
}

bool TestClient::start_tls(SSL_CTX* context) {
    const std::shared_ptr<SSL_CTX> any(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
    tls_.reset(SSL_new(context != nullptr ? context : any.get()));
    SSL_set_fd(tls_.get(), descriptor_);
    return SSL_connect(tls_.get()) == 1;
}

bool TestClient::send_bytes(std::span<const std::byte> bytes) {
    while (!bytes.empty()) {
        const long sent = tls_ ? SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()))
                               : ::send(descriptor_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
        if (!tls_ && sent < 0 && errno == EINTR) continue;
        if (sent <= 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(sent));
    }
    return true;
}

bool TestClient::send(std::uint64_t id, const Fill& fill) {
    capnp::MallocMessageBuilder message;
    auto root = message.initRoot<schema::ClientMessage>();
    root.setId(id);
    fill(root);
    return send_bytes(to_bytes(message));
}

bool TestClient::say_hello(std::string_view token, std::uint32_t version) {
    return send(0, [&](schema::ClientMessage::Builder message) {
        auto hello = message.initHello();
        hello.setProtocolVersion(version);
        hello.setToken(text(token));
    });
}

long TestClient::read_some(std::span<std::byte> bytes, std::chrono::milliseconds timeout) {
    pollfd ready{descriptor_, POLLIN, 0};
    const bool is_here = tls_ && SSL_pending(tls_.get()) > 0;
    if (!is_here && ::poll(&ready, 1, static_cast<int>(timeout.count())) <= 0) return 0;
    if (tls_) return SSL_read(tls_.get(), bytes.data(), static_cast<int>(bytes.size()));
    return ::recv(descriptor_, bytes.data(), bytes.size(), 0);
}

bool TestClient::read_exactly(std::span<std::byte> bytes, std::chrono::milliseconds timeout) {
    while (!bytes.empty()) {
        const auto read = read_some(bytes, timeout);
        if (read <= 0) return false;
        bytes = bytes.subspan(static_cast<std::size_t>(read));
    }
    return true;
}

std::optional<Reply> TestClient::receive(std::chrono::milliseconds timeout) {
    std::uint32_t segments = 0;
    if (!read_exactly(std::as_writable_bytes(std::span(&segments, 1)), timeout)) return {};
    std::vector<std::uint32_t> table((segments + 1) | 1);  // with what fills the last word up
    if (!read_exactly(std::as_writable_bytes(std::span(table)), timeout)) return {};
    std::size_t words = 0;
    for (std::size_t i = 0; i <= segments; ++i) words += table[i];
    const auto table_words = (table.size() + 1) / 2;
    auto message = kj::heapArray<capnp::word>(table_words + words);
    std::memcpy(message.asBytes().begin(), &segments, sizeof segments);
    std::memcpy(message.asBytes().begin() + sizeof segments, table.data(), table.size() * sizeof(std::uint32_t));
    const auto body = std::as_writable_bytes(std::span(message.begin() + table_words, words));
    if (!read_exactly(body, timeout)) return {};
    return Reply(kj::mv(message));
}

Reply TestClient::ask(std::uint64_t id, const Fill& fill) {
    if (!send(id, fill)) throw std::runtime_error("the server has closed the connection");
    auto reply = receive();
    if (!reply) throw std::runtime_error("the server does not answer");
    if (reply->id() != id) throw std::runtime_error("the server answers something else");
    return std::move(*reply);
}

bool TestClient::is_closed(std::chrono::milliseconds timeout) {
    pollfd ready{descriptor_, POLLIN, 0};
    if (::poll(&ready, 1, static_cast<int>(timeout.count())) <= 0) return false;
    std::byte byte{};
    return read_some(std::span(&byte, 1), timeout) <= 0;
}

void TestClient::end_sending() {
    if (tls_) SSL_shutdown(tls_.get());
    ::shutdown(descriptor_, SHUT_WR);
}

void TestClient::set_receive_buffer(int bytes) {
    ::setsockopt(descriptor_, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes);
}

}  // namespace seatledger::testing
