#include "engine/vault/rotation.h"

#include <kj/debug.h>

#include <memory>

#include "engine/random.h"
#include "engine/vault/directory.h"
#include "engine/vault/key_file.h"
#include "engine/vault/secret_key_file.h"

namespace seatledger {
namespace {

namespace fs = std::filesystem;

// One rotation in a directory that is open.
class Rotation {
 public:
    Rotation(const VaultDirectory& directory, const KeyFile& keys) : directory_(directory), keys_(keys) {}

    std::expected<Rotated, std::string> run(const MasterKeySource& before, const MasterKeySource& after) {
        const auto old_key = before.read(directory_.master_key());
        if (!old_key) return std::unexpected(old_key.error());
        const auto source = before.describe(directory_.master_key());
        rotated_.before = keys_.master_key_id();
        if (auto wrong = wrong_master_key(*old_key, source, rotated_.before, keys_.name())) {
            return std::unexpected(*wrong);
        }
        const auto new_key = make_master_key(after);
        if (!new_key) return std::unexpected(new_key.error());
        rotated_.after = id_of(*new_key);
        if (rotated_.after == rotated_.before) {
            return std::unexpected("the new master key is the one that the vault has already: that with the id " +
                                   to_text(rotated_.after));
        }
        if (auto written = write_keys(*old_key, *new_key); !written) return std::unexpected(written.error());
        // From here on the new one counts.
        if (auto replaced = replace_secret_file(directory_.new_keys(), directory_.keys()); !replaced) {
            return std::unexpected(replaced.error());
        }
        const auto placed = after.is_own() ? directory_.settle() : directory_.remove_master_key_unless(rotated_.after);
        if (!placed) return std::unexpected(placed.error());
        return rotated_;
    }

 private:
    // A new one of the vault's own lies beside the old one until the keys are wrapped by it.
    std::expected<SecretKey, std::string> make_master_key(const MasterKeySource& source) {
        if (!source.is_own()) return source.read(directory_.master_key());
        SecretKey key;
        random_->fill(key.bytes());
        if (auto written = write_secret_key(directory_.new_master_key(), key); !written) {
            return std::unexpected(written.error());
        }
        return key;
    }

    std::expected<void, std::string> write_keys(const SecretKey& old_key, const SecretKey& new_key) {
        std::expected<void, StorageFailure> written;
        const auto exception = kj::runCatchingExceptions([&] {
            written = write_key_file(directory_.new_keys(), rotated_.after, keys_.last().value,
                                     [&](KeyNumber number) { return rewrap(old_key, new_key, number); });
        });
        KJ_IF_MAYBE (thrown, exception) {
            return std::unexpected(thrown->getDescription().cStr());
        }
        if (!written) return std::unexpected(written.error().message);
        return {};
    }

    Slot rewrap(const SecretKey& old_key, const SecretKey& new_key, KeyNumber number) {
        ++rotated_.keys;
        const auto slot = keys_.read(number);
        if (!slot) {
            ++rotated_.destroyed;
            return std::nullopt;
        }
        const auto key = unwrap_key(old_key, number, *slot);
        KJ_REQUIRE(key.has_value(), "a key does not open by its master key; restore the file from a copy",
                   keys_.name().c_str(), number.value);
        Nonce nonce;
        random_->fill(nonce);
        return wrap_key(new_key, nonce, number, *key);
    }

    const VaultDirectory& directory_;
    const KeyFile& keys_;
    std::unique_ptr<RandomSource> random_ = make_system_random();
    Rotated rotated_;
};

}  // namespace

std::expected<Rotated, std::string> rotate(const fs::path& path, const MasterKeySource& before,
                                           const MasterKeySource& after) {
    std::error_code error;
    if (!fs::exists(path / "keys", error)) return std::unexpected("there is no vault in " + path.string());
    const auto directory = VaultDirectory::open(path);
    if (!directory) return std::unexpected(directory.error());
    const auto keys = open_key_file(directory->keys());
    if (!keys) return std::unexpected(keys.error().message);
    auto rotated = Rotation(*directory, **keys).run(before, after);
    if (!rotated) {
        // What cannot be cleared up now is by the next to open it.
        const auto settled = directory->settle();
        if (!settled) return std::unexpected(rotated.error() + "; " + settled.error());
    }
    return rotated;
}

}  // namespace seatledger
