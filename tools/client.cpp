#include "tools/client.h"

#include <capnp/message.h>
#include <kj/exception.h>

#include <algorithm>
#include <utility>

#include "events/text.h"
#include "tools/token_file.h"

namespace seatledger {
namespace {

constexpr auto hello_timeout = std::chrono::seconds(10);
constexpr auto log_in_timeout = std::chrono::seconds(60);  // there may be others before

kj::ArrayPtr<const capnp::word> as_words(const Words& words) {
    return {reinterpret_cast<const capnp::word*>(words.data()), words.size()};
}

// Every row is looked at a few times, so more may be read than there is; a message that points at the same bytes over
// and over is found out nevertheless.
capnp::ReaderOptions reader_options(const Words& words) {
    capnp::ReaderOptions options;
    options.traversalLimitInWords = 64 * 1024 + 32 * words.size();
    return options;
}

// The id of the rule that was broken, if it was one, stands first.
std::string text_of(schema::Failure::Reader failure) {
    const std::string message(view(failure.getMessage()));
    return failure.hasRejected() ? std::string(view(failure.getRejected())) + ": " + message : message;
}

}  // namespace

Reply::Parts::Parts(Words frame)
    : words(std::move(frame)),
      reader(as_words(words), reader_options(words)),
      message(reader.getRoot<schema::ServerMessage>()) {}

Reply::Reply(Words words) : parts_(std::make_unique<Parts>(std::move(words))) {}

std::string unexpected_answer(const Client& client) {
    return client.server() + " gives an answer of another kind than was asked for; is it of another version?";
}

std::expected<std::unique_ptr<Client>, std::string> Client::connect(const ClientOptions& options) {
    auto client = try_connect(options);
    if (!client) return std::unexpected(std::move(client.error().message));
    return std::move(*client);
}

std::expected<std::unique_ptr<Client>, Trouble> Client::try_connect(const ClientOptions& options) {
    const auto token = read_token_file(options.token_file);
    if (!token) return std::unexpected(Trouble{token.error(), false});
    auto connection = Connection::open(options.server, options.tls_ca, options.reply_bytes_max);
    if (!connection) return std::unexpected(Trouble{connection.error(), true});
    std::unique_ptr<Client> client(new Client(std::move(*connection)));
    if (auto said = client->say_hello(*token); !said) {
        return std::unexpected(Trouble{said.error(), client->trouble_passes()});
    }
    return client;
}

std::unexpected<std::string> Client::lost(const std::string& why) {
    trouble_passes_ = true;
    return std::unexpected(why);
}

std::string Client::failed(schema::Failure::Reader failure) {
    trouble_passes_ = failure.getPasses();
    return text_of(failure);
}

std::expected<Client::LoggedIn, std::string> Client::log_in(const ClientOptions& options,
                                                            const Credentials& credentials) {
    auto connection = Connection::open(options.server, options.tls_ca, options.reply_bytes_max);
    if (!connection) return std::unexpected(connection.error());
    std::unique_ptr<Client> client(new Client(std::move(*connection)));
    auto reply = client->greet(
        [&](schema::ClientMessage::Builder message) {
            auto log_in = message.initLogIn();
            log_in.setProtocolVersion(schema::PROTOCOL_VERSION);
            log_in.setAccount(text(credentials.account));
            log_in.setEmail(text(credentials.email));
            log_in.setPassword(text(credentials.password));
        },
        log_in_timeout);
    if (!reply) return std::unexpected(reply.error());
    if (!reply->get().isToken()) return std::unexpected(unexpected_answer(*client));
    return LoggedIn{std::move(client), std::move(*reply)};
}

std::expected<Reply, std::string> Client::greet(const Fill& fill, std::chrono::milliseconds timeout) {
    const auto id = send(fill);
    if (!id) return std::unexpected(id.error());
    const auto answered = wait(*id, -1, timeout);
    if (!answered) return std::unexpected(answered.error());
    if (!*answered) return lost(server() + " does not answer; is that a Seatledger server?");
    return receive(*id);
}

std::expected<void, std::string> Client::say_hello(const std::string& token) {
    const auto reply = greet(
        [&](schema::ClientMessage::Builder message) {
            auto hello = message.initHello();
            hello.setProtocolVersion(schema::PROTOCOL_VERSION);
            hello.setToken(text(token));
        },
        hello_timeout);
    if (!reply) return std::unexpected(reply.error());
    if (!reply->get().isHello()) return std::unexpected(unexpected_answer(*this));
    last_sequence_ = Sequence(reply->get().getHello().getLastSequence());
    return {};
}

std::expected<Client::RequestId, std::string> Client::send(const Fill& fill) {
    const auto id = ++newest_;
    if (auto sent = send_as(id, fill); !sent) return std::unexpected(sent.error());
    return id;
}

std::expected<void, std::string> Client::give_credit(RequestId replay, std::uint64_t bytes) {
    return send_as(replay, [&](schema::ClientMessage::Builder message) { message.setCredit(bytes); });
}

std::expected<void, std::string> Client::send_as(RequestId id, const Fill& fill) {
    capnp::MallocMessageBuilder builder;
    auto message = builder.initRoot<schema::ClientMessage>();
    message.setId(id);
    fill(message);
    auto sent = connection_->send(builder);
    if (sent) return {};
    // The server may have said why before it hung up.
    const auto why = wait(id, -1, std::chrono::seconds(1));
    if (!why) return std::unexpected(why.error());
    if (*why) {
        if (const auto reply = receive(id); !reply) return std::unexpected(reply.error());
    }
    return lost(sent.error());
}

// Takes the frame that is here. A failure that answers no request in particular concerns all of them.
std::expected<void, std::string> Client::take_in() try {
    inbox_.emplace_back(connection_->take_frame());
    const auto message = inbox_.back().get();
    if (message.getId() != 0 || !message.isFailure()) return {};
    return std::unexpected(failed(message.getFailure()));
} catch (const kj::Exception&) {
    trouble_passes_ = false;
    return std::unexpected(server() + " sends what cannot be read; is that a Seatledger server?");
}

std::expected<bool, std::string> Client::wait(RequestId request, int other,
                                              std::optional<std::chrono::milliseconds> timeout) {
    const auto is_wanted = [&](const Reply& reply) { return reply.get().getId() == request; };
    if (std::ranges::any_of(inbox_, is_wanted)) return true;
    for (;;) {
        const auto woken = connection_->wait(other, timeout);
        if (!woken) return lost(woken.error());
        if (*woken != Connection::Woken::frame) return false;
        if (auto taken = take_in(); !taken) return std::unexpected(taken.error());
        if (is_wanted(inbox_.back())) return true;
    }
}

std::expected<Reply, std::string> Client::receive(RequestId request) {
    if (const auto is_here = wait(request); !is_here) return std::unexpected(is_here.error());
    const auto found = std::ranges::find_if(inbox_, [&](const Reply& reply) { return reply.get().getId() == request; });
    auto reply = std::move(*found);
    inbox_.erase(found);
    if (reply.get().isFailure()) {
        return std::unexpected(failed(reply.get().getFailure()));
    }
    return reply;
}

std::expected<Reply, std::string> Client::ask(const Fill& fill, schema::ServerMessage::Which kind) {
    const auto id = send(fill);
    if (!id) return std::unexpected(id.error());
    auto reply = receive(*id);
    if (reply && reply->get().which() != kind) {
        trouble_passes_ = false;
        return std::unexpected(unexpected_answer(*this));
    }
    return reply;
}

}  // namespace seatledger
