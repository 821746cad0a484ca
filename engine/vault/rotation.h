// Another master key for all keys of a vault.
#pragma once

#include <cstdint>
#include <expected>
#include <filesystem>
#include <string>

#include "engine/vault/master_key.h"

namespace seatledger {

struct Rotated {
    MasterKeyId before{};
    MasterKeyId after{};
    std::uint64_t keys = 0;
    std::uint64_t destroyed = 0;  // of these
};

// Wraps every key that is not destroyed anew, by the master key from `after`: one that is there, or, for the vault's
// own, one that is made for it. A crash leaves the vault with one or the other; the next to open it clears up. What was
// wrapped by the old master key is then in no file, nor is that master key, if it was the vault's own. Fails if the
// vault is open, if `before` is not its master key, if `after` is the same, or if a key is damaged; the vault is then
// as it was. Cost: two microseconds a key.
[[nodiscard]] std::expected<Rotated, std::string> rotate(const std::filesystem::path& directory,
                                                         const MasterKeySource& before, const MasterKeySource& after);

}  // namespace seatledger
