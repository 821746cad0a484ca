// Where a server listens.
#include "server/listener.h"

#include "server/server.h"
#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace seatledger {
namespace {

using namespace testing;

TEST_CASE("plain text is served where only this machine can reach it", "[server][listener]") {
    const auto* host = GENERATE("127.0.0.1", "127.9.9.9", "::1", "::ffff:127.0.0.1", "localhost");
    CAPTURE(host);
    const auto found = find_listen_address({host, 7171});
    INFO((found ? "" : found.error()));
    REQUIRE(found);
    CHECK(found->port() == 7171);
}

TEST_CASE("plain text is not served where others can reach it, unless that is said", "[server][listener]") {
    // The addresses are those for documentation (RFC 5737, RFC 3849): nothing is sent to them.
    const auto* host = GENERATE("0.0.0.0", "::", "192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1", "10.0.0.1");
    CAPTURE(host);
    const auto refused = find_listen_address({host, 7171});
    REQUIRE_FALSE(refused);
    CHECK(contains(refused.error(), host));
    CHECK(contains(refused.error(), "--tls-cert"));
    CHECK(contains(refused.error(), "--insecure"));
    CHECK(find_listen_address({host, 7171, false}));
}

TEST_CASE("a host that is none is told", "[server][listener]") {
    const auto found = find_listen_address({"no-such-host.invalid", 7171});
    REQUIRE_FALSE(found);
    CHECK(contains(found.error(), "cannot listen on no-such-host.invalid:7171"));
}

TEST_CASE("a server that must not listen there does not start, and touches nothing", "[server][listener]") {
    const TempDir directory;
    ServerOptions options;
    options.data = directory / "data";
    options.host = "0.0.0.0";
    options.port = 0;
    const auto refused = Server::open(options, make_logger({}, LogFormat::text));
    REQUIRE_FALSE(refused);
    CHECK(contains(refused.error(), "0.0.0.0"));
    CHECK_FALSE(std::filesystem::exists(options.data));
    options.is_insecure = true;
    CHECK(Server::open(options, make_logger({}, LogFormat::text)));
}

}  // namespace
}  // namespace seatledger
