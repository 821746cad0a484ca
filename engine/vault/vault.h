// The vault: seals personal data, each person's with a key of their own. Who destroys the key has erased the data,
// wherever it is stored.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <deque>
#include <expected>
#include <filesystem>
#include <memory>
#include <mutex>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/failure.h"
#include "engine/hmac.h"
#include "engine/random.h"
#include "engine/rules/seals.h"
#include "engine/vault/cipher.h"
#include "engine/vault/directory.h"
#include "engine/vault/key_cache.h"
#include "engine/vault/key_file.h"
#include "engine/vault/master_key.h"
#include "events/ids.h"

namespace seatledger {

struct VaultOptions {
    MasterKeySource master_key = MasterKeySource::own();
    // Whether there is data that needs keys: a file of keys that is missing has then been lost, and is not made anew.
    bool ledger_has_events = false;
    // Null: OpenSSL's.
    std::shared_ptr<RandomSource> random = nullptr;
    std::size_t cached_keys_max = 1 << 18;
};

// Any thread, all of it. A key number that was never given is a kj::Exception: it comes from data that is newer than
// the file of keys. So is storage that cannot be read.
//
// `context` says which field of whom a box holds: it is not in the box, but it opens only with it, so that nobody can
// put it in another place.
class Vault final : public Seals {
 public:
    // Opens the vault in `directory`, or makes one there, with a master key of its own if `master_key` says so. Fails
    // if another process has it open, if the master key is missing or the wrong one, if keys have been lost, or if
    // the storage fails; the message says what to do.
    [[nodiscard]] static std::expected<std::unique_ptr<Vault>, std::string> open(const std::filesystem::path& directory,
                                                                                 const VaultOptions& options = {});
    // Over a file of keys that nobody else writes and that has the ledger's own keys, or nothing yet. Throws where
    // `master_key` is not the right one.
    Vault(std::unique_ptr<KeyFile> file, const SecretKey& master_key, std::shared_ptr<RandomSource> random,
          std::size_t cached_keys_max);

    // Random; usable at once. After a crash it is as if it had never been made, unless make_durable() had returned: so
    // that must come before anything is stored that was sealed with it.
    [[nodiscard]] KeyNumber make_key() override;
    [[nodiscard]] bool is_usable(KeyNumber number) const override;

    // As if the keys behind `last` had never been made: nobody has what was sealed with them, and their numbers are
    // given again. They must not have been made durable.
    void give_back(KeyNumber last);

    // A box (sealed_box.h). Equal texts have unequal boxes. The key must not have been destroyed. Cost: a microsecond.
    [[nodiscard]] std::string seal(KeyNumber number, std::string_view context, std::string_view clear) override;
    // Nothing: the key has been destroyed. A kj::Exception: the box was changed, or made with another key or context.
    // Cost: less than a microsecond while the key is in the cache, else two.
    [[nodiscard]] std::optional<std::string> open(KeyNumber number, std::string_view context,
                                                  std::string_view box) const override;
    // The box's own key, which opens it and no other. Nothing: the key has been destroyed, or it is no box.
    [[nodiscard]] std::optional<SecretKey> box_key(KeyNumber number, std::string_view box) const;
    [[nodiscard]] bool is_destroyed(KeyNumber number) const;

    // Reads every key of the file; gives those that are neither whole nor destroyed, so that open() throws. Cost: two
    // microseconds a key.
    [[nodiscard]] std::vector<KeyNumber> damaged_keys() const;
    // What messages call the file of keys.
    [[nodiscard]] std::string name() const { return file_->name(); }

    // Every key up to `last` is durable when it returns, and those behind it are not made so. Cost: a sync, or next to
    // nothing if there is none. After a failure no key becomes durable or is destroyed any more (fail-stop).
    [[nodiscard]] std::expected<void, StorageFailure> make_durable(KeyNumber last);
    // All that had been made when this was called.
    [[nodiscard]] std::expected<void, StorageFailure> make_durable() { return make_durable(last_key()); }
    // Durably when it returns; no call that begins then opens anything with these keys. Again: changes nothing. Fails,
    // and has destroyed none, if one of them was never given; fails like make_durable(). Not for the ledger's own keys.
    [[nodiscard]] std::expected<void, StorageFailure> destroy(std::span<const KeyNumber> numbers);

    // By which an address is looked up, so that it need not be stored: the same for the same address, different in
    // every account and in every vault.
    [[nodiscard]] Mac address_mac(std::uint32_t account, std::string_view folded_address) const;

    // For the digests of commands: the same as long as the vault lives.
    [[nodiscard]] std::array<std::uint8_t, 32> digest_key() const;

    // The newest key that was made, durable or not. Cost: a nanosecond.
    [[nodiscard]] KeyNumber last_key() const { return KeyNumber(last_key_.load()); }

 private:
    struct PendingKey {
        std::optional<SecretKey> key;  // nothing: destroyed already
        Nonce nonce;                   // to wrap it with
    };

    [[nodiscard]] std::optional<SecretKey> key_of(KeyNumber number) const;
    [[nodiscard]] std::optional<SecretKey> find_uncached(KeyNumber number) const;
    [[nodiscard]] SecretKey own_key(KeyNumber number) const;
    [[nodiscard]] std::expected<void, StorageFailure> append_pending(KeyNumber last);
    [[nodiscard]] std::expected<void, StorageFailure> destroy_in_file(std::span<const KeyNumber> numbers);

    std::optional<VaultDirectory> directory_;  // locked as long as the vault is open; nothing: in memory
    std::shared_ptr<RandomSource> random_;
    std::unique_ptr<KeyFile> file_;
    SecretKey master_key_;
    mutable KeyCache cache_;

    std::mutex writing_;  // who appends to the file or destroys in it; locked before pending_mutex_
    mutable std::mutex pending_mutex_;
    std::deque<PendingKey> pending_;  // not yet in the file, and numbered from first_pending_ on
    KeyNumber first_pending_;
    std::atomic<std::uint64_t> last_key_ = 0;  // changed while pending_mutex_ is locked

    SecretKey digest_key_;
    mutable std::mutex mac_mutex_;
    mutable std::optional<HmacSha256> look_up_;
};

// For tests, and for what need not outlive the process. From the same seed come the same keys and boxes.
[[nodiscard]] std::unique_ptr<Vault> make_memory_vault(std::uint64_t seed);

}  // namespace seatledger
