// The reducer's part of what falls due by itself.
#include <algorithm>

#include "engine/rules/reminders.h"
#include "projections/reducer.h"
#include "projections/view.h"

namespace seatledger {

void Reducer::load_dues(const Snapshot& snapshot, AccountState& account) {
    scan_dues(snapshot, account.number, first_instant, at_, [&](const Due& due) {
        account.dues.add(due);
        return true;
    });
    account.reminder = next_reminder(account);
}

void Reducer::end_import(schema::Event::Reader event, AccountState& account, RowBuffer& rows) {
    account.importing = false;
    rules::note_imported(account.reminded, Instant{std::max(event.getEffectiveAt(), event.getRecordedAt())});
    write_account(account, rows);
    // While the past was brought in nothing fell due; now all of it does at once.
    account.dues.for_each([&](const Due& due) { write_due(account, due, rows); });
    keep_reminder(account, rows);
}

void Reducer::write_due(const AccountState& account, const Due& due, RowBuffer& rows) {
    rows.put_index(tables::due_key(account.number, due), account.id);
    earliest_due_ = std::min(earliest_due_, due.instant);
}

void Reducer::add_due(AccountState& account, const Due& due, RowBuffer& rows) {
    account.dues.add(due);
    rows.put(tables::dues_key(account.number, due), sequence_, tables::still_due);
    if (!account.importing) write_due(account, due, rows);
    if (due.kind == DueKind::licenses_expire) keep_reminder(account, rows);
}

void Reducer::remove_due(AccountState& account, const Due& due, RowBuffer& rows) {
    account.dues.remove(due);
    rows.put(tables::dues_key(account.number, due), sequence_, tables::not_due);
    rows.remove_index(tables::due_key(account.number, due));
    if (due.kind == DueKind::licenses_expire) keep_reminder(account, rows);
}

std::optional<Due> Reducer::next_reminder(const AccountState& account) {
    if (account.importing) return {};
    return rules::next_reminder(account.reminded, [&](Instant after) { return account.dues.next_end(after); });
}

// After a change of what it follows from. Of the reminders only the next one is in the index.
void Reducer::keep_reminder(AccountState& account, RowBuffer& rows) {
    const auto next = next_reminder(account);
    if (next == account.reminder) return;
    if (account.reminder) rows.remove_index(tables::due_key(account.number, *account.reminder));
    if (next) write_due(account, *next, rows);
    account.reminder = next;
}

}  // namespace seatledger
