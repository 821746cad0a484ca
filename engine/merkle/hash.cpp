#include "engine/merkle/hash.h"

#include <kj/debug.h>
#include <openssl/evp.h>

#include <algorithm>
#include <cstring>
#include <initializer_list>
#include <memory>

namespace seatledger::merkle {
namespace {

constexpr char leaf_prefix = '\x00';
constexpr char node_prefix = '\x01';

struct Free {
    void operator()(EVP_MD* algorithm) const { EVP_MD_free(algorithm); }
    void operator()(EVP_MD_CTX* context) const { EVP_MD_CTX_free(context); }
};
using Context = std::unique_ptr<EVP_MD_CTX, Free>;

// Looking for the algorithm costs more than hashing with it: a context that has it is kept.
Context make_context() {
    const std::unique_ptr<EVP_MD, Free> algorithm(EVP_MD_fetch(nullptr, "SHA256", nullptr));
    Context context(EVP_MD_CTX_new());
    KJ_REQUIRE(algorithm != nullptr && context != nullptr, "OpenSSL has no SHA-256");
    KJ_REQUIRE(EVP_DigestInit_ex2(context.get(), algorithm.get(), nullptr) == 1, "OpenSSL refuses SHA-256");
    return context;
}

// Of the parts, one after the other as if they were one.
Hash sha256(std::initializer_list<std::string_view> parts) {
    thread_local const Context context = make_context();
    Hash hash;
    // With no algorithm this begins again with the one that it has.
    bool done = EVP_DigestInit_ex2(context.get(), nullptr, nullptr) == 1;
    for (const auto part : parts) done = done && EVP_DigestUpdate(context.get(), part.data(), part.size()) == 1;
    done = done && EVP_DigestFinal_ex(context.get(), hash.data(), nullptr) == 1;
    KJ_REQUIRE(done, "OpenSSL failed to compute SHA-256");
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
