#include "tools/client.h"

#include <chrono>
#include <fstream>
#include <string>

#include "events/text.h"
#include "tests/support/catch.h"
#include "tests/tools/fake_server.h"
#include "tools/requests.h"

namespace seatledger {
namespace {

using testing::FakeServer;
using testing::TempDir;
using Peer = FakeServer::Peer;

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

void fill_status(schema::ClientMessage::Builder message) { message.setStatus(); }

TEST_CASE("the client says hello with its token, and learns where the log ends") {
    std::string token;
    std::uint32_t version = 0;
    FakeServer server([&](Peer& peer) {
        peer.receive([&](schema::ClientMessage::Reader message) {
            token = view(message.getHello().getToken());
            version = message.getHello().getProtocolVersion();
        });
        peer.send(1, [](auto message) { message.initHello().setLastSequence(41); });
    });
    const auto client = Client::connect(server.options());
    REQUIRE(client);
    CHECK((*client)->last_sequence() == Sequence(41));
    CHECK(token == "secret");
    CHECK(version == schema::PROTOCOL_VERSION);
}

TEST_CASE("answers are found by their ids, in whatever order they come") {
    FakeServer server([](Peer& peer) {
        peer.greet();
        std::uint64_t ids[2];
        for (auto& id : ids) peer.receive([&](auto message) { id = message.getId(); });
        for (const auto id : {ids[1], ids[0]}) {
            peer.send(id, [&](auto message) { message.initStatus().setLastSequence(id); });
        }
    });
    const auto client = Client::connect(server.options());
    REQUIRE(client);
    const auto first = (*client)->send(fill_status);
    const auto second = (*client)->send(fill_status);
    for (const auto id : {*first, *second}) {
        const auto reply = (*client)->receive(id);
        REQUIRE(reply);
        CHECK(reply->get().getStatus().getLastSequence() == id);
    }
}

TEST_CASE("the server's failure is the error, and the connection goes on") {
    FakeServer server([](Peer& peer) {
        peer.greet();
        peer.receive([&](auto message) { peer.fail(message.getId(), "there is no account acme"); });
        peer.receive([&](auto message) { peer.send(message.getId(), [](auto answer) { answer.initStatus(); }); });
    });
    const auto client = Client::connect(server.options());
    REQUIRE(client);
    const auto refused = ask_status(**client);
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == "there is no account acme");
    CHECK(ask_status(**client));
}

TEST_CASE("a rule that was broken stands first in the error") {
    FakeServer server([](Peer& peer) {
        peer.greet();
        peer.receive([&](auto message) {
            peer.send(message.getId(), [](auto answer) {
                auto failure = answer.initFailure();
                failure.setMessage("you may not do this");
                failure.setRejected("role_required");
            });
        });
    });
    const auto client = Client::connect(server.options());
    REQUIRE(client);
    CHECK(ask_status(**client).error() == "role_required: you may not do this");
}

TEST_CASE("the client logs in without a token, and gives the one that it gets") {
    std::string password;
    FakeServer server([&](Peer& peer) {
        peer.receive([&](schema::ClientMessage::Reader message) {
            REQUIRE(message.isLogIn());
            password = view(message.getLogIn().getPassword());
        });
        peer.send(1, [](auto message) { message.initToken().setToken("secret"); });
        peer.receive([&](auto message) { peer.send(message.getId(), [](auto answer) { answer.initStatus(); }); });
    });
    ClientOptions options = server.options();
    options.token_file.clear();
    const auto logged_in = Client::log_in(options, {"acme", "ann@acme.test", "correct horse"});
    REQUIRE(logged_in);
    CHECK(password == "correct horse");
    CHECK(view(logged_in->reply.get().getToken().getToken()) == "secret");
    CHECK(ask_status(*logged_in->client));
}

TEST_CASE("a failure that names no request concerns all of them") {
    FakeServer server([](Peer& peer) {
        peer.greet();
        peer.receive([](auto) {});
        peer.fail(0, "the server ends");
    });
    const auto client = Client::connect(server.options());
    REQUIRE(client);
    const auto refused = ask_status(**client);
    REQUIRE_FALSE(refused);
    CHECK(refused.error() == "the server ends");
}

TEST_CASE("a refused token is told in the server's words") {
    FakeServer server([](Peer& peer) {
        peer.receive([](auto) {});
        peer.fail(1, "the token is not known");
    });
    const auto client = Client::connect(server.options());
    REQUIRE_FALSE(client);
    CHECK(client.error() == "the token is not known");
}

TEST_CASE("an answer of another kind is an error") {
    FakeServer server([](Peer& peer) {
        peer.greet();
        peer.receive([&](auto message) { peer.send(message.getId(), [](auto answer) { answer.initDigests(); }); });
    });
    const auto client = Client::connect(server.options());
    REQUIRE(client);
    CHECK_FALSE(ask_status(**client));
}

TEST_CASE("a server that hangs up is told") {
    FakeServer server([](Peer& peer) {
        peer.greet();
        peer.receive([](auto) {});
    });
    const auto client = Client::connect(server.options());
    REQUIRE(client);
    const auto status = ask_status(**client);
    REQUIRE_FALSE(status);
    CHECK(contains(status.error(), "is lost"));
    CHECK(contains(status.error(), server.options().server));
}

TEST_CASE("what is no Seatledger server is told so") {
    FakeServer server([](Peer& peer) {
        peer.send_bytes("220 mail.example.com ESMTP, a line that is long enough to be taken for a message's table\r\n");
        peer.receive([](auto) {});
        peer.receive([](auto) {});
    });
    const auto client = Client::connect(server.options());
    REQUIRE_FALSE(client);
    CHECK(contains(client.error(), "is that a Seatledger server?"));
}

TEST_CASE("a message over the limit is not taken in") {
    FakeServer server([](Peer& peer) {
        peer.greet();
        peer.receive([&](auto message) {
            const std::string text(2 * 1024 * 1024, 'x');
            peer.fail(message.getId(), text.c_str());
        });
    });
    const auto client = Client::connect(server.options());
    REQUIRE(client);
    const auto status = ask_status(**client);
    REQUIRE_FALSE(status);
    CHECK(contains(status.error(), "bytes"));
    CHECK(status.error().size() < 200);
}

TEST_CASE("both sides may send a lot at once") {
    constexpr unsigned requests = 64;
    constexpr std::size_t bytes = 512 * 1024;
    FakeServer server([](Peer& peer) {
        peer.greet();
        // Answers more than fits into any socket's buffers before it takes the next request.
        for (unsigned i = 0; i < requests; ++i) {
            peer.receive([&](auto message) {
                peer.send(message.getId(),
                          [](auto answer) { answer.initEvents().setEntries(kj::heapArray<kj::byte>(bytes).asPtr()); });
            });
        }
    });
    const auto client = Client::connect(server.options());
    REQUIRE(client);
    const std::string large(bytes, 'x');
    std::vector<Client::RequestId> ids;
    for (unsigned i = 0; i < requests; ++i) {
        const auto id = (*client)->send([&](auto message) { message.initQuery().setCursor(large); });
        REQUIRE(id);
        ids.push_back(*id);
    }
    for (const auto id : ids) CHECK((*client)->receive(id));
}

TEST_CASE("waiting ends when something else can be read, or the time is over") {
    FakeServer server([](Peer& peer) {
        peer.greet();
        peer.receive([](auto) {});
    });
    const auto client = Client::connect(server.options());
    REQUIRE(client);
    const auto timed_out = (*client)->wait(7, -1, std::chrono::milliseconds(1));
    REQUIRE(timed_out);
    CHECK_FALSE(*timed_out);
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    REQUIRE(write(ends[1], "x", 1) == 1);
    const auto woken = (*client)->wait(7, ends[0]);
    REQUIRE(woken);
    CHECK_FALSE(*woken);
    close(ends[0]);
    close(ends[1]);
}

TEST_CASE("without a server, or without a token, it says what to do") {
    ClientOptions options;
    std::string server_token;
    {
        FakeServer server([](Peer&) {});
        options = server.options();
        // Its thread waits for one connection.
        REQUIRE_FALSE(Client::connect(options));
    }
    const TempDir directory;
    options.token_file = (directory / "token").string();
    std::ofstream(options.token_file) << "secret\n";
    auto client = Client::connect(options);
    REQUIRE_FALSE(client);
    CHECK(contains(client.error(), "cannot connect to " + options.server));
    CHECK(contains(client.error(), "seatledger serve --data DIR"));

    options.token_file = (directory / "none").string();
    client = Client::connect(options);
    REQUIRE_FALSE(client);
    CHECK(contains(client.error(), "cannot read the token from " + options.token_file));

    const auto* text = GENERATE("", "\n", " \r\n", "a\x1b[31mb\n");
    options.token_file = (directory / "token").string();
    std::ofstream(options.token_file) << text;
    client = Client::connect(options);
    REQUIRE_FALSE(client);
    CHECK(contains(client.error(), "holds no token"));
}

}  // namespace
}  // namespace seatledger
