#include "engine/vault/sealed_box.h"

#include <nettle/hmac.h>
#include <nettle/sha2.h>

#include <algorithm>
#include <cstring>

namespace seatledger {
namespace {

constexpr std::string_view commitment_label = "seatledger box key";

const std::uint8_t* bytes_of(std::string_view text) { return reinterpret_cast<const std::uint8_t*>(text.data()); }

SecretKey derive(const SecretKey& owner, std::string_view nonce) {
    SecretKey key;
    hmac_sha256_ctx context;
    hmac_sha256_set_key(&context, owner.bytes().size(), owner.bytes().data());
    hmac_sha256_update(&context, nonce.size(), bytes_of(nonce));
    hmac_sha256_digest(&context, key.bytes().size(), key.bytes().data());
    OPENSSL_cleanse(&context, sizeof context);
    return key;
}

std::array<std::uint8_t, commitment_bytes> commitment_to(const SecretKey& box_key) {
    std::array<std::uint8_t, commitment_bytes> commitment;
    sha256_ctx context;
    sha256_init(&context);
    sha256_update(&context, commitment_label.size(), bytes_of(commitment_label));
    sha256_update(&context, box_key.bytes().size(), box_key.bytes().data());
    sha256_digest(&context, commitment.size(), commitment.data());
    OPENSSL_cleanse(&context, sizeof context);
    return commitment;
}

}  // namespace

std::string seal_box(const SecretKey& owner, const Nonce& nonce, std::string_view context, std::string_view clear) {
    const auto key = derive(owner, {reinterpret_cast<const char*>(nonce.data()), nonce.size()});
    auto box = encrypt(key, nonce, context, clear);
    const auto commitment = commitment_to(key);
    box.append(reinterpret_cast<const char*>(commitment.data()), commitment.size());
    return box;
}

std::optional<SecretKey> box_key_of(const SecretKey& owner, std::string_view box) {
    if (box.size() < sealed_overhead_bytes) return std::nullopt;
    return derive(owner, box.substr(0, nonce_bytes));
}

std::optional<std::string> open_with_box_key(const SecretKey& box_key, std::string_view context, std::string_view box) {
    if (box.size() < sealed_overhead_bytes) return std::nullopt;
    const auto commitment = commitment_to(box_key);
    if (std::memcmp(commitment.data(), box.data() + box.size() - commitment.size(), commitment.size()) != 0) {
        return std::nullopt;
    }
    box.remove_suffix(commitment.size());
    return decrypt(box_key, context, box);
}

std::optional<std::string> open_box(const SecretKey& owner, std::string_view context, std::string_view box) {
    const auto key = box_key_of(owner, box);
    return key ? open_with_box_key(*key, context, box) : std::nullopt;
}

}  // namespace seatledger
