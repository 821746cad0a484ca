// What the tests of connections do again and again.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "server/json.h"
#include "tests/support/catch.h"
#include "tests/support/running_server.h"

namespace seatledger::testing {

using schema::ClientMessage;

inline const TestClient::Fill ask_status = [](ClientMessage::Builder message) { message.setStatus(); };

// Whether somebody else is served as ever.
inline bool serves(const RunningServer& server) {
    auto client = server.connect();
    return client.ask(1, ask_status).get().getStatus().getHealthy();
}

inline int misbehaved(RunningServer& server) { return server.log().count("misbehaved"); }

inline std::vector<std::string> answers_of(Reply& reply) {
    std::vector<std::string> answers;
    for (const auto answer : reply.get().getAnswers()) write_answer(answer, answers.emplace_back());
    return answers;
}

inline std::vector<std::string> submit_to(TestClient& client, const Steps& commands, std::uint64_t id = 1'000) {
    auto reply = client.ask(id, submit(commands));
    INFO(reply.failure());
    REQUIRE(reply.get().isAnswers());
    return answers_of(reply);
}

}  // namespace seatledger::testing
