#include "tools/follow.h"

#include <memory>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/tools/fake_server.h"

namespace seatledger {
namespace {

using testing::FakeServer;
using Peer = FakeServer::Peer;
using Read = std::expected<void, std::string>;

// Servers whose log ends at event 41, one for each connection.
class Servers {
 public:
    std::unique_ptr<Client> connect() {
        servers_.push_back(std::make_unique<FakeServer>([](Peer& peer) {
            peer.greet();
            peer.receive([](auto) {});
        }));
        auto client = Client::connect(servers_.back()->options());
        REQUIRE(client);
        return std::move(*client);
    }

 private:
    std::vector<std::unique_ptr<FakeServer>> servers_;
};

struct Run {
    Servers servers;
    Sequence seen;
    std::vector<std::string> told;
    std::vector<std::int64_t> waits;
    int connections = 1;
    int refusals = 0;  // so many tries to connect fail, each time
    bool is_interrupted = false;

    [[nodiscard]] Following following(const std::function<Read(Client&)>& read) {
        Following following;
        following.connect = [this, left = 0]() mutable -> std::expected<std::unique_ptr<Client>, Trouble> {
            if (left++ < refusals) return std::unexpected(Trouble{"nobody listens", true});
            left = 0;
            ++connections;
            return servers.connect();
        };
        following.read = read;
        following.seen = [this] { return seen; };
        following.wait = [this](std::chrono::milliseconds time) {
            waits.push_back(time.count());
            return !is_interrupted;
        };
        following.tell = [this](std::string_view message) { told.emplace_back(message); };
        return following;
    }
};

// A connection that was lost, by its server.
Read lost(Client& client) {
    const auto id = client.send([](schema::ClientMessage::Builder message) { message.setStatus(); });
    REQUIRE(id);
    const auto reply = client.receive(*id);
    REQUIRE_FALSE(reply);
    CHECK(client.trouble_passes());
    return std::unexpected(reply.error());
}

TEST_CASE("who follows goes on over another connection, behind what was seen") {
    Run run;
    int reads = 0;
    const auto followed = follow(run.servers.connect(), run.following([&](Client& client) -> Read {
        run.seen = Sequence(run.seen.value + 10);
        return ++reads < 4 ? lost(client) : Read();
    }));
    CHECK(followed);
    CHECK(reads == 4);
    CHECK(run.connections == 4);
    CHECK(run.waits == std::vector<std::int64_t>{100, 100, 100});  // something was read in between
    REQUIRE(run.told.size() == 6);
    CHECK(run.told[0].find("; connecting again, to go on behind event 10 (Ctrl-C ends it)") != std::string::npos);
    CHECK(run.told[1].find(" again") != std::string::npos);
}

TEST_CASE("it waits longer from try to try, up to five seconds") {
    Run run;
    run.refusals = 8;
    int reads = 0;
    CHECK(follow(run.servers.connect(),
                 run.following([&](Client& client) { return ++reads < 2 ? lost(client) : Read(); })));
    CHECK(run.waits == std::vector<std::int64_t>{100, 200, 400, 800, 1'600, 3'200, 5'000, 5'000, 5'000});
    CHECK(run.told.size() == 2);
}

TEST_CASE("what another connection does not mend ends it") {
    SECTION("what the server refuses") {
        Run run;
        const auto followed =
            follow(run.servers.connect(), run.following([](Client&) -> Read { return std::unexpected("it stays"); }));
        REQUIRE_FALSE(followed);
        CHECK(followed.error() == "it stays");
        CHECK(run.connections == 1);
    }
    SECTION("a token that is good no more") {
        Run run;
        auto following = run.following(lost);
        following.connect = []() -> std::expected<std::unique_ptr<Client>, Trouble> {
            return std::unexpected(Trouble{"the token is wrong", false});
        };
        const auto followed = follow(run.servers.connect(), following);
        REQUIRE_FALSE(followed);
        CHECK(followed.error() == "the token is wrong");
    }
    SECTION("a log that ends before what was seen of it") {
        Run run;
        const auto followed = follow(run.servers.connect(), run.following([&](Client& client) {
            run.seen = Sequence(42);
            return lost(client);
        }));
        REQUIRE_FALSE(followed);
        CHECK(followed.error().find("ends at event 41, before event 42") != std::string::npos);
    }
}

TEST_CASE("an interruption ends it while it waits") {
    Run run;
    run.is_interrupted = true;
    CHECK(follow(run.servers.connect(), run.following(lost)));
    CHECK(run.connections == 1);
}

TEST_CASE("a server that stops says that it passes; one that refuses does not") {
    for (const bool passes : {true, false}) {
        FakeServer server([&](Peer& peer) {
            peer.greet();
            std::uint64_t id = 0;
            peer.receive([&](auto message) { id = message.getId(); });
            peer.send(id, [&](auto message) {
                auto failure = message.initFailure();
                failure.setMessage("so it is");
                failure.setPasses(passes);
            });
            peer.receive([](auto) {});
        });
        const auto client = Client::connect(server.options());
        REQUIRE(client);
        const auto reply = (*client)->ask([](auto message) { message.setStatus(); }, schema::ServerMessage::STATUS);
        REQUIRE_FALSE(reply);
        CHECK(reply.error() == "so it is");
        CHECK((*client)->trouble_passes() == passes);
    }
}

TEST_CASE("whether a connection may be had later is known") {
    FakeServer server([](Peer& peer) {
        peer.receive([](auto) {});
        peer.fail(1, "the token is wrong");
    });
    const auto refused = Client::try_connect(server.options());
    REQUIRE_FALSE(refused);
    CHECK_FALSE(refused.error().passes);
    auto options = server.options();
    options.server = "127.0.0.1:1";
    const auto nobody = Client::try_connect(options);
    REQUIRE_FALSE(nobody);
    CHECK(nobody.error().passes);
    options.token_file += ".not-there";
    const auto without = Client::try_connect(options);
    REQUIRE_FALSE(without);
    CHECK_FALSE(without.error().passes);
}

}  // namespace
}  // namespace seatledger
