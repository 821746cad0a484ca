// What lies in the server's data directory beside the databases, and where those are.
//
//   format         the version of what lies here, as text
//   log/           the log, which locks the directory
//   projections/   the tables; may be deleted while the server does not run
//   vendor.token   what clients show to be let in: 64 hexadecimal digits and a newline, readable by its owner only
//   ledger.key     32 bytes, readable by its owner only: by them repeated commands are recognised
#pragma once

#include <expected>
#include <filesystem>
#include <string>

#include "engine/digest.h"

namespace seatledger {

class DataDirectory {
 public:
    // Makes the directory if need be. Fails if that cannot be done, or if a newer program has written in it.
    [[nodiscard]] static std::expected<DataDirectory, std::string> open(const std::filesystem::path& directory);

    [[nodiscard]] std::filesystem::path log() const { return directory_ / "log"; }
    [[nodiscard]] std::filesystem::path projections() const { return directory_ / "projections"; }
    [[nodiscard]] std::filesystem::path token_file() const { return directory_ / "vendor.token"; }

    // The following make what is missing; only once the log is open, which keeps other processes out. What they make
    // is durable when they return. They fail if a file cannot be read or written, or is not what it should be.

    [[nodiscard]] std::expected<std::string, std::string> token() const;
    // With events in the log a key that is missing has been lost, and is not made anew: no command that was sent
    // again would be recognised, and all would be refused or done twice.
    [[nodiscard]] std::expected<DigestKey, std::string> ledger_key(bool log_is_empty) const;

 private:
    explicit DataDirectory(std::filesystem::path directory) : directory_(std::move(directory)) {}

    std::filesystem::path directory_;
};

}  // namespace seatledger
