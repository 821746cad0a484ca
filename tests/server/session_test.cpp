// A connection: what it may say, what it gets, and that one which misbehaves ends alone and with one line in the log.
#include "server/session.h"

#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <thread>

#include "events/text.h"
#include "server/json.h"
#include "tests/support/catch.h"
#include "tests/support/running_server.h"
#include "tests/support/session_steps.h"

namespace seatledger {
namespace {

using namespace testing;
using namespace std::chrono_literals;
// ---- Hello

TEST_CASE("a connection begins with hello", "[server][session]") {
    RunningServer server;
    TestClient client(server.port());
    SECTION("with the token and the version") {
        CHECK(client.say_hello(server.token()));
        auto welcome = client.receive();
        REQUIRE(welcome);
        CHECK(welcome->get().getHello().getProtocolVersion() == 1);
        CHECK(welcome->get().getHello().getLastSequence() == 0);
        CHECK(client.ask(7, ask_status).get().isStatus());
        CHECK(misbehaved(server) == 0);
        return;
    }
    std::string reason;
    SECTION("not with another token") {
        auto token = server.token();
        token.back() ^= 1;
        client.say_hello(token);
        reason = "the token is wrong";
    }
    SECTION("not with a part of the token") {
        client.say_hello(server.token().substr(0, 10));
        reason = "the token is wrong";
    }
    SECTION("not with another version") {
        client.say_hello(server.token(), 2);
        reason = "protocol version 2";
    }
    SECTION("not with a request") {
        client.send(5, ask_status);
        reason = "begins with hello";
    }
    SECTION("not with much") {
        client.say_hello(std::string(5'000, 'x'));
        reason = "at most 4096";
    }
    auto failure = client.receive();
    REQUIRE(failure);
    CHECK(contains(failure->failure(), reason));
    CHECK(client.is_closed());
    CHECK(misbehaved(server) == 1);
    CHECK(server.log().count(reason) == 1);
    CHECK(server.log().count(server.token()) == 0);
    CHECK(serves(server));
}

TEST_CASE("a connection that says nothing is closed", "[server][session]") {
    RunningServer server([](ServerOptions& options) { options.limits.hello_timeout = 100ms; });
    TestClient client(server.port());
    auto failure = client.receive();
    REQUIRE(failure);
    CHECK(contains(failure->failure(), "no hello within 100 ms"));
    CHECK(client.is_closed());
    CHECK(misbehaved(server) == 1);
    CHECK(serves(server));
}

// ---- What is no message

TEST_CASE("what is no message ends its connection and no other", "[server][session]") {
    RunningServer server;
    auto other = server.connect();
    auto client = server.connect();
    const auto send_numbers = [&](std::vector<std::uint32_t> numbers) {
        client.send_bytes(std::as_bytes(std::span(numbers)));
    };
    bool is_told = true;
    SECTION("another protocol") {
        const std::string http = "GET / HTTP/1.1\r\nHost: acme.test\r\n\r\n";
        client.send_bytes(std::as_bytes(std::span(http)));
    }
    SECTION("too many segments") { send_numbers({1'000'000, 0}); }
    SECTION("too large a message") { send_numbers({0, 1u << 30}); }
    SECTION("an empty one") { send_numbers({0, 0}); }
    SECTION("a root pointer out of bounds") { send_numbers({0, 1, 0x400, 0x10002}); }
    SECTION("a far pointer to nowhere") { send_numbers({0, 1, 2, 99}); }
    SECTION("a loop of far pointers") { send_numbers({0, 1, 2, 0}); }
    SECTION("a list of two billion nothings in place of commands") {
        send_numbers({0, 5, 0, 0x10002, 1, 0, 2, 0, 0, 0x10000, 1, 0xffff'fff8});
    }
    SECTION("half a message") {
        send_numbers({0, 100, 1, 2, 3, 4});
        client.end_sending();
        is_told = false;
    }
    if (is_told) {
        auto failure = client.receive();
        REQUIRE(failure);
        CHECK(!failure->failure().empty());
    }
    CHECK(client.is_closed());
    CHECK(misbehaved(server) == 1);
    CHECK(other.ask(3, ask_status).get().isStatus());
    CHECK(serves(server));
}

TEST_CASE("a message that is begun has to be finished", "[server][session]") {
    RunningServer server([](ServerOptions& options) { options.limits.read_timeout = 100ms; });
    auto client = server.connect();
    const std::vector<std::uint32_t> begun{0, 100, 1, 2};
    client.send_bytes(std::as_bytes(std::span(begun)));
    CHECK(client.is_closed());
    CHECK(misbehaved(server) == 1);
    CHECK(serves(server));
}

// ---- What is asked wrongly

TEST_CASE("a request that is not understood fails, and the connection goes on", "[server][session]") {
    RunningServer server;
    auto client = server.connect();
    capnp::MallocMessageBuilder message;
    auto root = message.initRoot<ClientMessage>();
    root.setId(9);
    std::string reason = "does not know";
    const auto change_word = [&](std::uint64_t from, std::uint64_t to) {
        auto bytes = to_bytes(message);
        const std::span words(reinterpret_cast<std::uint64_t*>(bytes.data()), bytes.size() / sizeof from);
        const auto at = std::ranges::find(words, from);
        REQUIRE(at != words.end());
        *at = to;
        return bytes;
    };
    Bytes bytes;
    SECTION("a union member of a newer schema") {
        root.setCredit(0);
        bytes = change_word(static_cast<std::uint64_t>(root.which()), 77);
    }
    SECTION("a command of a newer schema") {
        auto command = root.initSubmit().initCommands(1)[0];
        command.setAccount("acme");
        command.initBindLicenses().setDryRun(true);
        auto discriminant = static_cast<std::uint64_t>(command.which());
        bytes = change_word(discriminant, 777);
    }
    SECTION("no request at all") {
        bytes = to_bytes(message);
        reason = "asks for nothing";
    }
    SECTION("hello once more") {
        root.initHello().setToken(server.token().c_str());
        bytes = to_bytes(message);
        reason = "hello has been said";
    }
    for (int times = 0; times < 3; ++times) {
        client.send_bytes(bytes);
        auto failure = client.receive();
        REQUIRE(failure);
        CHECK(failure->id() == 9);
        CHECK(contains(failure->failure(), reason));
    }
    CHECK(misbehaved(server) == 1);
    CHECK(client.ask(10, ask_status).get().isStatus());
}

TEST_CASE("a request carries 1 to 8,192 commands", "[server][session]") {
    RunningServer server;
    auto client = server.connect();
    const auto commands = [](unsigned count) {
        return [count](ClientMessage::Builder message) { message.initSubmit().initCommands(count); };
    };
    CHECK(contains(client.ask(1, commands(0)).failure(), "1 to 8192"));
    CHECK(contains(client.ask(2, commands(8'193)).failure(), "1 to 8192"));
    CHECK(client.ask(3, commands(8'192)).get().getAnswers().size() == 8'192);
}

TEST_CASE("an id that is in flight is not used for another request", "[server][session]") {
    RunningServer server;
    auto client = server.connect();
    capnp::MallocMessageBuilder digest;
    digest.initRoot<ClientMessage>().setDigest();
    digest.getRoot<ClientMessage>().setId(4);
    auto bytes = to_bytes(digest);
    const auto once = bytes;
    bytes.insert(bytes.end(), once.begin(), once.end());
    client.send_bytes(bytes);
    auto failure = client.receive();
    auto answer = client.receive();
    REQUIRE(answer);
    CHECK(contains(failure->failure(), "a request with this id is in flight"));
    CHECK(answer->get().isDigests());
    CHECK(client.ask(4, ask_status).get().isStatus());  // now it may
    CHECK(misbehaved(server) == 1);
}

// ---- Many at a time

TEST_CASE("answers overtake each other, unless only one request may be in flight", "[server][session]") {
    const auto limit = GENERATE(1u, 64u);
    RunningServer server([&](ServerOptions& options) { options.limits.requests_in_flight_max = limit; });
    auto client = server.connect();
    Bytes bytes;
    for (const bool slow : {true, false}) {
        capnp::MallocMessageBuilder message;
        auto root = message.initRoot<ClientMessage>();
        root.setId(slow ? 1 : 2);
        if (slow) {
            root.setDigest();
        } else {
            root.setStatus();
        }
        const auto more = to_bytes(message);
        bytes.insert(bytes.end(), more.begin(), more.end());
    }
    client.send_bytes(bytes);
    std::vector<std::uint64_t> order;
    for (int i = 0; i < 2; ++i) order.push_back(client.receive().value().id());
    CHECK(order == (limit == 1 ? std::vector<std::uint64_t>{1, 2} : std::vector<std::uint64_t>{2, 1}));
}

TEST_CASE("many connections with many requests each get their own answers", "[server][session]") {
    RunningServer server;
    {
        auto client = server.connect();
        submit_to(client, small_company());
    }
    constexpr int connections = 8;
    constexpr int requests = 50;
    std::vector<std::vector<std::uint64_t>> sequences(connections);
    std::vector<std::string> problems(connections);
    std::vector<std::jthread> threads;
    for (int c = 0; c < connections; ++c) {
        threads.emplace_back([&, c] {
            auto client = server.connect();
            for (int i = 0; i < requests; ++i) {
                client.send(static_cast<std::uint64_t>(i + 1),
                            submit({registered("u" + std::to_string(c) + "-" + std::to_string(i))}));
            }
            for (int i = 0; i < requests; ++i) {
                auto reply = client.receive();
                if (!reply || !reply->get().isAnswers()) {
                    problems[c] = "no answer";
                    return;
                }
                const auto answer = answers_of(*reply)[0];
                const auto name = "u" + std::to_string(c) + "-" + std::to_string(reply->id() - 1) + "@acme.test";
                if (!contains(answer, name)) problems[c] = "not the answer to " + name + ": " + answer;
                sequences[c].push_back(reply->get().getAnswers()[0].getSequence());
            }
        });
    }
    threads.clear();
    std::vector<std::uint64_t> all;
    for (int c = 0; c < connections; ++c) {
        CHECK(problems[c].empty());
        CHECK(std::ranges::is_sorted(sequences[c]));
        all.insert(all.end(), sequences[c].begin(), sequences[c].end());
    }
    std::ranges::sort(all);
    CHECK(all.size() == connections * requests);
    CHECK(std::ranges::adjacent_find(all) == all.end());
}

TEST_CASE("who says that nothing more will come gets the answers that are due", "[server][session]") {
    RunningServer server;
    auto client = server.connect();
    client.send(1, submit(small_company()));
    client.send(2, [](ClientMessage::Builder message) { message.setDigest(); });
    client.end_sending();
    for (int i = 0; i < 2; ++i) {
        auto reply = client.receive();
        REQUIRE(reply);
        CHECK((reply->id() == 1 ? reply->get().isAnswers() : reply->get().isDigests()));
    }
    CHECK(client.is_closed());
    CHECK(misbehaved(server) == 0);
}

// ---- Who does not play along

// Sends the same again and again, until the system has taken no more for a while, or so many bytes; gives how many.
std::size_t send_while_possible(TestClient& client, const Bytes& bytes, std::size_t bytes_max) {
    std::size_t sent = 0;
    while (sent < bytes_max) {
        pollfd ready{client.descriptor(), POLLOUT, 0};
        if (::poll(&ready, 1, 300) <= 0) break;
        const auto from = sent % bytes.size();
        const auto now =
            ::send(client.descriptor(), bytes.data() + from, bytes.size() - from, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (now > 0) sent += static_cast<std::size_t>(now);
        if (now < 0 && errno != EAGAIN) break;
    }
    return sent;
}

TEST_CASE("who sends and never reads is held back, then closed, and nobody else notices", "[server][session]") {
    RunningServer server([](ServerOptions& options) {
        options.limits.unsent_bytes_max = 64 * 1024;
        options.limits.write_timeout = 500ms;
    });
    auto greedy = server.connect();
    greedy.set_receive_buffer(4'096);
    // A small request with a large answer: 200 rejections.
    capnp::MallocMessageBuilder message;
    auto root = message.initRoot<ClientMessage>();
    root.setId(1);
    root.initSubmit().initCommands(200);
    Bytes bytes;
    for (std::uint64_t id = 1; id <= 100; ++id) {
        root.setId(id);
        const auto one = to_bytes(message);
        bytes.insert(bytes.end(), one.begin(), one.end());
    }
    // Were it not held back, all would be taken. The system's own buffers hold some MB.
    constexpr std::size_t much = 128u << 20;
    CHECK(send_while_possible(greedy, bytes, much) < much / 4);
    auto other = server.connect();
    CHECK(submit_to(other, small_company()).size() == 7);
    CHECK(comes_to_hold([&] { return misbehaved(server) == 1; }));
    CHECK(server.log().count("nothing that was sent was read") == 1);
    CHECK(other.ask(2, ask_status).get().isStatus());
    CHECK(serves(server));
}

TEST_CASE("connections beyond the limit are told so", "[server][session]") {
    RunningServer server([](ServerOptions& options) { options.limits.connections_max = 2; });
    std::optional<TestClient> first(server.connect());
    auto second = server.connect();
    {
        TestClient third(server.port());
        auto failure = third.receive();
        REQUIRE(failure);
        CHECK(contains(failure->failure(), "too many connections"));
        CHECK(third.is_closed());
    }
    CHECK(misbehaved(server) == 1);
    CHECK(second.ask(1, ask_status).get().isStatus());
    first.reset();
    CHECK(comes_to_hold([&] {
        TestClient next(server.port());
        next.say_hello(server.token());
        auto reply = next.receive();
        return reply && reply->get().isHello();
    }));
}

TEST_CASE("who waits for memory is served when others have let go of it", "[server][session]") {
    RunningServer server([](ServerOptions& options) { options.limits.request_bytes_max = 1u << 20; });
    std::optional<TestClient> slow(server.connect());
    auto client = server.connect();
    // A message of 800 KB, of which the end does not come.
    const std::vector<std::uint32_t> begun{0, 100'000, 1, 2};
    slow->send_bytes(std::as_bytes(std::span(begun)));
    std::this_thread::sleep_for(100ms);
    client.send(1, submit(Steps(2'000, registered(std::string(200, 'x')))));
    CHECK(!client.receive(200ms));
    slow.reset();
    auto reply = client.receive();
    REQUIRE(reply);
    CHECK(reply->get().getAnswers().size() == 2'000);
}

TEST_CASE("an idle connection is closed, but not while something runs", "[server][session]") {
    RunningServer server([](ServerOptions& options) { options.limits.idle_timeout = 150ms; });
    auto idle = server.connect();
    auto follower = server.connect();
    follower.send(1, [](ClientMessage::Builder message) {
        auto replay = message.initReplay();
        replay.setFollow(true);
        replay.setCredit(1'000'000);
    });
    CHECK(contains(idle.receive().value().failure(), "nothing was asked"));
    CHECK(idle.is_closed());
    CHECK(!follower.receive(300ms));
    {
        auto client = server.connect();
        submit_to(client, small_company());
    }
    CHECK(follower.receive().value().get().getEvents().getEntries().size() > 0);
    CHECK(misbehaved(server) == 0);
}

}  // namespace
}  // namespace seatledger
