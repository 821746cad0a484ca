// Folds what the log has into the state.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <expected>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/cached_state.h"
#include "engine/failure.h"
#include "engine/log/ahead.h"
#include "engine/log/log.h"
#include "engine/look_ahead.h"
#include "engine/rules/rules.h"
#include "events/block.h"

namespace seatledger {

// Reads the events of a log, block by block: on a thread of its own, if there are many, until it has reached the end.
// One thread. The log must outlive it.
class HeadReader {
 public:
    HeadReader(const Log& log, Sequence after);

    // What the next block has of events beyond `after`, valid until the next call; none: the log ends here. Fails if
    // the log cannot be read; must not be called again then.
    [[nodiscard]] std::expected<std::span<const rules::EventHead>, StorageFailure> next();

 private:
    struct Item {
        Words words;
        std::vector<rules::EventHead> heads;
        std::optional<StorageFailure> failure;
    };
    [[nodiscard]] bool read(Item& item, bool copies);

    Sequence after_;
    std::unique_ptr<LogCursor> cursor_;  // the other thread's while there is one
    Item own_;
    std::optional<Ahead<Item>> ahead_;
};

// Folds events into the state, in order, and calls `folded(head)` after each of them.
template <typename Folded>
void fold(std::span<const rules::EventHead> heads, CachedState& state, Folded folded) {
    LookAhead ahead(state);
    std::array<Subject, LookAhead::group_max> subjects;
    while (!heads.empty()) {
        const auto group = heads.first(std::min(heads.size(), subjects.size()));
        std::ranges::transform(group, subjects.begin(), [](const rules::EventHead& head) {
            return Subject{head.account, {}, head.user, head.license};
        });
        ahead.find(std::span(subjects).first(group.size()));
        for (std::size_t i = 0; i < group.size(); ++i) {
            ahead.expect(i);
            state.set_sequence(group[i].sequence);
            rules::evolve(state, group[i]);
            folded(group[i]);
        }
        heads = heads.subspan(group.size());
    }
}

// Folds in all that the log has beyond `after`.
template <typename Folded>
[[nodiscard]] std::expected<void, StorageFailure> fold_log(const Log& log, Sequence after, CachedState& state,
                                                           Folded folded) {
    HeadReader reader(log, after);
    while (true) {
        const auto heads = reader.next();
        if (!heads) return std::unexpected(heads.error());
        if (heads->empty()) return {};
        fold(*heads, state, folded);
    }
}

}  // namespace seatledger
