// Connections over TLS: what they promise is what those over TCP do, and whoever does not speak it ends alone.
#include "server/stream.h"

#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <random>
#include <thread>

#include "events/block.h"
#include "tests/support/catch.h"
#include "tests/support/certificates.h"
#include "tests/support/session_steps.h"

namespace seatledger {
namespace {

using namespace testing;
using namespace std::chrono_literals;
using Over = TestClient::Over;

std::function<void(ServerOptions&)> with_tls(const std::function<void(ServerOptions&)>& change = {}) {
    static Authority authority;
    static const auto files = authority.issue();
    return [change](ServerOptions& options) {
        options.tls_certificate = files.certificate;
        options.tls_key = files.key;
        if (change) change(options);
    };
}

Bytes bytes_of(std::string_view text) {
    const auto bytes = std::as_bytes(std::span(text));
    return {bytes.begin(), bytes.end()};
}

// How a ClientHello begins: a record of 512 bytes, of which the rest does not come.
const Bytes begun_handshake = bytes_of(std::string_view("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11));

TEST_CASE("commands, answers and questions go over TLS", "[server][tls]") {
    RunningServer server(with_tls());
    auto client = server.connect();
    REQUIRE(client.tls() != nullptr);
    CHECK(std::string(SSL_get_version(client.tls())) == "TLSv1.3");
    CHECK(submit_to(client, small_company()).size() == 7);
    auto rows = client.ask(2, [](ClientMessage::Builder message) {
        auto query = message.initQuery();
        query.setAccount("acme");
        query.initUsers();
        query.setMinSequence(5);
    });
    INFO(rows.failure());
    REQUIRE(rows.get().isRows());
    CHECK(rows.get().getRows().getUsers().size() == 4);
    CHECK(misbehaved(server) == 0);
}

TEST_CASE("large requests and large answers go over TLS", "[server][tls]") {
    RunningServer server(with_tls());
    auto client = server.connect();
    // Registrations that are all refused, in words that hold the address: 3 MB there and some back.
    const Steps commands(8'000, registered(std::string(300, 'x')));
    for (std::uint64_t id = 1; id <= 3; ++id) client.send(id, submit(commands));
    for (int i = 0; i < 3; ++i) {
        auto reply = client.receive();
        REQUIRE(reply);
        REQUIRE(reply->get().isAnswers());
        CHECK(reply->get().getAnswers().size() == commands.size());
    }
    CHECK(client.ask(9, ask_status).get().isStatus());
    CHECK(misbehaved(server) == 0);
}

TEST_CASE("a replay that follows goes over TLS, event by event", "[server][tls]") {
    RunningServer server(with_tls());
    auto writer = server.connect();
    auto follower = server.connect();
    submit_to(writer, small_company());
    follower.send(1, [](ClientMessage::Builder message) {
        auto replay = message.initReplay();
        replay.setFollow(true);
        replay.setCredit(1u << 20);
    });
    std::uint64_t last = 0;
    const auto take_until = [&](std::uint64_t end) {
        while (last < end) {
            auto reply = follower.receive();
            if (!reply || !reply->get().isEvents()) return false;
            for (const auto& entry : entries_of(reply->get().getEvents().getEntries())) {
                if (read_event(entry).getSequence() != ++last) return false;
            }
        }
        return true;
    };
    auto status = writer.ask(2, ask_status);
    CHECK(take_until(status.get().getStatus().getLastSequence()));
    for (int i = 0; i < 20; ++i) submit_to(writer, {registered("late-" + std::to_string(i))});
    status = writer.ask(3, ask_status);
    CHECK(take_until(status.get().getStatus().getLastSequence()));
}

TEST_CASE("many connections are served over TLS at once", "[server][tls]") {
    RunningServer server(with_tls());
    {
        auto client = server.connect();
        submit_to(client, small_company());
    }
    constexpr int connections = 8;
    std::atomic<int> answered = 0;
    std::vector<std::jthread> threads;
    for (int c = 0; c < connections; ++c) {
        threads.emplace_back([&, c] {
            auto client = server.connect();
            for (int i = 0; i < 50; ++i) {
                const auto name = "u" + std::to_string(c) + "-" + std::to_string(i);
                client.send(static_cast<std::uint64_t>(i + 1), submit({registered(name)}));
            }
            for (int i = 0; i < 50; ++i) {
                auto reply = client.receive();
                if (reply && reply->get().isAnswers() && !reply->get().getAnswers()[0].hasRejected()) ++answered;
            }
        });
    }
    threads.clear();
    CHECK(answered == connections * 50);
}

TEST_CASE("who says over TLS that nothing more will come gets the answers that are due", "[server][tls]") {
    RunningServer server(with_tls());
    auto client = server.connect();
    client.send(1, submit(small_company()));
    client.send(2, submit(Steps(4'000, registered(std::string(300, 'x')))));
    client.send(3, [](ClientMessage::Builder message) { message.setDigest(); });
    SECTION("with TLS's word and TCP's") { client.end_sending(); }
    SECTION("with TLS's only") { SSL_shutdown(client.tls()); }
    SECTION("with TCP's only") { ::shutdown(client.descriptor(), SHUT_WR); }
    for (int i = 0; i < 3; ++i) {
        auto reply = client.receive();
        REQUIRE(reply);
        CHECK((reply->id() == 3 ? reply->get().isDigests() : reply->get().isAnswers()));
    }
    // The server has the last word, and TLS's own: nobody has cut the answers short.
    std::byte byte{};
    CHECK(SSL_read(client.tls(), &byte, 1) == 0);
    CHECK((SSL_get_shutdown(client.tls()) & SSL_RECEIVED_SHUTDOWN) != 0);
    CHECK(client.is_closed());
    CHECK(misbehaved(server) == 0);
}

TEST_CASE("a server that stops answers over TLS what is in flight", "[server][tls]") {
    RunningServer server(with_tls());
    auto client = server.connect();
    submit_to(client, small_company());
    client.send(1, [](ClientMessage::Builder message) { message.setDigest(); });
    client.send(2, ask_status);
    auto first = client.receive();  // in whatever order they come: both have been read
    REQUIRE(first);
    server.begin_to_stop();
    auto second = client.receive();
    REQUIRE(second);
    CHECK(first->get().isDigests() != second->get().isDigests());
    CHECK(first->get().isStatus() != second->get().isStatus());
    CHECK(client.is_closed());
    server.wait();
}

// Passes everything on, both ways, in random pieces.
class Shredder {
 public:
    Shredder(TestClient& client, std::uint16_t port, std::uint64_t seed) : server_(port), random_(seed) {
        int ends[2];
        if (::socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) throw std::runtime_error("no sockets");
        ::dup2(ends[0], client.descriptor());
        ::close(ends[0]);
        end_ = ends[1];
        thread_ = std::jthread([this] { pass_on(); });
    }
    ~Shredder() {
        ::shutdown(end_, SHUT_RDWR);
        thread_.join();
        ::close(end_);
    }

 private:
    void pass_on() {
        while (true) {
            pollfd ready[] = {{end_, POLLIN, 0}, {server_.descriptor(), POLLIN, 0}};
            ::poll(ready, 2, -1);
            if (ready[0].revents != 0 && !pass_on(end_, server_.descriptor())) return;
            if (ready[1].revents != 0 && !pass_on(server_.descriptor(), end_)) return;
        }
    }
    bool pass_on(int from, int to) {
        std::byte piece[9];
        const auto count = ::read(from, piece, 1 + random_() % sizeof piece);
        return count > 0 && ::write(to, piece, static_cast<std::size_t>(count)) == count;
    }

    TestClient server_;
    std::mt19937_64 random_;
    int end_ = -1;
    std::jthread thread_;
};

TEST_CASE("TLS comes and goes in pieces of any size", "[server][tls]") {
    const auto seed = Catch::rngSeed();
    INFO("seed " << seed);
    RunningServer server(with_tls());
    TestClient client(server.port());
    const Shredder shredder(client, server.port(), seed);
    REQUIRE(client.start_tls());
    client.say_hello(server.token());
    auto welcome = client.receive();
    REQUIRE(welcome);
    CHECK(submit_to(client, small_company()).size() == 7);
    for (std::uint64_t id = 1; id <= 20; ++id) {
        CHECK(client.ask(id, submit({registered("u" + std::to_string(id))})).get().isAnswers());
    }
    CHECK(misbehaved(server) == 0);
}

// ---- Who does not play along

TEST_CASE("who stalls in the handshake is closed, and others are served meanwhile", "[server][tls]") {
    RunningServer server(with_tls([](ServerOptions& options) { options.limits.hello_timeout = 300ms; }));
    TestClient stalling(server.port());
    SECTION("before it has begun") {}
    SECTION("having begun") { stalling.send_bytes(begun_handshake); }
    CHECK(serves(server));
    CHECK(misbehaved(server) == 0);
    CHECK(stalling.is_closed());
    CHECK(server.log().count("no TLS handshake within 300 ms") == 1);
    CHECK(serves(server));
}

TEST_CASE("a connection over TLS that says nothing is closed", "[server][tls]") {
    RunningServer server(with_tls([](ServerOptions& options) { options.limits.hello_timeout = 200ms; }));
    TestClient client(server.port(), Over::tls);
    auto failure = client.receive();
    REQUIRE(failure);
    CHECK(contains(failure->failure(), "no hello within 200 ms"));
    CHECK(client.is_closed());
    CHECK(misbehaved(server) == 1);
}

TEST_CASE("a server stops at once while somebody is in the handshake", "[server][tls]") {
    RunningServer server(with_tls());
    TestClient silent(server.port());
    TestClient stalling(server.port());
    stalling.send_bytes(begun_handshake);
    CHECK(serves(server));  // so the others have been taken
    const auto begin = std::chrono::steady_clock::now();
    server.begin_to_stop();
    server.wait();
    CHECK(std::chrono::steady_clock::now() - begin < ServerLimits().stop_timeout);
    CHECK(silent.is_closed());
    CHECK(stalling.is_closed());
}

TEST_CASE("plain text where TLS is spoken is told so, in plain text", "[server][tls]") {
    RunningServer server(with_tls());
    TestClient client(server.port());
    SECTION("a client of ours") { client.say_hello(server.token()); }
    SECTION("another protocol") { client.send_bytes(bytes_of("GET / HTTP/1.1\r\nHost: acme.test\r\n\r\n")); }
    SECTION("anything") { client.send_bytes(Bytes(100'000, std::byte{0xff})); }
    auto failure = client.receive();
    REQUIRE(failure);
    CHECK(contains(failure->failure(), "tls://"));
    CHECK(client.is_closed());
    CHECK(misbehaved(server) == 1);
    CHECK(server.log().count("this is not TLS") == 1);
    CHECK(server.log().count(server.token()) == 0);
    CHECK(serves(server));
}

TEST_CASE("TLS where plain text is spoken ends its connection, and the log says what it was", "[server][tls]") {
    RunningServer server;
    TestClient client(server.port());
    CHECK_FALSE(client.start_tls());
    CHECK(comes_to_hold([&] { return misbehaved(server) == 1; }));
    CHECK(server.log().count("this is TLS, which is not spoken here") == 1);
    CHECK(serves(server));
}

TEST_CASE("older versions of TLS are not spoken", "[server][tls]") {
    RunningServer server(with_tls());
    const std::shared_ptr<SSL_CTX> old(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
    SSL_CTX_set_security_level(old.get(), 0);
    SSL_CTX_set_min_proto_version(old.get(), TLS1_VERSION);
    TestClient client(server.port());
    SECTION("1.1 is not") {
        SSL_CTX_set_max_proto_version(old.get(), TLS1_1_VERSION);
        CHECK_FALSE(client.start_tls(old.get()));
        CHECK(comes_to_hold([&] { return misbehaved(server) == 1; }));
        CHECK(server.log().count("no TLS handshake") == 1);
    }
    SECTION("1.2 is") {
        SSL_CTX_set_max_proto_version(old.get(), TLS1_2_VERSION);
        CHECK(client.start_tls(old.get()));
        client.say_hello(server.token());
        CHECK(client.receive());
    }
    CHECK(serves(server));
}

TEST_CASE("a session of TLS is neither renegotiated nor taken up again", "[server][tls]") {
    RunningServer server(with_tls());
    const std::shared_ptr<SSL_CTX> context(SSL_CTX_new(TLS_client_method()), SSL_CTX_free);
    TestClient client(server.port());
    SECTION("1.2") {
        SSL_CTX_set_max_proto_version(context.get(), TLS1_2_VERSION);
        REQUIRE(client.start_tls(context.get()));
        SSL_renegotiate(client.tls());
        CHECK(SSL_do_handshake(client.tls()) <= 0);
    }
    SECTION("1.3, whose keys may change") {
        REQUIRE(client.start_tls(context.get()));
        client.say_hello(server.token());
        CHECK(client.receive());
        CHECK(SSL_key_update(client.tls(), SSL_KEY_UPDATE_REQUESTED) == 1);
        CHECK(client.ask(1, ask_status).get().isStatus());
        CHECK(client.ask(2, ask_status).get().isStatus());
    }
    CHECK(SSL_SESSION_has_ticket(SSL_get_session(client.tls())) == 0);
    CHECK(serves(server));
}

TEST_CASE("what is no TLS any more ends its connection and no other", "[server][tls]") {
    RunningServer server(with_tls());
    auto other = server.connect();
    auto client = server.connect();
    // A record of 64 bytes that are not encrypted with the key of this session.
    const auto forged = bytes_of(std::string("\x17\x03\x03\x00\x40", 5) + std::string(64, 'x'));
    REQUIRE(::send(client.descriptor(), forged.data(), forged.size(), MSG_NOSIGNAL) > 0);
    CHECK(client.is_closed());
    CHECK(comes_to_hold([&] { return misbehaved(server) == 1; }));
    CHECK(other.ask(3, ask_status).get().isStatus());
    CHECK(serves(server));
}

TEST_CASE("random bytes in the handshake end nothing but their connection", "[server][tls]") {
    const auto seed = Catch::rngSeed();
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    RunningServer server(with_tls());
    for (int i = 0; i < 200; ++i) {
        TestClient client(server.port());
        auto bytes = begun_handshake;
        bytes.resize(bytes.size() + random() % 2'000);
        for (std::size_t at = random() % 12; at < bytes.size(); ++at) bytes[at] = static_cast<std::byte>(random());
        client.send_bytes(bytes);
        if (random() % 2 == 0) client.end_sending();
    }
    CHECK(serves(server));
}

TEST_CASE("who sends over TLS and never reads is held back, then closed, and nobody else notices", "[server][tls]") {
    RunningServer server(with_tls([](ServerOptions& options) {
        options.limits.unsent_bytes_max = 64 * 1024;
        options.limits.write_timeout = 500ms;
    }));
    auto greedy = server.connect();
    std::jthread sender([&] {
        const auto question = submit(Steps(200, registered("x")));
        for (std::uint64_t id = 1; greedy.send(id, question);) ++id;
    });
    auto other = server.connect();
    CHECK(submit_to(other, small_company()).size() == 7);
    CHECK(comes_to_hold([&] { return server.log().count("nothing that was sent was read") == 1; }, 30s));
    CHECK(misbehaved(server) == 1);
    CHECK(serves(server));
}

TEST_CASE("connections beyond the limit are told so over TLS", "[server][tls]") {
    RunningServer server(with_tls([](ServerOptions& options) { options.limits.connections_max = 1; }));
    auto first = server.connect();
    TestClient second(server.port(), Over::tls);
    auto failure = second.receive();
    REQUIRE(failure);
    CHECK(contains(failure->failure(), "too many connections"));
    CHECK(second.is_closed());
    CHECK(first.ask(1, ask_status).get().isStatus());
}

}  // namespace
}  // namespace seatledger
