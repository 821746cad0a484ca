// The reducer's part of the phone configurations.
#include "engine/rules/due.h"
#include "events/people.h"
#include "events/text.h"
#include "projections/reducer.h"

namespace seatledger {

void Reducer::change_phone(schema::Event::Reader event, AccountState& account, RowBuffer& rows) {
    const auto user = subject_of(event);
    const auto key = tables::key_of(tables::Table::phones, account.number, user.value);
    change_row<rows::Phone>(key, rows, [&](rows::Phone::Builder row) {
        if (const Instant kept_until{row.getKeptUntil()}; kept_until != no_instant) {
            remove_due(account, rules::purge_of(user, kept_until), rows);
            row.setKeptUntil(no_instant.micros);
        }
        if (event.isPhoneSaved()) {
            rows.put(tables::key_of(tables::Table::phone_configs, account.number, user.value), sequence_,
                     view(event.getPhoneSaved().getConfig()));
            row.setKey(event.getPhoneSaved().getKey());
            row.setSavedAt(event.getEffectiveAt());
        } else if (event.isPhoneRetained()) {
            row.setKeptUntil(event.getPhoneRetained().getUntil());
            add_due(account, rules::purge_of(user, Instant{row.getKeptUntil()}), rows);
        } else if (event.isPhonePurged()) {
            row.setKey(0);
            row.setSavedAt(no_instant.micros);
        }
    });
}

}  // namespace seatledger
