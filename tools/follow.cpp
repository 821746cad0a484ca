#include "tools/follow.h"

#include <algorithm>
#include <utility>

namespace seatledger {
namespace {

// Null: it was interrupted. `wait`: how long before the first try; it is then as long as before the next one.
std::expected<std::unique_ptr<Client>, std::string> connect_again(const Following& following,
                                                                  std::chrono::milliseconds& wait) {
    for (;;) {
        if (!following.wait(wait)) return nullptr;
        wait = std::min(2 * wait, follow_wait_max);
        auto client = following.connect();
        if (client) return std::move(*client);
        if (!client.error().passes) return std::unexpected(std::move(client.error().message));
    }
}

std::string shorter_log(const Client& client, Sequence seen) {
    return "the log of " + client.server() + " ends at event " + std::to_string(client.last_sequence().value) +
           ", before event " + std::to_string(seen.value) +
           " that was read already: is it another ledger, or an older copy of this one?";
}

}  // namespace

std::expected<void, std::string> follow(std::unique_ptr<Client> client, const Following& following) {
    auto wait = follow_wait_min;
    for (;;) {
        const auto before = following.seen();
        const auto read = following.read(*client);
        if (read) return {};
        if (!client->trouble_passes()) return read;
        if (following.seen() > before) wait = follow_wait_min;
        following.tell(read.error() + "; connecting again, to go on behind event " +
                       std::to_string(following.seen().value) + " (Ctrl-C ends it)");
        auto next = connect_again(following, wait);
        if (!next) return std::unexpected(std::move(next.error()));
        if (*next == nullptr) return {};
        client = std::move(*next);
        if (client->last_sequence() < following.seen()) {
            return std::unexpected(shorter_log(*client, following.seen()));
        }
        following.tell("connected to " + client->server() + " again");
    }
}

}  // namespace seatledger
