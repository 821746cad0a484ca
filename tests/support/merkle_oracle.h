// The Merkle tree of RFC 6962, section 2.1, written out as it stands there, over the hashes of OpenSSL's one-shot
// function. Slow; knows nothing of engine/merkle but what a hash is.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/merkle/hash.h"

namespace seatledger::testing {

class MerkleOracle {
 public:
    explicit MerkleOracle(std::vector<std::string> entries) : entries_(std::move(entries)) {}

    [[nodiscard]] std::uint64_t size() const { return entries_.size(); }
    [[nodiscard]] const std::string& entry(std::uint64_t index) const { return entries_.at(index); }

    // MTH(D[begin:end]). What was computed once is kept.
    [[nodiscard]] merkle::Hash mth(std::uint64_t begin, std::uint64_t end);
    // PATH(m, D[begin:end]), where m counts from `begin`.
    [[nodiscard]] std::vector<merkle::Hash> path(std::uint64_t m, std::uint64_t begin, std::uint64_t end);
    // The hashes of a tile, as c2sp.org/tlog-tiles says which they are.
    [[nodiscard]] std::vector<merkle::Hash> tile(unsigned level, std::uint64_t index, unsigned width);
    // PROOF(m, D[0:n]), 0 < m <= n.
    [[nodiscard]] std::vector<merkle::Hash> proof(std::uint64_t m, std::uint64_t n);

 private:
    [[nodiscard]] std::vector<merkle::Hash> subproof(std::uint64_t m, std::uint64_t begin, std::uint64_t end, bool b);

    std::vector<std::string> entries_;
    std::map<std::pair<std::uint64_t, std::uint64_t>, merkle::Hash> known_;
};

// A tree of so many entries, which are all different.
[[nodiscard]] MerkleOracle merkle_oracle(std::uint64_t size);

}  // namespace seatledger::testing
