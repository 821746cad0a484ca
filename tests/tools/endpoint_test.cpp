#include "tools/endpoint.h"

#include "tests/support/catch.h"

namespace seatledger {
namespace {

TEST_CASE("an endpoint is HOST:PORT, or an IPv6 address in brackets") {
    CHECK(parse_endpoint("127.0.0.1:7171") == Endpoint{"127.0.0.1", 7171});
    CHECK(parse_endpoint("ledger.example.com:1") == Endpoint{"ledger.example.com", 1});
    CHECK(parse_endpoint("[::1]:65535") == Endpoint{"::1", 65'535});
    CHECK(parse_endpoint("localhost:0", 0) == Endpoint{"localhost", 0});
}

TEST_CASE("what is no endpoint is refused") {
    const auto* text =
        GENERATE("", ":", "localhost", "localhost:", ":7171", "localhost:0", "localhost:65536", "::1:7171", "[::1]",
                 "[]:7171", "localhost:7171 ", "localhost:+1", "[::1:7171", "a:b:1");
    CAPTURE(text);
    const auto parsed = parse_endpoint(text);
    REQUIRE_FALSE(parsed);
    CHECK(parsed.error().find("HOST:PORT") != std::string::npos);
}

TEST_CASE("a server is HOST:PORT, or tls://HOST:PORT") {
    CHECK(parse_server("127.0.0.1:7171") == ServerAddress{{"127.0.0.1", 7171}, false});
    CHECK(parse_server("tls://ledger.example.com:7171") == ServerAddress{{"ledger.example.com", 7171}, true});
    CHECK(parse_server("tls://[::1]:7171") == ServerAddress{{"::1", 7171}, true});
}

TEST_CASE("what is no server is refused") {
    const auto* text = GENERATE("", "tls://", "tls://localhost", "tls://localhost:0", "TLS://localhost:1",
                                "tcp://localhost:1", "tls:localhost:1", "tls://tls://localhost:1", "localhost:1/");
    CAPTURE(text);
    const auto parsed = parse_server(text);
    REQUIRE_FALSE(parsed);
    CHECK(testing::contains(parsed.error(), "tls://HOST:PORT"));
}

}  // namespace
}  // namespace seatledger
