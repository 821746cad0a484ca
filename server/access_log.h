// Who read what: a file of its own beside the server's log, a JSON object a line, rotated by size.
//
// A line names people by their account and number, as events do; addresses are in the vault only, so that whoever is
// erased is not found here either.
#pragma once

#include <spdlog/logger.h>

#include <cstddef>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "events/ids.h"
#include "server/access.h"
#include "server/wire.capnp.h"

namespace seatledger {

struct AccessLogOptions {
    std::filesystem::path file;        // empty: in the data directory; the older ones are numbered: access.1.log …
    std::size_t bytes_max = 16 << 20;  // of one file
    std::size_t files_max = 10;        // older ones that are kept
};

class AccessLog {
 public:
    // Appends to the file, which only its owner may read. Fails if it cannot be written.
    [[nodiscard]] static std::expected<std::unique_ptr<AccessLog>, std::string> open(const AccessLogOptions& options);

    // Whether a line is due for such a request: whether it reads what belongs to an account, or all of the ledger.
    [[nodiscard]] static bool is_reading(schema::ClientMessage::Reader asked);

    // Who bears an address that the request names, or ever bore it, in the request's account.
    using PeopleOf = std::function<std::vector<UserId>(std::string_view email)>;

    // `outcome`: done, failed, asked (of a replay, before it begins; if it is refused, that is a line of its own), or
    // the rule by which it was refused. Any thread. Cost: microseconds, a write to the file system included. A file
    // that cannot be written is told to the server's log once, and holds up nobody.
    void note(std::string_view peer, const Token& token, schema::ClientMessage::Reader asked, const PeopleOf& people_of,
              std::string_view outcome);

 private:
    explicit AccessLog(std::shared_ptr<spdlog::logger> file) : file_(std::move(file)) {}

    std::shared_ptr<spdlog::logger> file_;
};

}  // namespace seatledger
