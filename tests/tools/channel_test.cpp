// The client over TLS, against a server in this process: whom it believes, what it says of whom it does not, and that
// nothing is lost on the way.
#include "tools/channel.h"

#include <fstream>

#include "events/block.h"
#include "tests/support/catch.h"
#include "tests/support/certificates.h"
#include "tests/support/running_server.h"
#include "tests/tools/fake_server.h"
#include "tools/client.h"
#include "tools/requests.h"

namespace seatledger {
namespace {

using namespace testing;
using namespace std::chrono_literals;

std::function<void(ServerOptions&)> with(const CertificateFiles& files) {
    return [files](ServerOptions& options) {
        options.tls_certificate = files.certificate;
        options.tls_key = files.key;
    };
}

ClientOptions options_for(const RunningServer& server, const std::string& authority,
                          const std::string& host = "tls://127.0.0.1") {
    ClientOptions options;
    options.server = host + ":" + std::to_string(server.port());
    options.token_file = (server.data() / "vendor.token").string();
    options.tls_ca = authority;
    return options;
}

// Why a client cannot connect: one line that names the server.
std::string refusal(const ClientOptions& options) {
    const auto client = Client::connect(options);
    REQUIRE_FALSE(client);
    CHECK(contains(client.error(), options.server));
    CHECK_FALSE(contains(client.error(), "\n"));
    return client.error();
}

TEST_CASE("a client believes a server whose certificate is for its name and from a known authority", "[tls]") {
    Authority authority;
    SECTION("by its address") {
        const RunningServer server(with(authority.issue({.names = "IP:127.0.0.1"})));
        const auto client = Client::connect(options_for(server, authority.file()));
        INFO((client ? "" : client.error()));
        REQUIRE(client);
        CHECK(ask_status(**client));
    }
    SECTION("by its name") {
        const RunningServer server(with(authority.issue({.names = "DNS:localhost"})));
        CHECK(Client::connect(options_for(server, authority.file(), "tls://localhost")));
    }
    SECTION("where the certificate itself is what is known") {
        const auto files = authority.issue();
        const RunningServer server(with(files));
        CHECK(Client::connect(options_for(server, files.certificate)));
    }
}

TEST_CASE("a client does not believe another server, and says why", "[tls]") {
    Authority authority;
    SECTION("of an authority that is not known") {
        RunningServer server(with(authority.issue()));
        CHECK(contains(refusal(options_for(server, Authority().file())), "--tls-ca"));
        CHECK(comes_to_hold([&] { return server.log().count("no TLS handshake") == 1; }));
    }
    SECTION("of an authority that the system does not know") {
        const RunningServer server(with(authority.issue()));
        CHECK(contains(refusal(options_for(server, "")), "--tls-ca"));
    }
    SECTION("of another name") {
        const RunningServer server(with(authority.issue({.names = "DNS:ledger.example.com,IP:127.0.0.1"})));
        CHECK(contains(refusal(options_for(server, authority.file(), "tls://localhost")), "is not for localhost"));
    }
    SECTION("of another address") {
        const RunningServer server(with(authority.issue({.names = "DNS:localhost,IP:192.0.2.1"})));
        CHECK(contains(refusal(options_for(server, authority.file())), "is not for 127.0.0.1"));
    }
    SECTION("of an address that is only written as a name") {
        const RunningServer server(with(authority.issue({.names = "DNS:127.0.0.1"})));
        CHECK(contains(refusal(options_for(server, authority.file())), "is not for 127.0.0.1"));
    }
    SECTION("whose time is over") {
        const RunningServer server(with(authority.issue({.valid_from_days = -10, .valid_until_days = -2})));
        CHECK(contains(refusal(options_for(server, authority.file())), "has expired"));
    }
    SECTION("whose time has not come") {
        const RunningServer server(with(authority.issue({.valid_from_days = 2, .valid_until_days = 10})));
        CHECK(contains(refusal(options_for(server, authority.file())), "is not valid yet"));
    }
}

TEST_CASE("authorities that cannot be read are told before anybody is connected to", "[tls]") {
    const TempDir directory;
    const auto file = (directory / "authorities.pem").string();
    SECTION("that are not there") {}
    SECTION("that are something else") { std::ofstream(file) << "nobody\n"; }
    const auto opened = Channel::open("tls://127.0.0.1:1", file);
    REQUIRE_FALSE(opened);
    CHECK(contains(opened.error(), file));
    CHECK(contains(opened.error(), "SEATLEDGER_TLS_CA"));
}

TEST_CASE("TLS with a server that does not speak it is told so", "[tls]") {
    Authority authority;
    SECTION("a server of ours") {
        RunningServer server;
        CHECK(contains(refusal(options_for(server, authority.file())), "does not speak TLS"));
        CHECK(comes_to_hold([&] { return server.log().count("this is TLS, which is not spoken here") == 1; }));
    }
    SECTION("another one") {
        FakeServer server([](FakeServer::Peer& peer) { peer.send_bytes("220 mail.example.com ESMTP\r\n"); });
        auto options = server.options();
        options.server = "tls://" + options.server;
        CHECK(contains(refusal(options), "does not speak TLS"));
    }
    SECTION("one that hangs up") {
        FakeServer server([](FakeServer::Peer&) {});
        auto options = server.options();
        options.server = "tls://" + options.server;
        CHECK(contains(refusal(options), "does it speak TLS?"));
    }
}

TEST_CASE("plain text with a server that speaks TLS is told so", "[tls]") {
    SECTION("a server of ours") {
        Authority authority;
        const RunningServer server(with(authority.issue()));
        const auto client = Client::connect(options_for(server, "", "127.0.0.1"));
        REQUIRE_FALSE(client);
        CHECK(contains(client.error(), "tls://"));
    }
    SECTION("another one, which answers with an alert") {
        FakeServer server([](FakeServer::Peer& peer) { peer.send_bytes({"\x15\x03\x03\x00\x02\x02\x46", 7}); });
        CHECK(contains(refusal(server.options()), "speaks TLS"));
    }
    SECTION("another one, whose alert comes with more") {
        FakeServer server([](FakeServer::Peer& peer) {
            peer.send_bytes({"\x15\x03\x03\x00\x02\x02\x46xxxxxxxxx", 16});
        });
        CHECK(contains(refusal(server.options()), "speaks TLS"));
    }
    SECTION("one that hangs up") {
        FakeServer server([](FakeServer::Peer&) {});
        CHECK(contains(refusal(server.options()), "name it tls://"));
    }
}

TEST_CASE("a client over TLS may send a lot while it is sent a lot", "[tls]") {
    Authority authority;
    const RunningServer server(with(authority.issue()));
    const auto client = Client::connect(options_for(server, authority.file()));
    REQUIRE(client);
    constexpr unsigned requests = 40;
    const auto refused = submit(Steps(2'000, registered(std::string(300, 'x'))));
    std::vector<Client::RequestId> ids;
    for (unsigned i = 0; i < requests; ++i) {
        const auto id = (*client)->send(refused);
        REQUIRE(id);
        ids.push_back(*id);
    }
    for (const auto id : ids) {
        const auto reply = (*client)->receive(id);
        REQUIRE(reply);
        CHECK(reply->get().getAnswers().size() == 2'000);
    }
}

TEST_CASE("a client over TLS takes in a replay while it gives credit for more", "[tls]") {
    Authority authority;
    const RunningServer server(with(authority.issue()));
    const auto client = Client::connect(options_for(server, authority.file()));
    REQUIRE(client);
    REQUIRE((*client)->send(submit(small_company())));
    constexpr int people = 3'000;
    for (int batch = 0; batch < 3; ++batch) {
        Steps some;
        for (int i = 0; i < people / 3; ++i) {
            some.push_back(registered("p" + std::to_string(batch) + "-" + std::to_string(i)));
        }
        REQUIRE((*client)->ask(submit(some), schema::ServerMessage::ANSWERS));
    }
    const auto id =
        (*client)->send([](schema::ClientMessage::Builder message) { message.initReplay().setCredit(16 * 1024); });
    REQUIRE(id);
    std::uint64_t last = 0;
    bool is_dense = true;
    for (bool done = false; !done;) {
        const auto reply = (*client)->receive(*id);
        REQUIRE(reply);
        const auto page = reply->get().getEvents();
        for (const auto& entry : entries_of(page.getEntries())) is_dense &= read_event(entry).getSequence() == ++last;
        done = page.getDone();
        REQUIRE((*client)->give_credit(*id, page.getEntries().size()));
    }
    CHECK(is_dense);
    CHECK(last > people);
}

TEST_CASE("a server over TLS that ends is told", "[tls]") {
    Authority authority;
    RunningServer server(with(authority.issue()));
    const auto client = Client::connect(options_for(server, authority.file()));
    REQUIRE(client);
    server.begin_to_stop();
    server.wait();
    const auto waited = (*client)->wait(1, -1, 10s);
    REQUIRE_FALSE(waited);
    CHECK(contains(waited.error(), "is lost"));
    CHECK(contains(waited.error(), (*client)->server()));
}

TEST_CASE("what a server says last over TLS is heard by who is still sending", "[tls]") {
    Authority authority;
    const RunningServer server([&](ServerOptions& options) {
        with(authority.issue())(options);
        options.limits.message_bytes_max = 1u << 20;
    });
    const auto client = Client::connect(options_for(server, authority.file()));
    REQUIRE(client);
    std::string error;
    for (int i = 0; i < 100 && error.empty(); ++i) {
        const auto sent = (*client)->send(
            [](schema::ClientMessage::Builder message) { message.initQuery().setCursor(std::string(4u << 20, 'x')); });
        if (!sent) error = sent.error();
    }
    if (error.empty()) {
        const auto waited = (*client)->wait(1'000, -1, 10s);
        REQUIRE_FALSE(waited);
        error = waited.error();
    }
    CHECK(contains(error, "at most 1048576 are read"));
}

}  // namespace
}  // namespace seatledger
