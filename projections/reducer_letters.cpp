// The reducer's part of letters to people.
#include "engine/rules/reminders.h"
#include "events/text.h"
#include "projections/reducer.h"

namespace seatledger {

void Reducer::queue_letter(AccountState& account, schema::NotificationQueued::Reader body, RowBuffer& rows) {
    const tables::UnsentLetter letter{account.number, UserId(body.getUser()), sequence_};
    account.letters.insert(letter);
    rows.put_index(tables::letter_key(letter), account.id);
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

// Nobody can write to them any more.
void Reducer::erase_person(AccountState& account, schema::PersonErased::Reader body, RowBuffer& rows) {
    const UserId user(body.getUser());
    mention(tables::mention_key(account.number, user), rows);
    for (auto letter = account.letters.lower_bound({account.number, user, Sequence()});
         letter != account.letters.end() && letter->user == user;) {
        rows.remove_index(tables::letter_key(*letter));
        letter = account.letters.erase(letter);
    }
}

}  // namespace seatledger
