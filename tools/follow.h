// Reading on and on, over as many connections as it takes: a server that is restarted, or a network that fails, ends
// nothing.
#pragma once

#include <chrono>
#include <expected>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "events/ids.h"
#include "tools/client.h"

namespace seatledger {

// Time between two tries to connect: twice as much after each, until one of the connections was of use.
inline constexpr auto follow_wait_min = std::chrono::milliseconds(100);
inline constexpr auto follow_wait_max = std::chrono::milliseconds(5'000);

struct Following {
    std::function<std::expected<std::unique_ptr<Client>, Trouble>()> connect;

    // Reads behind seen() until there is nothing more to come, or it was interrupted. It fails as the client does.
    std::function<std::expected<void, std::string>(Client&)> read;

    // The last event that need not be read again.
    std::function<Sequence()> seen;

    // Waits for so long; gives false, earlier, if it was interrupted.
    std::function<bool(std::chrono::milliseconds)> wait;

    // Says something to people, in one line.
    std::function<void(std::string_view)> tell;
};

// Begins with `client`. When the connection is lost, or the server says that it is stopping, another one is made, and
// reading goes on there; until that is at its end or was interrupted. Fails on what no other connection mends: what the
// server refuses, and a log that ends before what was seen of it.
[[nodiscard]] std::expected<void, std::string> follow(std::unique_ptr<Client> client, const Following& following);

}  // namespace seatledger
