#include "engine/hmac.h"

#include <kj/debug.h>
#include <openssl/core_names.h>
#include <openssl/params.h>

#include <algorithm>

namespace seatledger {

HmacSha256::HmacSha256(std::span<const std::uint8_t, 32> key) {
    auto* algorithm = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    KJ_REQUIRE(algorithm != nullptr, "OpenSSL has no HMAC");
    context_.reset(EVP_MAC_CTX_new(algorithm));
    EVP_MAC_free(algorithm);
    char hash[] = "SHA256";
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, hash, 0),
                                 OSSL_PARAM_construct_end()};
    KJ_REQUIRE(EVP_MAC_init(context_.get(), key.data(), key.size(), params) == 1, "OpenSSL refuses HMAC-SHA-256");
}

Mac HmacSha256::of(std::initializer_list<std::span<const std::uint8_t>> parts) {
    // With no key this begins again with the key that it has.
    bool done = EVP_MAC_init(context_.get(), nullptr, 0, nullptr) == 1;
    for (const auto part : parts) done = done && EVP_MAC_update(context_.get(), part.data(), part.size()) == 1;
    std::array<std::uint8_t, 32> whole{};
    std::size_t size = 0;
    done = done && EVP_MAC_final(context_.get(), whole.data(), &size, whole.size()) == 1;
    KJ_REQUIRE(done, "OpenSSL failed to compute HMAC-SHA-256");
    Mac mac;
    std::copy_n(whole.begin(), mac.size(), mac.begin());
    return mac;
}

}  // namespace seatledger
