// Where wrapped keys lie: slots in order, appended at the end, never changed but to be destroyed.
//
// The file: a header and slots of 64 bytes each, slot n at 64 * n; numbers are little-endian.
//
//   header   text "seatledger keys\n" (16), version 1 (4), zeros (4), id of the master key (8), zeros (28), CRC-32C (4)
//   slot     a box of the key (cipher.h): nonce (12), the key encrypted (32), tag (16); CRC-32C (4).
//            Encrypted under the master key; associated data is the slot's number (8).
//            All zeros: the key has been destroyed.
//
// The CRC is over the 60 bytes before it.
#pragma once

#include <array>
#include <expected>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <span>

#include "engine/failure.h"
#include "engine/vault/master_key.h"
#include "events/ids.h"

namespace seatledger {

constexpr std::size_t wrapped_key_bytes = box_overhead_bytes + secret_key_bytes;

using WrappedKey = std::array<std::uint8_t, wrapped_key_bytes>;
// Nothing: the key has been destroyed.
using Slot = std::optional<WrappedKey>;

// Wraps a key for its slot, and the other way round; nothing: it was not wrapped by this master key for this slot.
[[nodiscard]] WrappedKey wrap_key(const SecretKey& master_key, const Nonce& nonce, KeyNumber number,
                                  const SecretKey& key);
[[nodiscard]] std::optional<SecretKey> unwrap_key(const SecretKey& master_key, KeyNumber number,
                                                  const WrappedKey& wrapped);

// Thread safety: append() and destroy() belong to one thread at a time; the others may be called from any at any time.
class KeyFile {
 public:
    virtual ~KeyFile() = default;

    // The master key by which all of them are wrapped.
    [[nodiscard]] virtual MasterKeyId master_key_id() const = 0;
    // The number of the last slot; 0: there is none.
    [[nodiscard]] virtual KeyNumber last() const = 0;
    // What messages call it.
    [[nodiscard]] virtual std::string name() const = 0;

    // Puts slots behind the last one. They are durable when it returns. Fails if the storage does; neither this nor
    // destroy() then does anything any more, since what a failed sync left behind is not known.
    [[nodiscard]] virtual std::expected<void, StorageFailure> append(std::span<const Slot> slots) = 0;

    // Overwrites these slots, durably when it returns; those that were destroyed before are no matter. All of them
    // must be there. Fails like append().
    [[nodiscard]] virtual std::expected<void, StorageFailure> destroy(std::span<const KeyNumber> numbers) = 0;

    // The slot must be there. A kj::Exception that names file and slot if it cannot be read, or is neither whole nor
    // destroyed.
    [[nodiscard]] virtual Slot read(KeyNumber number) const = 0;
};

[[nodiscard]] std::unique_ptr<KeyFile> make_memory_key_file(const MasterKeyId& master_key);

// Makes a file of `count` slots, which `slot` gives in order; durable but for its name in the directory. Fails if it
// is there already. What a failure leaves of it is to be removed.
[[nodiscard]] std::expected<void, StorageFailure> write_key_file(const std::filesystem::path& path,
                                                                 const MasterKeyId& master_key, std::uint64_t count,
                                                                 const std::function<Slot(KeyNumber)>& slot);

// Opens a file that is there. A slot at its end of which a crash left a part only is taken to be destroyed: its number
// is not used again. Fails if that cannot be done, or if it is no such file.
[[nodiscard]] std::expected<std::unique_ptr<KeyFile>, StorageFailure> open_key_file(const std::filesystem::path& path);

}  // namespace seatledger
