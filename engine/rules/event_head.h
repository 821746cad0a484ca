// What folding an event in looks at, read once: each look into a message costs as much as the folding.
#pragma once

#include <cstdint>
#include <string_view>

#include "events/block.h"
#include "events/event.capnp.h"
#include "events/ids.h"
#include "events/instant.h"

namespace seatledger::rules {

// Owns nothing: the entry's bytes must outlive it.
struct EventHead {
    EventHead() = default;
    // What is no event is a kj::Exception.
    explicit EventHead(const Entry& from);

    [[nodiscard]] schema::Event::Reader event() const { return read_event({words, 0}); }

    const std::uint64_t* words = nullptr;  // of the entry
    Sequence sequence;
    std::string_view account;  // empty: it is one of the catalogue
    Instant recorded_at;
    Instant effective_at;
    UserId actor;           // 0: no person
    UserId user;            // whom it is about; 0: nobody
    LicenseNumber license;  // that was given to them or taken away; 0: none was
    schema::Event::Which which = schema::Event::NONE;
    bool has_request_id = false;
};

}  // namespace seatledger::rules
