#include "tools/endpoint.h"

#include <charconv>
#include <system_error>
#include <utility>

namespace seatledger {

std::expected<Endpoint, std::string> parse_endpoint(std::string_view text, std::uint16_t port_min) {
    const auto refused = [&] {
        return std::unexpected("'" + std::string(text) + "' is no HOST:PORT (127.0.0.1:7171, [::1]:7171)");
    };
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return refused();
    auto host = text.substr(0, colon);
    const auto port = text.substr(colon + 1);
    if (host.starts_with('[') && host.ends_with(']')) {
        host = host.substr(1, host.size() - 2);
    } else if (host.find_first_of(":[]") != std::string_view::npos) {
        return refused();
    }
    std::uint16_t number = 0;
    const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
    if (host.empty() || error != std::errc() || end != port.data() + port.size() || number < port_min) {
        return refused();
    }
    return Endpoint{std::string(host), number};
}

std::expected<ServerAddress, std::string> parse_server(std::string_view text) {
    constexpr std::string_view scheme = "tls://";
    const bool is_tls = text.starts_with(scheme);
    auto endpoint = parse_endpoint(is_tls ? text.substr(scheme.size()) : text);
    if (endpoint) return ServerAddress{std::move(*endpoint), is_tls};
    return std::unexpected("'" + std::string(text) +
                           "' is no HOST:PORT (127.0.0.1:7171, [::1]:7171), nor tls://HOST:PORT");
}

}  // namespace seatledger
