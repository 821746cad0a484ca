// The hashes of a Merkle tree (RFC 6962, section 2.1): SHA-256, with a byte in front that tells leaves from nodes.
//
// Any thread, all of it. Cost: 0.12 microseconds for a node, and for a leaf 0.12 for 64 bytes to 0.3 for 400.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace seatledger::merkle {

constexpr std::size_t hash_bytes = 32;

using Hash = std::array<std::uint8_t, hash_bytes>;

// Of the bytes of an entry: SHA-256(0x00 ‖ entry).
[[nodiscard]] Hash leaf_hash(std::string_view entry);

// Of what lies below a node: SHA-256(0x01 ‖ left ‖ right).
[[nodiscard]] Hash node_hash(const Hash& left, const Hash& right);

// SHA-256 of the bytes, with nothing in front.
[[nodiscard]] Hash plain_hash(std::string_view bytes);

// The root of the tree without leaves: SHA-256 of nothing.
inline constexpr Hash empty_root = {0xE3, 0xB0, 0xC4, 0x42, 0x98, 0xFC, 0x1C, 0x14, 0x9A, 0xFB, 0xF4,
                                    0xC8, 0x99, 0x6F, 0xB9, 0x24, 0x27, 0xAE, 0x41, 0xE4, 0x64, 0x9B,
                                    0x93, 0x4C, 0xA4, 0x95, 0x99, 0x1B, 0x78, 0x52, 0xB8, 0x55};

// The 32 bytes; the view ends with the hash.
[[nodiscard]] inline std::string_view bytes_of(const Hash& hash) {
    return {reinterpret_cast<const char*>(hash.data()), hash.size()};
}

// The hashes one after the other, as tiles have them, and the other way round. Nothing: the bytes are not a whole
// number of hashes.
[[nodiscard]] std::string join(std::span<const Hash> hashes);
[[nodiscard]] std::optional<std::vector<Hash>> split(std::string_view bytes);

}  // namespace seatledger::merkle
