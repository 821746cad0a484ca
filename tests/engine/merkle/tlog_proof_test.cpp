#include "engine/merkle/tlog_proof.h"

#include <random>
#include <string>
#include <vector>

#include "engine/merkle/lines.h"
#include "tests/support/catch.h"
#include "tests/support/merkle_oracle.h"
#include "tests/support/merkle_samples.h"

namespace seatledger::merkle {
namespace {

using namespace testing;

constexpr std::uint64_t size = 21;

SigningKey log_key() { return signing_key("log.example.com", 1); }

TlogProof proof_of(MerkleOracle& oracle, std::uint64_t index) {
    return {"", index, oracle.path(index, 0, size), sign_checkpoint(size, oracle.mth(0, size), log_key())};
}

}  // namespace

TEST_CASE("a proof has the text of the specification, and is read as it was written", "[merkle]") {
    auto oracle = merkle_oracle(size);
    auto proof = proof_of(oracle, 20);
    std::string expected = "c2sp.org/tlog-proof@v1\nindex 20\n";
    for (const auto& hash : proof.proof) expected += to_text(hash) + "\n";
    CHECK(proof.proof.size() == 2);
    CHECK(format(proof) == expected + "\n" + proof.checkpoint);
    CHECK(parse_tlog_proof(format(proof)).value() == proof);

    proof.extra = "some bytes";
    CHECK(format(proof).starts_with("c2sp.org/tlog-proof@v1\nextra c29tZSBieXRlcw==\nindex 20\n"));
    CHECK(parse_tlog_proof(format(proof)).value() == proof);
    const TlogProof first{"", 0, {}, sign_checkpoint(1, leaf_hash("x"), log_key())};
    CHECK(format(first) == "c2sp.org/tlog-proof@v1\nindex 0\n\n" + first.checkpoint);
    CHECK(parse_tlog_proof(format(first)).value() == first);
    CHECK(verify(format(first), "x", log_key().verifier()));
}

TEST_CASE("a proof proves its entry, with a verifier key and nothing else", "[merkle]") {
    auto oracle = merkle_oracle(size);
    for (std::uint64_t index = 0; index < size; ++index) {
        INFO(index);
        const auto text = format(proof_of(oracle, index));
        const auto proved = verify(text, oracle.entry(index), log_key().verifier());
        REQUIRE(proved);
        CHECK(proved->index == index);
        CHECK(proved->checkpoint == Checkpoint{"log.example.com", size, oracle.mth(0, size)});
        CHECK(contains(verify(text, oracle.entry((index + 1) % size), log_key().verifier()).error(), "another root"));
        CHECK_FALSE(verify(text, oracle.entry(index) + "x", log_key().verifier()));
        CHECK_FALSE(verify(text, "", log_key().verifier()));
        CHECK_FALSE(verify(text, oracle.entry(index), signing_key("log.example.com", 2).verifier()));
        CHECK_FALSE(verify(text, oracle.entry(index), signing_key("other.example.com", 1).verifier()));
    }
}

TEST_CASE("a proof of which any bit was changed is refused", "[merkle]") {
    auto oracle = merkle_oracle(size);
    const auto text = format(proof_of(oracle, 13));
    REQUIRE(verify(text, oracle.entry(13), log_key().verifier()));
    for (std::size_t at = 0; at < text.size(); ++at) {
        for (const int bit : {0, 1, 3, 6}) {
            auto other = text;
            other[at] = static_cast<char>(other[at] ^ (1 << bit));
            INFO(other);
            CHECK_FALSE(verify(other, oracle.entry(13), log_key().verifier()));
        }
    }
}

TEST_CASE("a proof with a checkpoint of another tree, or for another place in it, is refused", "[merkle]") {
    auto oracle = merkle_oracle(size);
    const auto proof = proof_of(oracle, 13);
    const auto refused = [&](const TlogProof& other) {
        return !verify(format(other), oracle.entry(13), log_key().verifier());
    };
    REQUIRE_FALSE(refused(proof));
    auto other = proof;
    other.checkpoint = sign_checkpoint(size - 1, oracle.mth(0, size - 1), log_key());
    CHECK(refused(other));
    for (std::uint64_t index = 0; index <= size; ++index) {
        other = proof;
        other.index = index;
        CHECK(refused(other) == (index != 13));
    }
    other = proof;
    other.proof.pop_back();
    CHECK(refused(other));
    other = proof;
    other.proof.push_back(other.proof.back());
    CHECK(refused(other));
    other = proof;
    other.checkpoint = sign_checkpoint(0, empty_root, log_key());
    CHECK(refused(other));
}

TEST_CASE("what is no proof is refused, and says why", "[merkle]") {
    const auto checkpoint = sign_checkpoint(1, leaf_hash("x"), log_key());
    const std::string first = "c2sp.org/tlog-proof@v1\n";
    const std::string hash = to_text(leaf_hash("y")) + "\n";
    REQUIRE(parse_tlog_proof(first + "extra AA==\nindex 0\n" + hash + "\n" + checkpoint));
    std::string too_many;
    for (int i = 0; i < 65; ++i) too_many += hash;
    for (const std::string& text : std::vector<std::string>{
             "",
             "\n",
             first,
             checkpoint,
             "c2sp.org/tlog-proof@v2\nindex 0\n\n" + checkpoint,
             "\n" + first + "index 0\n\n" + checkpoint,
             first + "\n" + checkpoint,
             first + "index\n\n" + checkpoint,
             first + "index \n\n" + checkpoint,
             first + "index 00\n\n" + checkpoint,
             first + "index -1\n\n" + checkpoint,
             first + "index 0 \n\n" + checkpoint,
             first + "index 0\nindex 0\n\n" + checkpoint,
             first + "index 18446744073709551616\n\n" + checkpoint,
             first + "extra \nindex 0\n\n" + checkpoint,
             first + "extra A\nindex 0\n\n" + checkpoint,
             first + "extra AA==\nextra AA==\nindex 0\n\n" + checkpoint,
             first + "index 0\nextra AA==\n\n" + checkpoint,
             first + "extra AA==\n\n" + checkpoint,
             first + "index 0\n" + checkpoint,
             first + "index 0\n" + hash + checkpoint,
             first + "index 0\n\n" + hash + "\n" + checkpoint + "\n",
             first + "index 0\n\n",
             first + "index 0",
             first + "index 0\n",
             first + "index 0\n" + hash,
             first + "index 0\nAAAA\n\n" + checkpoint,
             first + "index 0\n" + too_many + "\n" + checkpoint,
             first + "index 0\r\n\r\n" + checkpoint,
             first + "index 0\n\n" + checkpoint.substr(0, checkpoint.size() - 1),
         }) {
        INFO(text);
        const auto parsed = parse_tlog_proof(text);
        REQUIRE_FALSE(parsed);
        CHECK(contains(parsed.error(), "the "));
        CHECK_FALSE(verify(text, "x", log_key().verifier()));
    }
}

TEST_CASE("a proof that was cut off says so", "[merkle]") {
    const std::string text = "c2sp.org/tlog-proof@v1\nindex 0\n" + to_text(leaf_hash("y")) + "\n";
    CHECK(parse_tlog_proof(text).error() == "the proof has no blank line before its checkpoint");
    CHECK(parse_tlog_proof(text + "\n").error() ==
          "the note is not UTF-8 without control characters that ends with a newline");
}

TEST_CASE("whatever is taken for a proof is written so again, and proves nothing new", "[merkle]") {
    const auto seed = GENERATE(13u, Catch::rngSeed());
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    auto oracle = merkle_oracle(size);
    auto proof = proof_of(oracle, 5);
    proof.extra = "some bytes";
    const auto text = format(proof);
    const auto key = log_key().verifier();
    int taken = 0;
    for (int i = 0; i < 10'000; ++i) {
        const auto other = mutated(text, random);
        const auto parsed = parse_tlog_proof(other);
        if (!parsed) continue;
        ++taken;
        CHECK(format(*parsed) == other);
        // What is not signed may differ: the extra bytes, and signatures by others.
        const auto proved = verify(other, oracle.entry(5), key);
        if (proved) CHECK((proved->index == 5 && proved->checkpoint.size == size));
        CHECK_FALSE(verify(other, oracle.entry(6), key));
    }
    CHECK(taken > 200);
}

}  // namespace seatledger::merkle
