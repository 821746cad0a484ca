// The reducer's part of letters to people.
#include "engine/rules/reminders.h"
#include "events/text.h"
#include "projections/reducer.h"

namespace seatledger {

void Reducer::queue_letter(schema::Event::Reader event, AccountState& account, RowBuffer& rows) {
    const auto body = event.getNotificationQueued();
    const tables::UnsentLetter letter{account.number, UserId(body.getUser()), sequence_};
    // A reminder that is recorded only when the day is over reminds nobody of anything.
    const bool is_over = body.getLetter() == schema::Letter::TERM_ENDS && body.getEndsBy() < event.getRecordedAt();
    if (!is_over) {
        account.letters.insert(letter);
        rows.put_index(tables::letter_key(letter), account.id);
    }
    mention(tables::mention_key(account.number, letter.user), rows);
    if (body.hasInvoice()) {
        mention(tables::mention_key(account.number, tables::Mention::invoice, view(body.getInvoice())), rows);
    }
    if (!rules::note_reminded(account.reminded, body)) return;
    write_account(account, rows);
    keep_reminder(account, rows);
}

void Reducer::send_letter(AccountState& account, schema::NotificationSent::Reader body, RowBuffer& rows) {
    const UserId user(body.getUser());
    mention(tables::mention_key(account.number, user), rows);
    const tables::UnsentLetter letter{account.number, user, Sequence(body.getNotification())};
    if (account.letters.erase(letter) > 0) rows.remove_index(tables::letter_key(letter));
}

// Nobody writes to them any more.
void Reducer::drop_letters(AccountState& account, UserId user, RowBuffer& rows) {
    for (auto letter = account.letters.lower_bound({account.number, user, Sequence()});
         letter != account.letters.end() && letter->user == user;) {
        rows.remove_index(tables::letter_key(*letter));
        letter = account.letters.erase(letter);
    }
}

}  // namespace seatledger
