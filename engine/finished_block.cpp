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
    if (auto durable = secrets_.vault.make_durable(block.last_key); !durable) return durable;
    if (auto appended = log_.append(block.first, *block.words); !appended) return appended;
    // The projections do these again, in case it is cut short here.
    if (!block.destroyed.empty()) {
        if (auto destroyed = secrets_.vault.destroy(block.destroyed); !destroyed) return destroyed;
    }
    if (block.erased.empty() || secrets_.files == nullptr) return {};
    return secrets_.files->remove(block.erased);
}

}  // namespace seatledger
