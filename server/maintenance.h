// What takes long and is seldom asked for: digests of the tables, and making them anew.
#pragma once

#include <functional>

#include "server/service.h"
#include "server/session.h"

namespace seatledger {

// Tells how far a rebuild is. On its thread.
using TellProgress = std::function<void(std::unique_ptr<OutMessage>)>;

// Makes the tables anew and answers with their digests; now and then with how far it is. Logs where they differ from
// those before. Ends early if the server stops. The service must outlive it.
[[nodiscard]] Work make_rebuild(const Service& service, std::uint64_t id, TellProgress tell);

// Answers with the digests of the tables, once they have what the log had when it was asked for.
[[nodiscard]] Work make_digest(const Service& service, std::uint64_t id);

}  // namespace seatledger
