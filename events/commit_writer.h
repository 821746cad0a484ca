// Writes the events of one commit into a block, all with the same envelope.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "events/block.h"
#include "events/event.capnp.h"
#include "events/ids.h"
#include "events/instant.h"

namespace seatledger {

// What all events of a commit have in common. Owns nothing.
struct Envelope {
    std::string_view account;  // empty: the catalogue
    Instant recorded_at;
    Instant effective_at;
    schema::Event::Principal principal = schema::Event::Principal::VENDOR;
    UserId actor;  // where the principal is a user
    bool via_vendor = false;
    std::optional<schema::Role> only_role;  // by which whoever sent it is judged; in no event
    Sequence corrects;
    std::string_view request_id;  // empty: none
    std::span<const std::uint8_t> request_digest;
    bool dry_run = false;  // the events will be shown and not kept: they get no sequence
};

// One thread; the block must outlive it.
class CommitWriter {
 public:
    CommitWriter(BlockBuilder& block, const Envelope& envelope) : block_(block), envelope_(envelope) {}

    // The next event, with its envelope filled in and its body still to be set. Valid until end().
    [[nodiscard]] schema::Event::Builder begin();
    void end();

    // Whether one of the events is over event_bytes_max: the commit must then be taken back.
    [[nodiscard]] bool has_too_large_event() const { return largest_event_bytes_ > event_bytes_max; }
    [[nodiscard]] std::size_t largest_event_bytes() const { return largest_event_bytes_; }

    [[nodiscard]] const Envelope& envelope() const { return envelope_; }

 private:
    BlockBuilder& block_;
    const Envelope& envelope_;
    std::size_t largest_event_bytes_ = 0;
};

}  // namespace seatledger
