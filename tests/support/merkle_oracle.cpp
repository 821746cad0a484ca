#include "tests/support/merkle_oracle.h"

#include <openssl/evp.h>

#include "tests/support/catch.h"

namespace seatledger::testing {
namespace {

using merkle::Hash;

Hash sha256(const std::string& bytes) {
    Hash hash;
    REQUIRE(EVP_Digest(bytes.data(), bytes.size(), hash.data(), nullptr, EVP_sha256(), nullptr) == 1);
    return hash;
}

std::string text(const Hash& hash) { return {hash.begin(), hash.end()}; }

// "the largest power of two smaller than n"
std::uint64_t k_of(std::uint64_t n) {
    std::uint64_t k = 1;
    while (k * 2 < n) k *= 2;
    return k;
}

std::vector<Hash> operator+(std::vector<Hash> path, const Hash& last) {
    path.push_back(last);
    return path;
}

}  // namespace

Hash MerkleOracle::mth(std::uint64_t begin, std::uint64_t end) {
    const auto n = end - begin;
    if (n == 0) return sha256("");
    if (n == 1) return sha256(std::string(1, '\x00') + entries_.at(begin));
    const auto known = known_.find({begin, end});
    if (known != known_.end()) return known->second;
    const auto k = k_of(n);
    const auto hash = sha256("\x01" + text(mth(begin, begin + k)) + text(mth(begin + k, end)));
    known_.emplace(std::pair(begin, end), hash);
    return hash;
}

std::vector<Hash> MerkleOracle::path(std::uint64_t m, std::uint64_t begin, std::uint64_t end) {
    const auto n = end - begin;
    REQUIRE(m < n);
    if (n == 1) return {};
    const auto k = k_of(n);
    if (m < k) return path(m, begin, begin + k) + mth(begin + k, end);
    return path(m - k, begin + k, end) + mth(begin, begin + k);
}

std::vector<Hash> MerkleOracle::proof(std::uint64_t m, std::uint64_t n) {
    REQUIRE((m > 0 && m <= n));
    return subproof(m, 0, n, true);
}

std::vector<Hash> MerkleOracle::tile(unsigned level, std::uint64_t index, unsigned width) {
    std::vector<Hash> hashes;
    const auto leaves = std::uint64_t{1} << (8 * level);
    for (unsigned i = 0; i < width; ++i) {
        const auto n = index * 256 + i;
        hashes.push_back(mth(n * leaves, (n + 1) * leaves));
    }
    return hashes;
}

std::vector<Hash> MerkleOracle::subproof(std::uint64_t m, std::uint64_t begin, std::uint64_t end, bool b) {
    const auto n = end - begin;
    if (m == n && b) return {};
    if (m == n) return {mth(begin, end)};
    const auto k = k_of(n);
    if (m <= k) return subproof(m, begin, begin + k, b) + mth(begin + k, end);
    return subproof(m - k, begin + k, end, false) + mth(begin, begin + k);
}

MerkleOracle merkle_oracle(std::uint64_t size) {
    std::vector<std::string> entries;
    for (std::uint64_t index = 0; index < size; ++index) entries.push_back("entry " + std::to_string(index));
    return MerkleOracle(std::move(entries));
}

}  // namespace seatledger::testing
