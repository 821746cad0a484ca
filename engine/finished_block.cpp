#include "engine/finished_block.h"

#include <map>

#include "engine/vault/kept_passwords.h"

namespace seatledger {

std::expected<void, StorageFailure> BlockWriter::write(const FinishedBlock& block) {
    // Each row by itself: one person may have changed twice.
    for (const auto& change : block.passwords) {
        const PrivateTable::Row row[] = {
            password_row(secrets_, change.account, change.user, {change.sequence, change.hash})};
        if (auto written = secrets_.write(row); !written) return written;
    }
    return log_.append(block.first, *block.words);
}

}  // namespace seatledger
