// A client of the server (server/wire.capnp): blocking, with as many requests in flight as one likes. What can be
// asked is in tools/requests.h.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "events/block.h"
#include "events/ids.h"
#include "server/wire.capnp.h"
#include "tools/connection.h"

namespace seatledger {

struct ClientOptions {
    std::string server;                              // HOST:PORT, or tls://HOST:PORT
    std::string token_file;                          // its first line is the token
    std::size_t reply_bytes_max = 64 * 1024 * 1024;  // the server is not believed if it sends a larger message
    std::string tls_ca = {};                         // see Channel::open()
};

// Whom the server knows by a password.
struct Credentials {
    std::string account;
    std::string email;
    std::string password;
};

// A message from the server, with its bytes. Movable; readers hold as long as this does. Broken pointers inside are a
// kj::Exception when they are followed.
class Reply {
 public:
    explicit Reply(Words words);

    [[nodiscard]] schema::ServerMessage::Reader get() const { return parts_->message; }
    [[nodiscard]] std::size_t bytes() const { return parts_->words.size() * sizeof(std::uint64_t); }

 private:
    struct Parts {
        explicit Parts(Words frame);

        Words words;
        capnp::FlatArrayMessageReader reader;
        schema::ServerMessage::Reader message;
    };
    std::unique_ptr<Parts> parts_;
};

// Why there is no connection, or none any more.
struct Trouble {
    std::string message;
    bool passes = false;  // it may be done on another connection, later on
};

// One thread. Errors are one line: what, and what to do. After an error of send() or wait() the connection is of no
// use any more; after one of receive() it is, unless the server has closed it.
class Client {
 public:
    using RequestId = std::uint64_t;
    using Fill = std::function<void(schema::ClientMessage::Builder)>;

    // Connects and says hello.
    [[nodiscard]] static std::expected<std::unique_ptr<Client>, std::string> connect(const ClientOptions& options);
    // The same, for whoever would try again. What passes is what no server has said anything about, and what it said
    // will pass; not, for instance, a wrong token.
    [[nodiscard]] static std::expected<std::unique_ptr<Client>, Trouble> try_connect(const ClientOptions& options);

    struct LoggedIn {
        std::unique_ptr<Client> client;
        Reply reply;  // has `token`: the one that was issued
    };
    // Connects and logs in, which takes no token file. Its last_sequence() is 0.
    [[nodiscard]] static std::expected<LoggedIn, std::string> log_in(const ClientOptions& options,
                                                                     const Credentials& credentials);

    // Sends a request: `fill` sets the member of the message's union.
    [[nodiscard]] std::expected<RequestId, std::string> send(const Fill& fill);

    // To the replay of this id.
    [[nodiscard]] std::expected<void, std::string> give_credit(RequestId replay, std::uint64_t bytes);

    // Waits for a message to this request: true. False if `other` (a file descriptor; -1: none) could be read before,
    // or the time was over (none: it never is).
    [[nodiscard]] std::expected<bool, std::string> wait(RequestId request, int other = -1,
                                                        std::optional<std::chrono::milliseconds> timeout = {});

    // Waits for the next message to this request, and takes it. The server's failure is the error; where that is a rule
    // which was broken, its id stands first (role_required: …).
    [[nodiscard]] std::expected<Reply, std::string> receive(RequestId request);

    // send() and receive(). An answer of another kind is an error too.
    [[nodiscard]] std::expected<Reply, std::string> ask(const Fill& fill, schema::ServerMessage::Which kind);

    // Of the last error: whether the connection was lost, or the server said that it passes.
    [[nodiscard]] bool trouble_passes() const { return trouble_passes_; }

    // The end of the log when the connection began.
    [[nodiscard]] Sequence last_sequence() const { return last_sequence_; }
    [[nodiscard]] const std::string& server() const { return connection_->server(); }

 private:
    explicit Client(std::unique_ptr<Connection> connection) : connection_(std::move(connection)) {}

    [[nodiscard]] std::expected<Reply, std::string> greet(const Fill& fill, std::chrono::milliseconds timeout);
    [[nodiscard]] std::expected<void, std::string> say_hello(const std::string& token);
    [[nodiscard]] std::expected<void, std::string> send_as(RequestId id, const Fill& fill);
    [[nodiscard]] std::expected<void, std::string> take_in();
    [[nodiscard]] std::string failed(schema::Failure::Reader failure);
    [[nodiscard]] std::unexpected<std::string> lost(const std::string& why);

    std::unique_ptr<Connection> connection_;
    RequestId newest_ = 0;
    std::deque<Reply> inbox_;  // what has come and was not asked for yet
    Sequence last_sequence_;
    bool trouble_passes_ = false;
};

// The error for an answer that is not of the kind that was asked for.
[[nodiscard]] std::string unexpected_answer(const Client& client);

}  // namespace seatledger
