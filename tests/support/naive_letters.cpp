// Letters to people: in which language, and reminders that terms end.
#include <algorithm>

#include "events/calendar.h"
#include "events/text.h"
#include "tests/support/naive_model.h"

namespace seatledger::testing {

using naive::Account;
using naive::Reminder;

namespace {

constexpr std::int64_t day_micros = std::int64_t{24} * 3'600 * 1'000'000;

CivilDay day_of_end(const Account& account, const naive::Lot& lot) {
    return civil_day(Instant{lot.valid_until}, *find_time_zone(account.zone));
}

}  // namespace

schema::Language naive::language_of(capnp::Text::Reader name, schema::Language otherwise) {
    if (view(name) == "en") return schema::Language::EN;
    if (view(name) == "ru") return schema::Language::RU;
    if (view(name) == "pt") return schema::Language::PT;
    return otherwise;
}

// Of every lot that goes on, 30 and 7 days before its end: unless the letter about its day has been written, or would
// have been before it was bought, or before the account's past was all there.
std::optional<Reminder> NaiveModel::find_reminder(const Account& account, std::int64_t& instant) {
    std::optional<Reminder> found;
    if (account.importing) return found;
    for (const std::uint32_t days : {30, 7}) {
        for (const auto& lot : account.lots) {
            const auto at = lot.valid_until - days * day_micros;
            if (lot.end_recorded || at >= instant || at <= lot.valid_from || at <= account.imported_until) continue;
            const Reminder reminder{to_text(day_of_end(account, lot)), days};
            if (is_revoked(account, lot) || std::ranges::find(account.reminders, reminder) != account.reminders.end()) {
                continue;
            }
            found = reminder;
            instant = at;
        }
    }
    return found;
}

void NaiveModel::remind(naive::Case& c, const Reminder& reminder) {
    const auto end = std::ranges::find_if(
        c.account->lots, [&](const naive::Lot& lot) { return to_text(day_of_end(*c.account, lot)) == reminder.day; });
    const auto& zone = *find_time_zone(c.account->zone);
    for (const auto& user : c.account->users) {
        if (user.removed || !user.has(schema::Role::SUPER_ADMIN)) continue;
        auto letter = c.event().initNotificationQueued();
        letter.setUser(user.id);
        letter.setLetter(schema::Letter::TERM_ENDS);
        letter.setDaysLeft(reminder.days);
        letter.setEndsOn(text(reminder.day));
        const auto midnight = end_of_day(day_of_end(*c.account, *end), zone);
        letter.setEndsBy(midnight ? midnight->micros - 1 : last_instant.micros);
    }
}

void NaiveModel::apply_letters(Account& account, schema::Event::Reader event) {
    if (!event.isNotificationQueued()) return;
    const auto body = event.getNotificationQueued();
    if (body.getLetter() == schema::Letter::TERM_ENDS) {
        account.reminders.push_back({std::string(view(body.getEndsOn())), body.getDaysLeft()});
    }
}

}  // namespace seatledger::testing
