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

TEST_CASE("a checkpoint is refused whose signature has the id of another key, whatever else is right", "[merkle]") {
    const auto key = signing_key("log.example.com", 1);
    const auto same_name = signing_key("log.example.com", 2);
    const auto text = format(Checkpoint{"log.example.com", 17, leaf_hash("x")});
    const auto with_id = [&](const KeyId& id) { return format(Note{text, {{"log.example.com", id, key.sign(text)}}}); };
    REQUIRE(open_checkpoint(with_id(key.verifier().id()), key.verifier()));
    const auto& unknown = "the note has no signature by a key that is known";
    CHECK(open_checkpoint(with_id({}), key.verifier()).error() == unknown);
    CHECK(open_checkpoint(with_id(same_name.verifier().id()), key.verifier()).error() == unknown);
    for (std::size_t at = 0; at < KeyId().size(); ++at) {
        for (int bit = 0; bit < 8; ++bit) {
            auto id = key.verifier().id();
            id[at] = static_cast<std::uint8_t>(id[at] ^ (1 << bit));
            CHECK(open_checkpoint(with_id(id), key.verifier()).error() == unknown);
        }
    }
    // Nor is it taken for one by the key whose id it has.
    CHECK(contains(open_checkpoint(with_id(same_name.verifier().id()), same_name.verifier()).error(), "is wrong"));
}

TEST_CASE("a checkpoint is refused whose signer has a name that no key may have", "[merkle]") {
    const auto key = signing_key("log.example.com", 1);
    for (const std::string name :
         {"log example.com", "log+example.com", "log.example.com ", " log.example.com", "log.example.com+", "+", "",
          "log\texample.com", "log\u00A0example.com", "log\u2003example.com", "log\u3000example.com"}) {
        INFO(name);
        CHECK_FALSE(VerifierKey::make(name, key.verifier().public_key()));
        CHECK_FALSE(VerifierKey::parse(name + key.verifier().text().substr(key.verifier().name().size())));
        // The origin may be any line, but nobody can have signed for it.
        const auto text = name.empty() ? "\n17\n" : format(Checkpoint{name, 17, leaf_hash("x")});
        const auto note = format(Note{text, {{name, key.verifier().id(), key.sign(text)}}});
        CHECK_FALSE(parse_note(note));
        CHECK_FALSE(open_checkpoint(note, key.verifier()));
    }
}

TEST_CASE("a checkpoint is refused of which a newline is missing, or one too many", "[merkle]") {
    const auto key = signing_key("log.example.com", 1);
    const auto note = sign_checkpoint(17, leaf_hash("x"), key);
    REQUIRE(open_checkpoint(note, key.verifier()));
    int newlines = 0;
    for (std::size_t at = 0; at < note.size(); ++at) {
        if (note[at] != '\n') continue;
        ++newlines;
        for (const std::string instead : {"", "\n\n", "\r\n", " \n", "\n ", " ", "\\n", "\x0B", "\u2028"}) {
            const auto other = note.substr(0, at) + instead + note.substr(at + 1);
            INFO(other);
            CHECK_FALSE(open_checkpoint(other, key.verifier()));
        }
    }
    CHECK(newlines == 5);  // three lines, a blank one, the signature's
    // Signed so, too: what is signed is no checkpoint then.
    const auto text = format(Checkpoint{"log.example.com", 17, leaf_hash("x")});
    for (std::size_t at = 0; at + 1 < text.size(); ++at) {
        if (text[at] != '\n') continue;
        CHECK_FALSE(open_checkpoint(sign_note(text.substr(0, at) + text.substr(at + 1), key), key.verifier()));
        CHECK_FALSE(open_checkpoint(sign_note(text.substr(0, at) + "\n" + text.substr(at), key), key.verifier()));
    }
    CHECK_FALSE(open_checkpoint(sign_note(text + "\n", key), key.verifier()));
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
