#include "tools/sha256.h"

#include <kj/debug.h>

#include <array>

#include "engine/hex.h"

namespace seatledger {

Sha256::Sha256() : context_(EVP_MD_CTX_new()) {
    KJ_REQUIRE(context_ != nullptr && EVP_DigestInit_ex(context_.get(), EVP_sha256(), nullptr) == 1,
               "OpenSSL has no SHA-256");
}

void Sha256::add(std::string_view bytes) {
    KJ_REQUIRE(EVP_DigestUpdate(context_.get(), bytes.data(), bytes.size()) == 1);
}

std::string Sha256::hex() {
    std::array<unsigned char, EVP_MAX_MD_SIZE> hash{};
    unsigned size = 0;
    KJ_REQUIRE(EVP_DigestFinal_ex(context_.get(), hash.data(), &size) == 1);
    return to_hex({reinterpret_cast<const char*>(hash.data()), size});
}

}  // namespace seatledger
