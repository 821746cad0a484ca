// A block on its way to the disk, with what is not in it but must be there when it is.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/failure.h"
#include "engine/log/log.h"
#include "engine/vault/private_table.h"
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
};

// One thread at a time.
class BlockWriter {
 public:
    // Both must outlive it.
    BlockWriter(Log& log, PrivateTable& secrets) : log_(log), secrets_(secrets) {}

    // Durable on return, or nothing of the block is in the log.
    [[nodiscard]] std::expected<void, StorageFailure> write(const FinishedBlock& block);

 private:
    Log& log_;
    PrivateTable& secrets_;
};

}  // namespace seatledger
