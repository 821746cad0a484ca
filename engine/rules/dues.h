// What falls due in one account and is still to be recorded.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <set>

#include "engine/rules/entities.h"

namespace seatledger {

class Dues {
 public:
    // Gives whether that changed anything.
    bool add(const Due& due) { return set_of(due).insert(due).second; }
    bool remove(const Due& due) { return set_of(due).erase(due) > 0; }

    [[nodiscard]] bool contains(const Due& due) const {
        return (due.kind == DueKind::licenses_expire ? ends_ : others_).contains(due);
    }
    // Cost: constant.
    [[nodiscard]] std::optional<Due> first() const {
        if (ends_.empty() && others_.empty()) return {};
        if (ends_.empty()) return *others_.begin();
        if (others_.empty()) return *ends_.begin();
        return std::min(*ends_.begin(), *others_.begin());
    }
    // The first instant after `after` at which licenses end; nothing: there is none. Cost: logarithmic.
    [[nodiscard]] std::optional<Instant> next_end(Instant after) const {
        const auto next = ends_.upper_bound({after, DueKind::licenses_expire, UINT32_MAX});
        return next == ends_.end() ? std::nullopt : std::optional(next->instant);
    }
    // Calls `function(const Due&)` for each, ends of terms first.
    template <typename Function>
    void for_each(Function function) const {
        for (const auto& due : ends_) function(due);
        for (const auto& due : others_) function(due);
    }

    bool operator==(const Dues&) const = default;

 private:
    [[nodiscard]] std::set<Due>& set_of(const Due& due) {
        return due.kind == DueKind::licenses_expire ? ends_ : others_;
    }

    std::set<Due> ends_;  // of lots
    std::set<Due> others_;
};

}  // namespace seatledger
