// A data directory that no server holds.
#pragma once

#include <expected>
#include <filesystem>
#include <optional>
#include <string>

#include "engine/vault/vault.h"
#include "server/data_directory.h"

namespace seatledger {

// A data directory, and the file with its vault's master key, if it is not in the usual place.
struct OfflineData {
    std::filesystem::path directory;
    std::optional<std::filesystem::path> master_key_file;
};

// Where the parts of the ledger are. Errors are one line: what, and what to do; a directory without a ledger, or one
// that a server holds, is one.
[[nodiscard]] std::expected<DataDirectory, std::string> find_ledger(const OfflineData& data);

// Its vault. `has_events`: whether the log has some, whose keys must be there.
[[nodiscard]] std::expected<std::unique_ptr<Vault>, std::string> open_vault(const OfflineData& data,
                                                                            const DataDirectory& directory,
                                                                            bool has_events);

}  // namespace seatledger
