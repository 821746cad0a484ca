#include "engine/merkle/hash.h"

#include <nettle/sha2.h>

#include <cstring>
#include <initializer_list>

namespace seatledger::merkle {
namespace {

static_assert(SHA256_DIGEST_SIZE == hash_bytes);

constexpr char leaf_prefix = '\x00';
constexpr char node_prefix = '\x01';

// Of the parts, one after the other as if they were one. Nettle and not OpenSSL: both use the processor's instructions,
// but EVP spends as long on each call as the hash of a node takes, and there is a node for every leaf.
Hash sha256(std::initializer_list<std::string_view> parts) {
    sha256_ctx context;
    sha256_init(&context);
    for (const auto part : parts) {
        sha256_update(&context, part.size(), reinterpret_cast<const std::uint8_t*>(part.data()));
    }
    Hash hash;
    sha256_digest(&context, hash.size(), hash.data());
    return hash;
}

}  // namespace

Hash leaf_hash(std::string_view entry) { return sha256({{&leaf_prefix, 1}, entry}); }

Hash node_hash(const Hash& left, const Hash& right) {
    std::array<char, 1 + 2 * hash_bytes> input;  // one part costs less than three
    input[0] = node_prefix;
    std::memcpy(input.data() + 1, left.data(), hash_bytes);
    std::memcpy(input.data() + 1 + hash_bytes, right.data(), hash_bytes);
    return sha256({{input.data(), input.size()}});
}

Hash plain_hash(std::string_view bytes) { return sha256({bytes}); }

std::string join(std::span<const Hash> hashes) {
    std::string bytes;
    bytes.reserve(hashes.size_bytes());
    for (const auto& hash : hashes) bytes += bytes_of(hash);
    return bytes;
}

std::optional<std::vector<Hash>> split(std::string_view bytes) {
    if (bytes.size() % hash_bytes != 0) return std::nullopt;
    std::vector<Hash> hashes(bytes.size() / hash_bytes);
    if (!bytes.empty()) std::memcpy(hashes.data(), bytes.data(), bytes.size());
    return hashes;
}

}  // namespace seatledger::merkle
