// A block on its way to the disk, with what is not in it but must be there when it is.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/failure.h"
#include "engine/log/log.h"
#include "engine/vault/secrets.h"
#include "events/block.h"
#include "events/ids.h"

namespace seatledger {

// Somebody's new password, as it is kept.
struct PasswordChange {
    AccountNumber account;
    UserId user;
    Sequence sequence;  // of its passwordChanged, which is in the block
    std::string hash;
};

struct FinishedBlock {
    Sequence first;
    std::shared_ptr<const Words> words;  // null: there is none
    std::vector<PasswordChange> passwords;
    std::vector<KeyNumber> destroyed;  // keys: an event in it erases what is sealed with them
    std::vector<PersonName> erased;    // people: an event in it erases what there is of them
    KeyNumber last_key;                // no event in it is sealed with a newer one
};

// One thread at a time.
class BlockWriter {
 public:
    // All of it must outlive this.
    BlockWriter(Log& log, const Secrets& secrets) : log_(log), secrets_(secrets) {}

    // Durable on return, with the keys of what is sealed in it; and what it erases cannot be read any more. After a
    // failure the block may be in the log, but nobody must be told so.
    [[nodiscard]] std::expected<void, StorageFailure> write(const FinishedBlock& block);

 private:
    Log& log_;
    Secrets secrets_;
};

}  // namespace seatledger
