// What a reading is about: an instant, an event, and what was known when.
#pragma once

#include <optional>
#include <string_view>

#include "events/ids.h"
#include "events/instant.h"

namespace seatledger {

struct AsOf {
    Instant instant = no_instant;   // what had taken effect by then …
    Sequence sequence;              // … or had been recorded up to this event; 0 with no instant: now. Not both
    Instant known_at = no_instant;  // and had been recorded by then; no_instant: whenever

    [[nodiscard]] bool is_now() const { return instant == no_instant && !sequence && known_at == no_instant; }
};

// As it stands in a query, a history or a replay.
template <typename Read>
[[nodiscard]] AsOf as_of_in(Read read) {
    return {Instant{read.getAsOf()}, Sequence(read.getAsOfSequence()), Instant{read.getKnownAt()}};
}

// Which events of those: what took effect at or after `from`, and at or before `to`; no_instant: no limit.
struct EffectiveSpan {
    Instant from = no_instant;
    Instant to = no_instant;

    // no_instant lies before every other instant.
    [[nodiscard]] bool is_after(Instant instant) const { return instant < from; }
    [[nodiscard]] bool is_before(Instant instant) const { return to != no_instant && instant > to; }
    [[nodiscard]] bool is_limited() const { return from != no_instant || to != no_instant; }
};

// As it stands in a history or a replay.
template <typename Read>
[[nodiscard]] EffectiveSpan effective_span_in(Read read) {
    return {Instant{read.getEffectiveFrom()}, Instant{read.getEffectiveTo()}};
}

// What is wrong with it, whatever the log has; nothing: nothing is.
[[nodiscard]] inline std::optional<std::string_view> contradiction_in(const AsOf& as_of) {
    if (as_of.instant == no_instant || !as_of.sequence) return {};
    return "asOf and asOfSequence cannot stand together; give one of them";
}

}  // namespace seatledger
