// Log-in with an e-mail address and a password.
#pragma once

#include <optional>
#include <string_view>

#include "engine/rules/caller.h"
#include "engine/vault/private_table.h"
#include "projections/projections.h"
#include "server/passwords.h"

namespace seatledger {

struct KnownPerson {
    Caller caller;
    AccountNumber account;
    Sequence password;  // its passwordChanged
    Sequence as_of;     // it was the one that was recorded by then
};

// Whom the address and the password belong to; nothing: to nobody, of which the caller learns no more, neither by the
// answer nor by the time that it took: it is that of a password of this cost. The tables must have what the log has.
// Any thread.
[[nodiscard]] std::optional<KnownPerson> find_person(const Projections& projections, const PrivateTable& secrets,
                                                     std::string_view account, std::string_view email,
                                                     std::string_view password, const PasswordCost& cost);

// Whether the password has not been changed since they were found. To be asked once they have been let in: who changes
// it ends only those log-ins that there are. Any thread.
[[nodiscard]] bool has_same_password(const Log& log, const PrivateTable& secrets, const KnownPerson& person);

// Whether the person is registered, and the password that was set by that event is theirs still, as far as the tables
// have got. So it is asked of log-ins: what ends them when the password is changed may have been cut short. A
// kj::Exception where storage cannot be read. Any thread. Cost: a look-up or two.
[[nodiscard]] bool is_still_password(const Projections& projections, const PrivateTable& secrets,
                                     std::string_view account, UserId user, Sequence password);

}  // namespace seatledger
