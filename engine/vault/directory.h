// The vault's directory: what lies in it, and that one process at a time has it open.
//
//   keys         the wrapped keys (key_file.h)
//   master.key   the master key, unless it lies elsewhere (master_key.h)
//   rows/        the private rows (private_table.h)
//   lock         is locked while the directory is open
//   *.new        half of a rotation, or of a first start, that was cut short
#pragma once

#include <expected>
#include <filesystem>
#include <string>

#include "engine/files.h"
#include "engine/vault/master_key.h"

namespace seatledger {

// Open, and locked, as long as this exists.
class VaultDirectory {
 public:
    // Makes the directory if need be, in one that exists. Brings a rotation that was cut short to its end if the keys
    // are wrapped by the new master key already, and else undoes it. Fails if another process has it open, or if the
    // storage fails.
    [[nodiscard]] static std::expected<VaultDirectory, std::string> open(const std::filesystem::path& directory);

    [[nodiscard]] const std::filesystem::path& path() const { return path_; }
    [[nodiscard]] std::filesystem::path keys() const { return path_ / "keys"; }
    [[nodiscard]] std::filesystem::path new_keys() const { return path_ / "keys.new"; }
    [[nodiscard]] std::filesystem::path master_key() const { return path_ / "master.key"; }
    [[nodiscard]] std::filesystem::path new_master_key() const { return path_ / "master.key.new"; }
    [[nodiscard]] std::filesystem::path rows() const { return path_ / "rows"; }

    // Finishes or undoes a rotation that was cut short, as open() does. Nothing to do: does nothing.
    [[nodiscard]] std::expected<void, std::string> settle() const;

    // Removes a master key of the vault's own that is not the one with this id: it opens nothing here any more.
    [[nodiscard]] std::expected<void, std::string> remove_master_key_unless(const MasterKeyId& id) const;

 private:
    VaultDirectory(std::filesystem::path path, Descriptor lock) : path_(std::move(path)), lock_(std::move(lock)) {}

    std::filesystem::path path_;
    Descriptor lock_;
};

}  // namespace seatledger
