// A server that says what a test tells it to, to one client, on a thread of its own.
#pragma once

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <kj/exception.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <chrono>
#include <cstdint>
#include <fstream>
#include <functional>
#include <string>
#include <string_view>
#include <thread>

#include "server/wire.capnp.h"
#include "tests/support/temp_dir.h"
#include "tools/client.h"

namespace seatledger::testing {

class FakeServer {
 public:
    // The connection as the server has it. Fails by kj::Exception where the client is gone.
    class Peer {
     public:
        explicit Peer(int socket) : socket_(socket) {}

        using Take = std::function<void(schema::ClientMessage::Reader)>;
        void receive(const Take& take) {
            capnp::StreamFdMessageReader reader(socket_);
            take(reader.getRoot<schema::ClientMessage>());
        }

        using Fill = std::function<void(schema::ServerMessage::Builder)>;
        void send(std::uint64_t id, const Fill& fill) {
            capnp::MallocMessageBuilder builder;
            auto message = builder.initRoot<schema::ServerMessage>();
            message.setId(id);
            fill(message);
            capnp::writeMessageToFd(socket_, builder);
        }

        void fail(std::uint64_t id, const char* why) {
            send(id, [&](auto message) { message.initFailure().setMessage(why); });
        }

        void send_bytes(std::string_view bytes) { (void)!write(socket_, bytes.data(), bytes.size()); }

        // Takes the hello, which has id 1.
        void greet() {
            receive([](auto) {});
            send(1, [](auto message) { message.initHello().setLastSequence(41); });
        }

     private:
        int socket_;
    };

    // `serve` has the connection until it returns.
    explicit FakeServer(std::function<void(Peer&)> serve) : listener_(::socket(AF_INET, SOCK_STREAM, 0)) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
        listen(listener_, 1);
        socklen_t size = sizeof address;
        getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
        port_ = ntohs(address.sin_port);
        thread_ = std::thread([this, serve = std::move(serve)] {
            const int socket = accept(listener_, nullptr, nullptr);
            if (socket < 0) return;
            try {
                Peer peer(socket);
                serve(peer);
            } catch (const kj::Exception&) {
                // The client has hung up.
            }
            // To close with something unread would take back what was sent.
            shutdown(socket, SHUT_WR);
            char unread[4096];
            while (read(socket, unread, sizeof unread) > 0) continue;
            close(socket);
        });
        std::ofstream(directory_ / "token") << "secret\n";
    }

    ~FakeServer() {
        shutdown(listener_, SHUT_RDWR);
        thread_.join();
        close(listener_);
    }

    [[nodiscard]] ClientOptions options() const {
        return {"127.0.0.1:" + std::to_string(port_), (directory_ / "token").string(), 1024 * 1024};
    }

 private:
    TempDir directory_;
    int listener_;
    std::uint16_t port_ = 0;
    std::thread thread_;
};

}  // namespace seatledger::testing
