#include "engine/digest.h"

#include <capnp/message.h>
#include <capnp/serialize.h>
#include <kj/debug.h>
#include <openssl/core_names.h>
#include <openssl/params.h>

#include <algorithm>
#include <cstring>

namespace seatledger {

CommandDigester::CommandDigester(const DigestKey& key) {
    auto* algorithm = EVP_MAC_fetch(nullptr, "HMAC", nullptr);
    KJ_REQUIRE(algorithm != nullptr, "OpenSSL has no HMAC");
    mac_.reset(EVP_MAC_CTX_new(algorithm));
    EVP_MAC_free(algorithm);
    char hash[] = "SHA256";
    const OSSL_PARAM params[] = {OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, hash, 0),
                                 OSSL_PARAM_construct_end()};
    KJ_REQUIRE(EVP_MAC_init(mac_.get(), key.data(), key.size(), params) == 1, "OpenSSL refuses HMAC-SHA-256");
}

CommandDigest CommandDigester::digest(schema::Command::Reader command, UserId sender) {
    capnp::MallocMessageBuilder copy;
    copy.setRoot(command);
    auto root = copy.getRoot<schema::Command>();
    if (root.hasRequestId()) root.disownRequestId();
    if (root.isRegisterUser() && root.getRegisterUser().hasPassword()) root.getRegisterUser().disownPassword();
    if (root.isSetPassword()) root.getSetPassword().disownPassword();
    const auto canonical = capnp::canonicalize(root.asReader());
    const auto bytes = canonical.asBytes();

    // The encoding is whole words, so what follows it cannot be taken for a part of it.
    std::array<std::uint8_t, 4> number{};
    for (std::size_t i = 0; i < number.size(); ++i) number[i] = static_cast<std::uint8_t>(sender.value >> (8 * i));

    std::array<std::uint8_t, 32> whole{};
    std::size_t size = 0;
    // With no key this begins again with the key that it has.
    KJ_REQUIRE(EVP_MAC_init(mac_.get(), nullptr, 0, nullptr) == 1 &&
                   EVP_MAC_update(mac_.get(), bytes.begin(), bytes.size()) == 1 &&
                   EVP_MAC_update(mac_.get(), number.data(), sender ? number.size() : 0) == 1 &&
                   EVP_MAC_final(mac_.get(), whole.data(), &size, whole.size()) == 1,
               "OpenSSL failed to compute HMAC-SHA-256");
    CommandDigest digest;
    std::copy_n(whole.begin(), digest.size(), digest.begin());
    return digest;
}

}  // namespace seatledger
