#include "server/passwords.h"

#include <kj/debug.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/rand.h>

#include <array>
#include <boost/algorithm/hex.hpp>
#include <cstdint>
#include <cstdio>
#include <iterator>

namespace seatledger {
namespace {

constexpr std::size_t salt_bytes = 16;
constexpr std::size_t hash_bytes = 32;
constexpr std::uint64_t memory_bytes_max = 128u << 20;

std::string scrypt(std::string_view password, std::string_view salt, const PasswordCost& cost) {
    std::array<unsigned char, hash_bytes> hash{};
    KJ_REQUIRE(EVP_PBE_scrypt(password.data(), password.size(), reinterpret_cast<const unsigned char*>(salt.data()),
                              salt.size(), std::uint64_t{1} << cost.log2_n, cost.r, cost.p, memory_bytes_max,
                              hash.data(), hash.size()) == 1,
               "OpenSSL failed to compute scrypt");
    return {hash.begin(), hash.end()};
}

std::string write(const PasswordCost& cost, std::string_view salt, std::string_view hash) {
    std::string kept =
        "scrypt$" + std::to_string(cost.log2_n) + "$" + std::to_string(cost.r) + "$" + std::to_string(cost.p) + "$";
    boost::algorithm::hex_lower(salt, std::back_inserter(kept));
    kept += '$';
    boost::algorithm::hex_lower(hash, std::back_inserter(kept));
    return kept;
}

std::string salt_in(std::string_view kept, PasswordCost& cost) {
    constexpr int hex_digits = 2 * salt_bytes;
    char salt[hex_digits + 1] = {};
    const int read =
        std::sscanf(std::string(kept).c_str(), "scrypt$%u$%u$%u$%32[0-9a-f]$", &cost.log2_n, &cost.r, &cost.p, salt);
    KJ_REQUIRE(read == 4, "what is kept of a password cannot be read");
    return boost::algorithm::unhex(std::string(salt));
}

}  // namespace

std::string hash_password(std::string_view password, const PasswordCost& cost) {
    std::array<unsigned char, salt_bytes> random{};
    KJ_REQUIRE(RAND_bytes(random.data(), random.size()) == 1, "OpenSSL has no random bytes");
    const std::string salt(random.begin(), random.end());
    return write(cost, salt, scrypt(password, salt, cost));
}

bool is_password(std::string_view password, std::string_view kept, const PasswordCost& nobodys) {
    const auto expected =
        kept.empty() ? write(nobodys, std::string(salt_bytes, '\0'), std::string(hash_bytes, '\0')) : std::string(kept);
    PasswordCost cost;
    const auto salt = salt_in(expected, cost);
    const auto given = write(cost, salt, scrypt(password, salt, cost));
    return given.size() == expected.size() && CRYPTO_memcmp(given.data(), expected.data(), given.size()) == 0 &&
           !kept.empty();
}

}  // namespace seatledger
