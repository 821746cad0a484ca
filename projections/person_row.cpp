#include "projections/person_row.h"

#include <algorithm>
#include <utility>

#include "engine/vault/addresses.h"
#include "events/sealed.h"
#include "events/text.h"
#include "projections/stored.h"
#include "projections/tables.h"

namespace seatledger {

std::optional<SealedAddress> address_at(const Snapshot& snapshot, AddressCache& cache, AccountNumber account,
                                        UserId user, Sequence at) {
    if (auto kept = cache.find(account, user, at)) return kept;
    const auto key = tables::key_of(tables::Table::users, account, user.value);
    const auto read = [&](Sequence sequence) -> std::optional<SealedAddress> {
        SealedAddress address;
        const auto value = snapshot.get(key, sequence, &address.since);
        if (!value) return {};
        Stored<rows::User> row(*value);
        address.key = KeyNumber(row.get().getKey());
        address.box = view(row.get().getEmail());
        return address;
    };
    // Most rows have not changed since, and then that is known of all the time in between.
    const auto end = snapshot.checkpoint();
    auto newest = read(end);
    if (!newest || newest->since > at) return read(at);
    cache.keep(account, user, *newest, end);
    return newest;
}

std::optional<std::string> open_address(const SealedAddress& address, const Seals& seals, std::string_view account,
                                        UserId user) {
    if (address.box.empty()) return {};
    return seals.open(address.key, seal_context(Personal::email, account, user), address.box);
}

std::optional<std::string> email_in(rows::User::Reader row, const Seals& seals, std::string_view account, UserId user) {
    return open_address({KeyNumber(row.getKey()), std::string(view(row.getEmail())), {}}, seals, account, user);
}

std::optional<std::string> name_in(rows::User::Reader row, const Seals& seals, std::string_view account, UserId user) {
    if (!row.hasName()) return {};
    return seals.open(KeyNumber(row.getKey()), seal_context(Personal::name, account, user), view(row.getName()));
}

UserId bearer_at(const Snapshot& snapshot, const Secrets& secrets, AccountNumber account, std::string_view account_id,
                 std::string_view folded, Sequence at) {
    for (const auto user : bearers_of(secrets, account, folded)) {
        const auto value = snapshot.get(tables::key_of(tables::Table::users, account, user.value), at);
        if (!value) continue;  // registered later
        Stored<rows::User> row(*value);
        if (row.get().getRemoved()) continue;
        const auto email = email_in(row.get(), secrets.vault, account_id, user);
        if (email && fold_case(*email) == folded) return user;
    }
    return {};
}

std::vector<UserId> removed_at(const Snapshot& snapshot, const Secrets& secrets, AccountNumber account,
                               std::string_view account_id, std::string_view folded, Sequence at) {
    std::vector<std::pair<Sequence, UserId>> removed;  // nothing changes the row of who has been removed
    for (const auto user : bearers_of(secrets, account, folded)) {
        Sequence version;
        const auto value = snapshot.get(tables::key_of(tables::Table::users, account, user.value), at, &version);
        if (!value) continue;  // registered later
        Stored<rows::User> row(*value);
        if (!row.get().getRemoved()) continue;
        const auto email = email_in(row.get(), secrets.vault, account_id, user);
        if (email && fold_case(*email) == folded) removed.emplace_back(version, user);
    }
    std::ranges::sort(removed);
    std::vector<UserId> users;
    for (const auto& [by, user] : removed) users.push_back(user);
    return users;
}

std::optional<std::string> account_id(const Snapshot& snapshot, AccountNumber account, Sequence at) {
    const auto row = snapshot.get(tables::key_of(tables::Table::accounts, account), at);
    if (!row) return {};
    return std::string(view(Stored<rows::Account>(*row).get().getId()));
}

}  // namespace seatledger
