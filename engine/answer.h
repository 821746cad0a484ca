// What the engine answers to one command.
#pragma once

#include <boost/container/small_vector.hpp>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/rules/rejection.h"
#include "events/block.h"
#include "events/ids.h"
#include "events/instant.h"
#include "events/text.h"
#include "events/types.capnp.h"

namespace seatledger {

// Whom an event names, with the address at that time.
struct Person {
    UserId user;
    ShortText email;
};

// What is still billed for somebody: a license, or places in queues.
struct Billed {
    struct Queue {
        std::string id;
        schema::QueueKind kind;
    };
    std::string sku;
    LicenseNumber license;
    std::vector<Queue> queues;
};

// The parts fit together like this: rejected: only `rejection` (and `rows` of an atomic bulk command). Repeated
// under its request id: `replayed`, `first` and `last`; the events are in the log, and a password in the command has
// not been compared with the first one's. Otherwise what it appended.
struct Answer {
    std::optional<Rejection> rejection;

    Sequence first;  // of its events; 0: it appended none
    Sequence last;
    std::shared_ptr<const Words> block;                // keeps `entries` alive
    std::span<const std::uint64_t> entries;            // the events, see Entries
    boost::container::small_vector<Person, 1> people;  // everyone whom the events name, once
    bool replayed = false;
    bool dry_run = false;

    bool unbound = false;  // a license was taken away; what is left:
    std::vector<Billed> still_billed;
    Instant phone_kept_until = no_instant;  // whose license it was; no_instant: nothing is kept

    std::vector<Answer> rows;  // of a bulk command, one a row
};

}  // namespace seatledger
