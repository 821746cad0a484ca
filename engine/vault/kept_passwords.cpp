#include "engine/vault/kept_passwords.h"

#include <algorithm>
#include <cstdint>
#include <sstream>

namespace seatledger {
namespace {

// Beside the newest: more than one only where the engine crashed in between.
constexpr std::size_t older_max = 3;

}  // namespace

std::string password_key(AccountNumber account, UserId user) {
    return "password/" + std::to_string(account.value) + "/" + std::to_string(user.value);
}

std::vector<KeptPassword> kept_passwords(const PrivateTable& table, AccountNumber account, UserId user) {
    const auto value = table.get(password_key(account, user));
    std::vector<KeptPassword> kept;
    if (!value) return kept;
    std::istringstream lines(*value);
    std::uint64_t sequence = 0;
    for (std::string hash; lines >> sequence >> hash;) kept.push_back({Sequence(sequence), hash});
    return kept;
}

PrivateTable::Row password_row(const PrivateTable& table, AccountNumber account, UserId user,
                               const KeptPassword& newest) {
    const auto line = [](const KeptPassword& password) {
        return std::to_string(password.sequence.value) + " " + password.hash + "\n";
    };
    auto older = kept_passwords(table, account, user);
    // One of the same event is of an attempt that never came to an end.
    std::erase_if(older, [&](const KeptPassword& password) { return password.sequence >= newest.sequence; });
    if (older.size() > older_max) older.resize(older_max);
    auto value = line(newest);
    for (const auto& password : older) value += line(password);
    return {password_key(account, user), value};
}

}  // namespace seatledger
