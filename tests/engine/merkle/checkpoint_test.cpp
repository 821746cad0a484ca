#include "engine/merkle/checkpoint.h"

#include <random>
#include <string>
#include <vector>

#include "engine/hex.h"
#include "engine/merkle/lines.h"
#include "tests/support/catch.h"
#include "tests/support/merkle_samples.h"

namespace seatledger::merkle {
namespace {

using namespace testing;

// The text that c2sp.org/tlog-checkpoint shows.
const std::string known = "example.com/behind-the-sofa\n20852163\nCsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";

}  // namespace

TEST_CASE("decimals and hashes have one text each", "[merkle]") {
    CHECK(parse_decimal("0") == 0);
    CHECK(parse_decimal("18446744073709551615") == ~std::uint64_t{0});
    for (const std::string text :
         {"", "00", "01", "-1", "+1", " 1", "1 ", "0x1", "1e3", "18446744073709551616", "1.0"}) {
        INFO(text);
        CHECK_FALSE(parse_decimal(text));
    }
    CHECK(parse_hash(to_text(empty_root)) == empty_root);
    CHECK_FALSE(parse_hash(to_text(empty_root).substr(4)));
    CHECK_FALSE(parse_hash(to_text(empty_root) + "\n"));
    CHECK_FALSE(parse_hash(""));
}

TEST_CASE("a checkpoint has the text of the specification", "[merkle]") {
    const auto checkpoint = parse_checkpoint(known).value();
    CHECK(checkpoint.origin == "example.com/behind-the-sofa");
    CHECK(checkpoint.size == 20'852'163);
    CHECK(to_hex(bytes_of(checkpoint.root)) == "0ac5186a91863e8e1d90c808014aa89bf5da8e3ee1d9f07630f0378f68f1ab62");
    CHECK(format(checkpoint) == known);
    CHECK(format(Checkpoint{"a", 0, empty_root}) == "a\n0\n47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU=\n");
    CHECK(parse_checkpoint(known + "an extension\nanother one\n").value() == checkpoint);
    CHECK_THROWS(format(Checkpoint{"", 0, empty_root}));
    CHECK_THROWS(format(Checkpoint{"a\nb", 0, empty_root}));
}

TEST_CASE("what is no checkpoint is refused, and says why", "[merkle]") {
    const std::string root = "CsUYapGGPo4dkMgIAUqom/Xajj7h2fB2MPA3j2jxq2I=\n";
    for (const std::string& text : std::vector<std::string>{"",
                                                            "\n",
                                                            "a",
                                                            "a\n",
                                                            "a\n1",
                                                            "a\n1\n",
                                                            "a\n1\n\n",
                                                            "\n1\n" + root,
                                                            "a\n\n" + root,
                                                            "a\n01\n" + root,
                                                            "a\n-1\n" + root,
                                                            "a\n1 \n" + root,
                                                            "a\n18446744073709551616\n" + root,
                                                            "a\nb\n" + root,
                                                            "a\n1\n" + root.substr(0, root.size() - 1),
                                                            "a\n1\n" + root.substr(4),
                                                            "a\n1\n" + root.substr(0, 40) + "\n",
                                                            "a\n1\n" + root + "\n",
                                                            "a\n1\n" + root + "x",
                                                            "a\n1\n" + root + "x\n\ny\n",
                                                            "a\n1\n" + root + "\nx\n"}) {
        INFO(text);
        const auto parsed = parse_checkpoint(text);
        REQUIRE_FALSE(parsed);
        CHECK(contains(parsed.error(), "the checkpoint"));
    }
}

TEST_CASE("a signed checkpoint is opened by its log's verifier key only", "[merkle]") {
    const auto key = signing_key("log.example.com", 1);
    const auto root = leaf_hash("x");
    const auto note = sign_checkpoint(17, root, key);
    CHECK(note.starts_with("log.example.com\n17\n" + to_text(root) + "\n\n— log.example.com "));
    CHECK(open_checkpoint(note, key.verifier()).value() == Checkpoint{"log.example.com", 17, root});

    CHECK_FALSE(open_checkpoint(note, signing_key("log.example.com", 2).verifier()));
    CHECK_FALSE(open_checkpoint(note, signing_key("other.example.com", 1).verifier()));
    // By the right key, but of another log, or of none.
    const auto strange = sign_note(format(Checkpoint{"other.example.com", 17, root}), key);
    CHECK(open_checkpoint(strange, key.verifier()).error() ==
          "the checkpoint is of other.example.com, but the key is of log.example.com");
    CHECK_FALSE(open_checkpoint(sign_note("log.example.com\n", key), key.verifier()));
    const auto extended = sign_note(format(Checkpoint{"log.example.com", 17, root}) + "an extension\n", key);
    CHECK(open_checkpoint(extended, key.verifier()).value().size == 17);
    for (std::size_t at = 0; at < note.size(); ++at) {
        auto other = note;
        other[at] = static_cast<char>(other[at] ^ 1);
        INFO(other);
        CHECK_FALSE(open_checkpoint(other, key.verifier()));
    }
}

TEST_CASE("a log is called after its key, if nobody says otherwise", "[merkle]") {
    const auto key = signing_key("x", 1).verifier().public_key();
    const auto origin = default_origin(key);
    CHECK(origin == "seatledger-" + to_hex(bytes_of(plain_hash(bytes_of(key)))).substr(0, 8));
    CHECK(is_key_name(origin));
    CHECK(default_origin(signing_key("x", 2).verifier().public_key()) != origin);
}

TEST_CASE("whatever is taken for a checkpoint without extensions is written so again", "[merkle]") {
    const auto seed = GENERATE(11u, Catch::rngSeed());
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    int taken = 0;
    for (int i = 0; i < 20'000; ++i) {
        const auto text = mutated(known, random);
        const auto parsed = parse_checkpoint(text);
        if (!parsed) continue;
        ++taken;
        CHECK(text.starts_with(format(*parsed)));
        CHECK(parse_checkpoint(format(*parsed)).value() == *parsed);
    }
    CHECK(taken > 200);
}

}  // namespace seatledger::merkle
