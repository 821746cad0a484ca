// Folds what the log has into the state, a block at a time.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <utility>

#include "engine/cached_state.h"
#include "engine/look_ahead.h"
#include "engine/rules/rules.h"
#include "events/block.h"
#include "events/people.h"
#include "events/text.h"

namespace seatledger {

// What an event says of whom it is about.
[[nodiscard]] inline Subject subject_of_event(schema::Event::Reader event) {
    const auto account = view(event.getAccount());
    const auto of = [&](schema::LicenseHeld::Reader held) {
        return Subject{account, {}, UserId(held.getUser()), LicenseNumber(held.getLicense())};
    };
    switch (event.which()) {
        case schema::Event::LICENSE_BOUND: return of(event.getLicenseBound());
        case schema::Event::LICENSE_UNBOUND: return of(event.getLicenseUnbound());
        default: return {account, {}, subject_of(event), {}};
    }
}

// Folds the block's events beyond `after` into the state, in order, and calls `folded(event)` after each of them.
template <typename Folded>
void fold_block(const BlockView& block, Sequence after, CachedState& state, Folded folded) {
    constexpr auto distance = LookAhead::distance;
    LookAhead ahead(state);
    std::array<std::pair<Sequence, schema::Event::Reader>, distance> events;
    std::size_t seen = 0;
    const auto fold_one = [&](std::size_t at) {
        const auto& [sequence, event] = events[at % distance];
        state.set_sequence(sequence);
        rules::evolve(state, event);
        folded(event);
    };
    for (const auto& entry : block.entries()) {
        if (entry.sequence <= after) continue;
        if (seen >= distance) fold_one(seen - distance);
        const auto event = read_event(entry);
        events[seen % distance] = {entry.sequence, event};
        ahead.add(subject_of_event(event));
        ++seen;
    }
    for (auto at = seen - std::min(seen, distance); at < seen; ++at) fold_one(at);
}

}  // namespace seatledger
