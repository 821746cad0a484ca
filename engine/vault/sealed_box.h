// The boxes of sealed fields. Each has a key of its own, made from the key by which its owner's data is sealed: whoever
// is given that opens this box and no other, so that a field can be shown to a stranger who has the event's bytes.
//
//   box         nonce (12), ciphertext, tag (16), commitment (32)
//   box key     HMAC-SHA-256(owner's key, nonce)
//   commitment  SHA-256("seatledger box key" ‖ box key): there is no second key that opens the box as something else,
//               which AES-GCM alone does not promise
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "engine/vault/cipher.h"

namespace seatledger {

constexpr std::size_t commitment_bytes = 32;
constexpr std::size_t sealed_overhead_bytes = box_overhead_bytes + commitment_bytes;

// Any thread, all of them. Cost: a microsecond for a short text.

[[nodiscard]] std::string seal_box(const SecretKey& owner, const Nonce& nonce, std::string_view context,
                                   std::string_view clear);
// Nothing: the box was not made with this key and context, or has been changed.
[[nodiscard]] std::optional<std::string> open_box(const SecretKey& owner, std::string_view context,
                                                  std::string_view box);

// The box's own key. Nothing: it is too short for a box.
[[nodiscard]] std::optional<SecretKey> box_key_of(const SecretKey& owner, std::string_view box);
// With the box's own key. Nothing: as open_box().
[[nodiscard]] std::optional<std::string> open_with_box_key(const SecretKey& box_key, std::string_view context,
                                                           std::string_view box);

}  // namespace seatledger
