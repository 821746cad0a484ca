// A client as small as can be: blocking, and free to send whatever it likes.
#pragma once

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <openssl/ssl.h>

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/wire.capnp.h"

namespace seatledger::testing {

using Bytes = std::vector<std::byte>;

// A message in the standard framing.
[[nodiscard]] Bytes to_bytes(capnp::MessageBuilder& message);

// A message from the server. Readers hold as long as this does.
class Reply {
 public:
    explicit Reply(kj::Array<capnp::word> words);

    [[nodiscard]] schema::ServerMessage::Reader get() { return reader_->getRoot<schema::ServerMessage>(); }
    [[nodiscard]] std::uint64_t id() { return get().getId(); }
    // The failure's message; empty if it is none.
    [[nodiscard]] std::string failure();

 private:
    kj::Array<capnp::word> words_;
    std::unique_ptr<capnp::FlatArrayMessageReader> reader_;
};

// One thread.
class TestClient {
 public:
    using Fill = std::function<void(schema::ClientMessage::Builder)>;

    enum class Over { tcp, tls };

    // Connects to this machine; throws if nobody listens. Over TLS whoever answers is believed.
    explicit TestClient(std::uint16_t port, Over over = Over::tcp);
    // Connects, says hello and takes the answer.
    TestClient(std::uint16_t port, std::string_view token, Over over = Over::tcp);
    TestClient(TestClient&& other) noexcept;
    TestClient& operator=(TestClient&&) = delete;
    ~TestClient();

    // From now on TLS, which `context` may say more about; gives whether both sides have agreed.
    [[nodiscard]] bool start_tls(SSL_CTX* context = nullptr);
    [[nodiscard]] SSL* tls() const { return tls_.get(); }

    // Gives whether everything could be sent.
    bool send_bytes(std::span<const std::byte> bytes);
    bool send(std::uint64_t id, const Fill& fill);
    bool say_hello(std::string_view token, std::uint32_t version = 1);

    // The next message; nothing if the connection was closed, or if nothing came for so long.
    [[nodiscard]] std::optional<Reply> receive(std::chrono::milliseconds timeout = std::chrono::seconds(10));
    // Sends and gives the next message, which must answer it.
    [[nodiscard]] Reply ask(std::uint64_t id, const Fill& fill);
    // Whether the other side closes before it sends anything more. Waits that long for it.
    [[nodiscard]] bool is_closed(std::chrono::milliseconds timeout = std::chrono::seconds(10));

    // Says that nothing more will be sent.
    void end_sending();
    // How much the system takes of what has not been read; to be small before a server fills it.
    void set_receive_buffer(int bytes);
    [[nodiscard]] int descriptor() const { return descriptor_; }

 private:
    struct FreeTls {
        void operator()(SSL* tls) const { SSL_free(tls); }
    };

    // Gives how many bytes came; 0 or less if none will, or none have in that time.
    [[nodiscard]] long read_some(std::span<std::byte> bytes, std::chrono::milliseconds timeout);
    [[nodiscard]] bool read_exactly(std::span<std::byte> bytes, std::chrono::milliseconds timeout);

    int descriptor_ = -1;
    std::unique_ptr<SSL, FreeTls> tls_;
};

}  // namespace seatledger::testing
