#include "projections/phone_queries.h"

#include <algorithm>

#include "engine/rules/phone.h"
#include "events/sealed.h"
#include "events/text.h"
#include "projections/rows.capnp.h"
#include "projections/stored.h"

namespace seatledger {
namespace {

using tables::key_of;
using tables::Table;

// Until when what is in use by the rows is kept, if the last license that it needs was gone by then, which the rows do
// not say yet: its term had ended and that was still to be recorded, or the next event of the commit says it.
// no_instant: it is in use.
Instant unrecorded_end(const View& view, UserId user) {
    const auto value = view.rows().get(key_of(Table::holdings, view.account(), user.value), view.sequence());
    auto last = no_instant;
    for (const auto& holding : value ? tables::read_holdings(*value) : Holdings()) {
        if (!view.product(holding.product).keeps_phone) continue;
        if (holding.valid_until > view.time()) return no_instant;
        last = std::max(last, holding.valid_until);
    }
    // What ended before the newest event is recorded, so it is that event that took the last one.
    return rules::phone_kept_until(std::max(last, last_effective_at(view.rows(), view.account(), view.sequence())));
}

}  // namespace

PhoneState phone_of(const View& view, UserId user) {
    const auto value = view.rows().get(key_of(Table::phones, view.account(), user.value), view.sequence());
    if (!value) return {};
    Stored<rows::Phone> stored(*value);
    const auto row = stored.get();
    if (row.getKey() == 0) return {};
    PhoneState phone;
    phone.kept_until = Instant{row.getKeptUntil()};
    if (phone.kept_until == no_instant) phone.kept_until = unrecorded_end(view, user);
    if (phone.kept_until != no_instant && phone.kept_until <= view.time()) return {};
    phone.status = phone.kept_until == no_instant ? schema::PhoneStatus::SAVED : schema::PhoneStatus::KEPT;
    phone.saved_at = Instant{row.getSavedAt()};
    const auto config = view.rows().get(key_of(Table::phone_configs, view.account(), user.value), view.sequence());
    phone.config = view.secrets().vault.open(KeyNumber(row.getKey()),
                                             seal_context(Personal::phone, view.account_id(), user), config.value());
    return phone;
}

}  // namespace seatledger
