// What the tests of log-ins, tokens and roles do again and again, as clients of a server.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>

#include "events/instant.h"
#include "events/text.h"
#include "server/network.h"
#include "tests/support/session_steps.h"

namespace seatledger::testing {

inline constexpr std::string_view good_password = "correct horse battery";

// For servers of which it does not matter how fast one may guess.
inline void with_cheap_passwords(ServerOptions& options) { options.limits.password_cost.log2_n = 4; }

[[nodiscard]] inline TestClient::Fill log_in(std::string account, std::string email, std::string password) {
    return [=](ClientMessage::Builder message) {
        auto body = message.initLogIn();
        body.setProtocolVersion(schema::PROTOCOL_VERSION);
        body.setAccount(text(account));
        body.setEmail(text(email));
        body.setPassword(text(password));
    };
}

// As name@acme.test of acme, on a connection of its own; gives the server's answer.
[[nodiscard]] inline Reply try_log_in(const RunningServer& server, const std::string& name,
                                      std::string_view password = good_password) {
    TestClient client(server.port());
    return client.ask(1, log_in("acme", name + "@acme.test", std::string(password)));
}

// What is asked for a token; empty texts are left out.
struct Wish {
    std::string account = {};
    std::string name = {};  // of name@acme.test
    std::string role = {};
    Instant expires_at = no_instant;
};

[[nodiscard]] inline TestClient::Fill issue(const Wish& wish) {
    return [wish](ClientMessage::Builder message) {
        auto body = message.initIssueToken();
        if (!wish.account.empty()) body.setAccount(text(wish.account));
        if (!wish.name.empty()) body.setEmail(text(wish.name + "@acme.test"));
        if (!wish.role.empty()) body.setRole(text(wish.role));
        body.setExpiresAt(wish.expires_at.micros);
    };
}

struct TokenInHand {
    std::string shown;
    std::uint32_t number = 0;
    Instant expires_at = no_instant;
};

// Of an answer with a token.
inline TokenInHand token_in(Reply reply) {
    INFO(reply.failure());
    REQUIRE(reply.get().isToken());
    const auto row = reply.get().getToken().getRow();
    return {std::string(view(reply.get().getToken().getToken())), row.getNumber(), Instant{row.getExpiresAt()}};
}

// Issued by the vendor.
[[nodiscard]] inline TokenInHand token_for(const RunningServer& server, const Wish& wish) {
    auto vendor = server.connect();
    return token_in(vendor.ask(1, issue(wish)));
}

// A connection of name@acme.test of acme, who need not have a password.
[[nodiscard]] inline TestClient connect_as(const RunningServer& server, const std::string& name) {
    return {server.port(), token_for(server, {"acme", name}).shown};
}

[[nodiscard]] inline TestClient::Fill revoke(std::uint32_t number) {
    return [number](ClientMessage::Builder message) { message.setRevokeToken(number); };
}
[[nodiscard]] inline TestClient::Fill list_tokens() {
    return [](ClientMessage::Builder message) { message.initListTokens(); };
}

// The id of the rule that a failure names; "" if it names none, or is none.
[[nodiscard]] inline std::string rule_of(Reply reply) {
    return reply.get().isFailure() ? std::string(view(reply.get().getFailure().getRejected())) : "";
}

[[nodiscard]] inline std::string set_password(const std::string& name, std::string_view password = good_password) {
    return acme("'setPassword':{'email':'" + name + "@acme.test','password':'" + std::string(password) + "'}");
}

[[nodiscard]] inline Instant now_and(std::chrono::milliseconds more) {
    return Instant{system_now().micros + std::chrono::microseconds(more).count()};
}

}  // namespace seatledger::testing
