#include "engine/vault/vault.h"

#include <kj/debug.h>

#include <algorithm>
#include <vector>

#include "engine/vault/sealed_box.h"
#include "engine/vault/secret_key_file.h"

namespace seatledger {
namespace {

namespace fs = std::filesystem;

// The ledger's own keys, made with the file.
constexpr KeyNumber look_up_key(1);
constexpr KeyNumber digest_key_number(2);
constexpr std::uint64_t own_keys = 2;

SecretKey random_key(RandomSource& random) {
    SecretKey key;
    random.fill(key.bytes());
    return key;
}

Nonce random_nonce(RandomSource& random) {
    Nonce nonce;
    random.fill(nonce);
    return nonce;
}

Slot random_slot(RandomSource& random, const SecretKey& master_key, KeyNumber number) {
    const auto key = random_key(random);
    return wrap_key(master_key, random_nonce(random), number, key);
}

std::unexpected<std::string> lost_keys(const fs::path& keys) {
    return std::unexpected(keys.string() +
                           " is missing, but the ledger has events that were sealed with its keys; restore it, and the "
                           "master key that belongs to it, from a copy of the data directory");
}

std::expected<void, std::string> make_keys(const VaultDirectory& directory, const SecretKey& master_key,
                                           RandomSource& random) {
    const auto slot = [&](KeyNumber number) { return random_slot(random, master_key, number); };
    if (auto written = write_key_file(directory.new_keys(), id_of(master_key), own_keys, slot); !written) {
        return std::unexpected(written.error().message);
    }
    return replace_secret_file(directory.new_keys(), directory.keys());
}

// Without keys that are wrapped by it, a master key of the vault's own is made where there is none.
std::expected<SecretKey, std::string> first_master_key(const VaultDirectory& directory, const MasterKeySource& source,
                                                       RandomSource& random) {
    std::error_code error;
    if (!source.is_own() || fs::exists(directory.master_key(), error)) return source.read(directory.master_key());
    const auto key = random_key(random);
    if (auto written = write_secret_key(directory.master_key(), key); !written) {
        return std::unexpected(written.error());
    }
    return key;
}

}  // namespace

std::expected<std::unique_ptr<Vault>, std::string> Vault::open(const fs::path& path, const VaultOptions& options) {
    std::shared_ptr<RandomSource> random = options.random ? options.random : make_system_random();
    auto directory = VaultDirectory::open(path);
    if (!directory) return std::unexpected(directory.error());
    std::error_code error;
    if (!fs::exists(directory->keys(), error)) {
        if (error) return std::unexpected(cannot("read", directory->keys(), error.value()));
        if (options.ledger_has_events) return lost_keys(directory->keys());
        const auto key = first_master_key(*directory, options.master_key, *random);
        if (!key) return std::unexpected(key.error());
        if (auto made = make_keys(*directory, *key, *random); !made) return std::unexpected(made.error());
    }
    auto file = open_key_file(directory->keys());
    if (!file) return std::unexpected(file.error().message);
    const auto key = options.master_key.read(directory->master_key());
    if (!key) return std::unexpected(key.error());
    const auto source = options.master_key.describe(directory->master_key());
    if (auto wrong = wrong_master_key(*key, source, (*file)->master_key_id(), directory->keys().string())) {
        return std::unexpected(*wrong);
    }
    if (!options.master_key.is_own()) {
        // Left where a rotation to the one that was given had done all but this.
        if (auto removed = directory->remove_master_key_unless(id_of(*key)); !removed) {
            return std::unexpected(removed.error());
        }
    }
    std::unique_ptr<Vault> vault;
    const auto exception = kj::runCatchingExceptions(
        [&] { vault = std::make_unique<Vault>(std::move(*file), *key, std::move(random), options.cached_keys_max); });
    KJ_IF_MAYBE (thrown, exception) {
        return std::unexpected(thrown->getDescription().cStr());
    }
    vault->directory_ = std::move(*directory);
    return vault;
}

Vault::Vault(std::unique_ptr<KeyFile> file, const SecretKey& master_key, std::shared_ptr<RandomSource> random,
             std::size_t cached_keys_max)
    : random_(std::move(random)), file_(std::move(file)), master_key_(master_key), cache_(cached_keys_max) {
    KJ_REQUIRE(file_->master_key_id() == id_of(master_key_), "not the master key of", file_->name().c_str());
    if (!file_->last()) {
        const std::array slots = {random_slot(*random_, master_key_, look_up_key),
                                  random_slot(*random_, master_key_, digest_key_number)};
        const auto appended = file_->append(slots);
        KJ_REQUIRE(appended.has_value(), appended.error().message.c_str());
    }
    first_pending_ = file_->last().next();
    last_key_ = file_->last().value;
    digest_key_ = own_key(digest_key_number);
    look_up_.emplace(own_key(look_up_key).bytes());
}

KeyNumber Vault::make_key() {
    const std::lock_guard lock(pending_mutex_);
    // Both here and now, in the order of the numbers: what a seeded source gives must not depend on other threads.
    auto key = random_key(*random_);
    pending_.push_back({.key = key, .nonce = random_nonce(*random_)});
    return KeyNumber(++last_key_);
}

void Vault::give_back(KeyNumber last) {
    const std::lock_guard lock(pending_mutex_);
    KJ_REQUIRE(last.value + 1 >= first_pending_.value, "a key that is durable is not given back", last.value);
    for (KeyNumber number(last_key_); number > last; number = KeyNumber(last_key_)) {
        pending_.pop_back();
        --last_key_;
        cache_.forget(number);
    }
}

std::string Vault::seal(KeyNumber number, std::string_view context, std::string_view clear) {
    KJ_REQUIRE(number.value > own_keys, "nothing is sealed with the ledger's own keys", number.value);
    const auto key = key_of(number);
    KJ_REQUIRE(key.has_value(), "the key to seal with has been destroyed", number.value);
    return seal_box(*key, random_nonce(*random_), context, clear);
}

std::optional<std::string> Vault::open(KeyNumber number, std::string_view context, std::string_view box) const {
    KJ_REQUIRE(number.value > own_keys, "nothing is sealed with the ledger's own keys", number.value);
    const auto key = key_of(number);
    if (!key) return std::nullopt;
    auto clear = open_box(*key, context, box);
    KJ_REQUIRE(clear.has_value(), "a sealed field was changed, or moved from another place", number.value);
    return clear;
}

std::optional<SecretKey> Vault::box_key(KeyNumber number, std::string_view box) const {
    KJ_REQUIRE(number.value > own_keys, "nothing is sealed with the ledger's own keys", number.value);
    const auto key = key_of(number);
    return key ? box_key_of(*key, box) : std::nullopt;
}

bool Vault::is_usable(KeyNumber number) const { return number && number <= last_key() && !is_destroyed(number); }

bool Vault::is_destroyed(KeyNumber number) const { return !key_of(number); }

std::vector<KeyNumber> Vault::damaged_keys() const {
    std::vector<KeyNumber> damaged;
    for (KeyNumber number(1); number <= file_->last(); number = number.next()) {
        const auto thrown = kj::runCatchingExceptions([&] { static_cast<void>(find_uncached(number)); });
        if (thrown != nullptr) damaged.push_back(number);
    }
    return damaged;
}

std::optional<SecretKey> Vault::key_of(KeyNumber number) const {
    KJ_REQUIRE(number.value != 0, "0 names no key");
    while (true) {
        auto answer = cache_.find(number);
        if (answer.known) return answer.key;
        auto key = find_uncached(number);
        if (cache_.offer(number, key, answer.destructions)) return key;
    }
}

// Pending keys first: they leave there once they are in the file.
std::optional<SecretKey> Vault::find_uncached(KeyNumber number) const {
    {
        const std::lock_guard lock(pending_mutex_);
        KJ_REQUIRE(number.value < first_pending_.value + pending_.size(), "there is no such key; restore",
                   file_->name().c_str(), number.value, first_pending_.value - 1);
        if (number >= first_pending_) return pending_[number.value - first_pending_.value].key;
    }
    const auto slot = file_->read(number);
    if (!slot) return std::nullopt;
    auto key = unwrap_key(master_key_, number, *slot);
    KJ_REQUIRE(key.has_value(), "a key does not open by its master key; restore", file_->name().c_str(), number.value);
    return key;
}

SecretKey Vault::own_key(KeyNumber number) const {
    const auto key = find_uncached(number);
    KJ_REQUIRE(key.has_value(), "one of the ledger's own keys is gone; restore", file_->name().c_str(), number.value);
    return *key;
}

std::expected<void, StorageFailure> Vault::make_durable(KeyNumber last) {
    const std::lock_guard lock(writing_);
    return append_pending(last);
}

std::expected<void, StorageFailure> Vault::append_pending(KeyNumber last) {
    std::vector<PendingKey> keys;
    auto number = first_pending_;  // changed only while writing_ is locked, as it is now
    {
        const std::lock_guard lock(pending_mutex_);
        if (last < first_pending_) return {};
        const auto count = static_cast<std::ptrdiff_t>(last.value - first_pending_.value + 1);
        keys.assign(pending_.begin(), pending_.begin() + count);
    }
    std::vector<Slot> slots;
    slots.reserve(keys.size());
    for (const auto& pending : keys) {
        slots.push_back(pending.key ? Slot(wrap_key(master_key_, pending.nonce, number, *pending.key)) : Slot());
        number = number.next();
    }
    if (auto appended = file_->append(slots); !appended) return appended;
    const std::lock_guard lock(pending_mutex_);
    pending_.erase(pending_.begin(), pending_.begin() + static_cast<std::ptrdiff_t>(keys.size()));
    first_pending_ = number;
    return {};
}

std::expected<void, StorageFailure> Vault::destroy(std::span<const KeyNumber> numbers) {
    const std::lock_guard lock(writing_);
    const auto last = last_key();
    for (const auto number : numbers) {
        KJ_REQUIRE(number.value == 0 || number.value > own_keys, "the ledger's own keys stay", number.value);
        if (number && number <= last) continue;
        return std::unexpected(StorageFailure{"key " + std::to_string(number.value) + " to destroy is not in " +
                                              file_->name() + ", whose last one is " + std::to_string(last.value) +
                                              "; restore the file from a newer copy"});
    }
    auto destroyed = destroy_in_file(numbers);
    for (const auto number : numbers) {
        if (destroyed) {
            cache_.mark_destroyed(number);
        } else {
            cache_.forget(number);
        }
    }
    return destroyed;
}

std::expected<void, StorageFailure> Vault::destroy_in_file(std::span<const KeyNumber> numbers) {
    std::vector<KeyNumber> in_file;
    {
        const std::lock_guard lock(pending_mutex_);
        for (const auto number : numbers) {
            if (number < first_pending_) {
                in_file.push_back(number);
            } else {
                pending_[number.value - first_pending_.value].key.reset();
            }
        }
    }
    // A key that never was in the file gets a slot there that says so.
    if (in_file.size() < numbers.size()) {
        if (auto appended = append_pending(last_key()); !appended) return appended;
    }
    return file_->destroy(in_file);
}

Mac Vault::address_mac(std::uint32_t account, std::string_view folded_address) const {
    const std::array<std::uint8_t, 4> account_bytes = {
        static_cast<std::uint8_t>(account), static_cast<std::uint8_t>(account >> 8),
        static_cast<std::uint8_t>(account >> 16), static_cast<std::uint8_t>(account >> 24)};
    const std::lock_guard lock(mac_mutex_);
    return look_up_->of(
        {account_bytes, {reinterpret_cast<const std::uint8_t*>(folded_address.data()), folded_address.size()}});
}

std::array<std::uint8_t, 32> Vault::digest_key() const {
    std::array<std::uint8_t, 32> key;
    std::ranges::copy(digest_key_.bytes(), key.begin());
    return key;
}

std::unique_ptr<Vault> make_memory_vault(std::uint64_t seed) {
    constexpr std::size_t cached_keys_max = 1024;
    std::shared_ptr<RandomSource> random = make_seeded_random(seed);
    const auto master_key = random_key(*random);
    return std::make_unique<Vault>(make_memory_key_file(id_of(master_key)), master_key, std::move(random),
                                   cached_keys_max);
}

}  // namespace seatledger
