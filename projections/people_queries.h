// Questions about people.
#pragma once

#include <expected>
#include <optional>

#include "projections/query.capnp.h"
#include "projections/rows.capnp.h"
#include "projections/view.h"

namespace seatledger {

// Who is registered, in the order of registration, from the one with this id on. Gives where the next page begins.
[[nodiscard]] std::optional<UserId> answer_users(const View& view, schema::UserFilter::Reader filter, UserId from,
                                                 std::uint32_t limit, schema::Rows::Builder rows);

// One person, who exists (names.h), with every product of the account, on or off.
void answer_user(const View& view, schema::UserName::Reader question, schema::Rows::Builder rows);

// What the two above say of a person, whose row of the table of users this is, as far as it does not follow from
// others.
void write_user_state(const View& view, UserId user, rows::User::Reader value, schema::DiffRow::UserState::Builder row);

}  // namespace seatledger
