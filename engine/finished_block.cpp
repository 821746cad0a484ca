#include "engine/finished_block.h"

#include <map>

#include "engine/vault/kept_passwords.h"

namespace seatledger {

std::expected<void, StorageFailure> BlockWriter::write(const FinishedBlock& block) {
    // Each row by itself: one person may have changed twice.
    for (const auto& change : block.passwords) {
        const PrivateTable::Row row[] = {
            password_row(secrets_.rows, change.account, change.user, {change.sequence, change.hash})};
        if (auto written = secrets_.rows.write(row); !written) return written;
    }
    if (auto durable = secrets_.vault.make_durable(); !durable) return durable;
    if (auto appended = log_.append(block.first, *block.words); !appended) return appended;
    if (block.destroyed.empty()) return {};
    // The projections do it again, in case this is cut short here.
    return secrets_.vault.destroy(block.destroyed);
}

}  // namespace seatledger
