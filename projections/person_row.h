// The row of a person: who they are is sealed in it.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/rules/seals.h"
#include "engine/vault/secrets.h"
#include "events/ids.h"
#include "projections/address_cache.h"
#include "projections/database.h"
#include "projections/rows.capnp.h"

namespace seatledger {

// The address and the name of the person whose row this is. Nothing: there is none, or it was erased. Cost: a
// microsecond or two.
[[nodiscard]] std::optional<std::string> email_in(rows::User::Reader row, const Seals& seals, std::string_view account,
                                                  UserId user);
[[nodiscard]] std::optional<std::string> name_in(rows::User::Reader row, const Seals& seals, std::string_view account,
                                                 UserId user);

// The address of the person at `at`, as it stands in their row; nothing: there was no such person yet. Cost: a
// look-up in the cache, or a seek, or two where the row has changed since.
[[nodiscard]] std::optional<SealedAddress> address_at(const Snapshot& snapshot, AddressCache& cache,
                                                      AccountNumber account, UserId user, Sequence at);
// In the clear; nothing: there is none, or it was erased. Cost: a microsecond.
[[nodiscard]] std::optional<std::string> open_address(const SealedAddress& address, const Seals& seals,
                                                      std::string_view account, UserId user);

// Who bore the address at `at`; `folded` by fold_case(). 0: nobody.
[[nodiscard]] UserId bearer_at(const Snapshot& snapshot, const Secrets& secrets, AccountNumber account,
                               std::string_view account_id, std::string_view folded, Sequence at);

// Who was removed while they bore the address, in the order in which they were, and had been by `at`; but for those
// who have been erased, whenever that was.
[[nodiscard]] std::vector<UserId> removed_at(const Snapshot& snapshot, const Secrets& secrets, AccountNumber account,
                                             std::string_view account_id, std::string_view folded, Sequence at);

// The id under which the account with this number is known; nothing: there was none at `at`.
[[nodiscard]] std::optional<std::string> account_id(const Snapshot& snapshot, AccountNumber account, Sequence at);

}  // namespace seatledger
