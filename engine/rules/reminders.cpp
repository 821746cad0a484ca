#include "engine/rules/reminders.h"

#include <kj/debug.h>

#include <algorithm>

#include "events/calendar.h"
#include "events/text.h"

namespace seatledger::rules {

bool note_issued(Reminded& reminded, Instant valid_until, Instant t) {
    bool is_late = false;
    for (std::size_t i = 0; i < reminder_days.size(); ++i) {
        // Whatever else ends until then was due by `t` as well, and has been reminded of.
        if (valid_until.micros - days_in_micros(reminder_days[i]) > t.micros || valid_until <= reminded[i]) continue;
        reminded[i] = valid_until;
        is_late = true;
    }
    return is_late;
}

void note_imported(Reminded& reminded, Instant t) {
    for (std::size_t i = 0; i < reminder_days.size(); ++i) {
        reminded[i] = std::max(reminded[i], Instant{t.micros + days_in_micros(reminder_days[i])});
    }
}

bool note_reminded(Reminded& reminded, schema::NotificationQueued::Reader body) {
    if (body.getLetter() != schema::Letter::TERM_ENDS) return false;
    const auto days = std::ranges::find(reminder_days, body.getDaysLeft());
    KJ_REQUIRE(days != reminder_days.end(), "a reminder of a kind that this version does not know", body.getDaysLeft());
    auto& until = reminded[static_cast<std::size_t>(days - reminder_days.begin())];
    until = std::max(until, Instant{body.getEndsBy()});
    return true;
}

void write_reminders(const Account& account, const Due& due, CommitWriter& writer) {
    const auto days = reminder_days[due.kind == DueKind::remind_first ? 0 : 1];
    const Instant first_end{due.instant.micros + days_in_micros(days)};
    KJ_REQUIRE(account.zone != nullptr, "the system's tz database lacks the account's time zone", account.id.c_str());
    const auto day = civil_day(first_end, *account.zone);
    const auto next_day = end_of_day(day, *account.zone);
    const auto ends_by = next_day ? Instant{next_day->micros - 1} : last_instant;
    const auto ends_on = to_text(day);
    for (const auto user : account.super_admins) {
        auto queued = writer.begin().initNotificationQueued();
        queued.setUser(user.value);
        queued.setLetter(schema::Letter::TERM_ENDS);
        queued.setDaysLeft(days);
        queued.setEndsOn(text(ends_on));
        queued.setEndsBy(ends_by.micros);
        writer.end();
    }
}

}  // namespace seatledger::rules
