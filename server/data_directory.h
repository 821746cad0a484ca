// What lies in the server's data directory beside the databases, and where those are.
//
//   format         the version of what lies here, as text
//   log/           the log, which locks the directory
//   projections/   the tables; may be deleted while the server does not run
//   vendor.token   what clients show to be let in: 64 hexadecimal digits and a newline, readable by its owner only
//   checkpoint.key by which checkpoints are signed, readable by its owner only
//   access.log     who read what; older ones are access.1.log, access.2.log …
//   merkle/        the log's Merkle tree, and what was signed of it
//   outbox/        letters as files, where no mail server is named
//   vault/         the keys by which personal data is sealed, and what else may be neither in the log nor in the tables
#pragma once

#include <expected>
#include <filesystem>
#include <string>

namespace seatledger {

class DataDirectory {
 public:
    // Makes the directory if need be. Fails if that cannot be done, or if a newer program has written in it.
    [[nodiscard]] static std::expected<DataDirectory, std::string> open(const std::filesystem::path& directory);

    [[nodiscard]] std::filesystem::path log() const { return directory_ / "log"; }
    [[nodiscard]] std::filesystem::path projections() const { return directory_ / "projections"; }
    [[nodiscard]] std::filesystem::path vault() const { return directory_ / "vault"; }
    [[nodiscard]] std::filesystem::path private_rows() const { return vault() / "rows"; }
    [[nodiscard]] std::filesystem::path merkle() const { return directory_ / "merkle"; }
    [[nodiscard]] std::filesystem::path signing_key_file() const { return directory_ / "checkpoint.key"; }
    [[nodiscard]] std::filesystem::path outbox() const { return directory_ / "outbox"; }
    [[nodiscard]] std::filesystem::path access_log() const { return directory_ / "access.log"; }
    [[nodiscard]] std::filesystem::path token_file() const { return directory_ / "vendor.token"; }

    // Made if it is missing; only once the log is open, which keeps other processes out. It is durable then. Fails if
    // the file cannot be read or written, or is not what it should be.
    [[nodiscard]] std::expected<std::string, std::string> token() const;

 private:
    explicit DataDirectory(std::filesystem::path directory) : directory_(std::move(directory)) {}

    std::filesystem::path directory_;
};

}  // namespace seatledger
