// Passwords in commands that repeat an earlier one. What the log keeps of a command, to know it again, leaves its
// password out; so whether it is the same one is found out here, from what the vault keeps of passwords.
#pragma once

#include <span>
#include <vector>

#include "engine/answer.h"
#include "engine/vault/secrets.h"
#include "projections/projections.h"
#include "server/answers.h"

namespace seatledger {

// One submit's. One thread at a time.
class RepeatedPasswords {
 public:
    // Of the commands and the answers to them, those which were given before and may have set a password.
    RepeatedPasswords(Commands commands, std::span<const Answer> answers);

    // Whether none is left to be looked at.
    [[nodiscard]] bool empty() const { return left_.empty(); }

    // Looks at the next ones, until one password has been hashed, and rejects in `answers` (request_id_reused) where
    // the command has another password than the one that the first command set, or where that cannot be told any more:
    // only a person's last few passwords are kept. Where the person was erased nothing is rejected. Both as they were
    // given to the constructor; the tables must have last_replayed(). A kj::Exception where storage cannot be read.
    // Cost: up to that of is_password(), which is why it belongs on the hasher's thread.
    void check_some(const Projections& projections, const Secrets& secrets, Commands commands,
                    std::span<Answer> answers);

 private:
    std::vector<unsigned> left_;  // the next one last
};

}  // namespace seatledger
