// Reminders that terms end: to the super admins, 30 and 7 times 24 h before. One letter is about all licenses that end
// on the same day of the account's calendar; it is due before the first of them. When it is due follows from the ends
// that are known, so what is revoked before is not in it, and what is bought before is.
#pragma once

#include <cstdint>
#include <optional>

#include "engine/rules/state.h"
#include "events/commit_writer.h"
#include "events/event.capnp.h"

namespace seatledger::rules {

// So many times 24 h.
[[nodiscard]] constexpr std::int64_t days_in_micros(std::uint32_t days) {
    return std::int64_t{days} * 24 * 3'600 * 1'000'000;
}

// The reminder that is due next. `next_end(Instant after)` gives the first instant after that at which licenses end
// that was not recorded, if there is one. Nothing: none is, as far as is known.
template <typename NextEnd>
[[nodiscard]] std::optional<Due> next_reminder(const Reminded& reminded, NextEnd next_end) {
    std::optional<Due> next;
    for (std::size_t i = 0; i < reminder_days.size(); ++i) {
        const std::optional<Instant> end = next_end(reminded[i]);
        if (!end) continue;
        const auto kind = i == 0 ? DueKind::remind_first : DueKind::remind_last;
        const Due due{Instant{end->micros - days_in_micros(reminder_days[i])}, kind, 0};
        if (!next || due < *next) next = due;
    }
    return next;
}

// Licenses were issued at `t` that end then: it is too late for some reminders. Gives whether it is for any.
bool note_issued(Reminded& reminded, Instant valid_until, Instant t);
// The account's past was brought in, and that was recorded at `t`: whose reminder was due by then gets none.
void note_imported(Reminded& reminded, Instant t);
// Gives whether the letter was a reminder.
bool note_reminded(Reminded& reminded, schema::NotificationQueued::Reader body);

// The letters of the reminder that is due, to each super admin one.
void write_reminders(const Account& account, const Due& due, CommitWriter& writer);

}  // namespace seatledger::rules
