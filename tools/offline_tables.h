// Work on the tables of a data directory that no server holds.
#pragma once

#include <cstdint>
#include <expected>
#include <functional>
#include <string>

#include "server/wire.capnp.h"
#include "tools/offline_data.h"

namespace seatledger {

// Makes the tables anew and fills in their digests. Errors are one line: what, and what to do; a directory without a
// log, or one that a server holds, is one.
[[nodiscard]] std::expected<void, std::string> rebuild_offline(
    const OfflineData& data, const std::function<void(std::uint64_t done, std::uint64_t total)>& progress,
    schema::Digests::Builder digests);

// Brings the tables up to the end of the log and fills in their digests.
[[nodiscard]] std::expected<void, std::string> digest_offline(const OfflineData& data,
                                                              schema::Digests::Builder digests);

}  // namespace seatledger
