// Folds what the log has into the state.
#pragma once

#include <algorithm>
#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/ahead.h"
#include "engine/cached_state.h"
#include "engine/failure.h"
#include "engine/log/log.h"
#include "engine/look_ahead.h"
#include "engine/rules/rules.h"
#include "events/block.h"

namespace seatledger {

// Some events, one after the other, read so far that they need only be folded in. Owns nothing.
struct ReadEvents {
    std::span<const rules::EventHead> heads;
    std::span<const Subject> subjects;  // of each

    [[nodiscard]] std::size_t size() const { return heads.size(); }
    [[nodiscard]] bool empty() const { return heads.empty(); }
    [[nodiscard]] ReadEvents first(std::size_t count) const { return {heads.first(count), subjects.first(count)}; }
    [[nodiscard]] ReadEvents from(std::size_t index) const { return {heads.subspan(index), subjects.subspan(index)}; }
};

// Reads the events of a log, block by block: on a thread of its own, if there are many, until it has reached the end.
// One thread. The log must outlive it.
class EventReader {
 public:
    EventReader(const Log& log, Sequence after);

    // What the next block has of events beyond `after`, valid until the next call; none: the log ends here. Fails if
    // the log cannot be read; must not be called again then.
    [[nodiscard]] std::expected<ReadEvents, StorageFailure> next();

 private:
    struct Item {
        Words words;
        std::vector<rules::EventHead> heads;
        std::vector<Subject> subjects;
        std::string accounts;  // the ids that the heads and the subjects look at
        std::optional<StorageFailure> failure;
    };
    [[nodiscard]] bool read(Item& item, bool copies);
    static void gather_accounts(Item& item);

    Sequence after_;
    std::unique_ptr<LogCursor> cursor_;  // the other thread's while there is one
    Item own_;
    std::optional<Ahead<Item>> ahead_;
};

// Folds events into the state, in order, and calls `folded(head)` after each of them.
template <typename Folded>
void fold(ReadEvents events, CachedState& state, Folded folded) {
    LookAhead ahead(state);
    while (!events.empty()) {
        const auto group = events.first(std::min(events.size(), LookAhead::group_max));
        ahead.find(group.subjects);
        for (std::size_t i = 0; i < group.size(); ++i) {
            ahead.expect(i);
            state.set_sequence(group.heads[i].sequence);
            rules::evolve(state, group.heads[i]);
            folded(group.heads[i]);
        }
        events = events.from(group.size());
    }
}

// Folds in all that the log has beyond `after`.
template <typename Folded>
[[nodiscard]] std::expected<void, StorageFailure> fold_log(const Log& log, Sequence after, CachedState& state,
                                                           Folded folded) {
    EventReader reader(log, after);
    while (true) {
        const auto events = reader.next();
        if (!events) return std::unexpected(events.error());
        if (events->empty()) return {};
        fold(*events, state, folded);
    }
}

}  // namespace seatledger
