// The keyed digest by which a repeated command is recognised. Keyed, so that nothing in a command can be guessed
// from the log.
#pragma once

#include <array>
#include <cstdint>
#include <string_view>

#include "engine/hmac.h"
#include "engine/rules/caller.h"
#include "engine/tables.h"
#include "events/command.capnp.h"

namespace seatledger {

using DigestKey = std::array<std::uint8_t, 32>;

// HMAC-SHA-256, cut to 16 bytes, over the command's canonical encoding without its password, with the request id for
// which it is recorded, and over who sent it where that was not the vendor: a person, whatever their token is limited
// to, or a program by its role. The id, so that equal commands, and whom they name, do not look equal in the log.
// One thread.
class CommandDigester {
 public:
    explicit CommandDigester(const DigestKey& key) : mac_(key) {}

    [[nodiscard]] CommandDigest digest(schema::Command::Reader command, std::string_view request_id,
                                       const Caller& sender);

 private:
    HmacSha256 mac_;
};

}  // namespace seatledger
