// How a server is named on the command line.
#pragma once

#include <cstdint>
#include <expected>
#include <string>
#include <string_view>

namespace seatledger {

// A host as a resolver takes it, an IPv6 address without its brackets; and a port.
struct Endpoint {
    std::string host;
    std::uint16_t port = 0;

    bool operator==(const Endpoint&) const = default;
};

// HOST:PORT or [v6]:PORT. The error says what was expected.
[[nodiscard]] std::expected<Endpoint, std::string> parse_endpoint(std::string_view text, std::uint16_t port_min = 1);

// What a client connects to, and how.
struct ServerAddress {
    Endpoint endpoint;
    bool is_tls = false;

    bool operator==(const ServerAddress&) const = default;
};

// tls://HOST:PORT, or HOST:PORT for plain text. The error says what was expected.
[[nodiscard]] std::expected<ServerAddress, std::string> parse_server(std::string_view text);

}  // namespace seatledger
