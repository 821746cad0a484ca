#include "engine/merkle/note.h"

#include <array>
#include <random>
#include <string>
#include <vector>

#include "engine/base64.h"
#include "engine/hex.h"
#include "engine/merkle/hash.h"
#include "tests/support/catch.h"
#include "tests/support/merkle_samples.h"

namespace seatledger::merkle {
namespace {

using namespace std::string_view_literals;
using namespace testing;

VerifierKey peter() { return VerifierKey::parse(peters_verifier).value(); }

// A signature line with these bytes behind the id.
std::string line(const std::string& name, const KeyId& id, const std::string& signature) {
    return "— " + name + " " + to_base64(std::string(id.begin(), id.end()) + signature) + "\n";
}

std::string line(const SigningKey& key, std::string_view text) {
    return line(key.verifier().name(), key.verifier().id(), key.sign(text));
}

const std::string text = "a text\n\nof three lines\n";

}  // namespace

TEST_CASE("keys and notes are those of golang.org/x/mod/sumdb/note", "[merkle]") {
    const auto key = SigningKey::make("PeterNeumann", peters_secret()).value();
    CHECK(key.verifier().text() == peters_verifier);
    CHECK(key.verifier() == peter());
    CHECK(peter().name() == "PeterNeumann");
    CHECK(to_hex({reinterpret_cast<const char*>(peter().id().data()), 4}) == "c74f20a3");
    CHECK(peter().public_key() == public_key_of(peters_secret()));

    CHECK(sign_note(peters_text, key) == peters_note);
    CHECK(open_note(peters_note, std::vector{peter()}).value() == peters_text);
}

TEST_CASE("Ed25519 is that of RFC 8032, section 7.1", "[merkle]") {
    SecretKey secret;
    std::ranges::copy(from_hex("4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb").value(),
                      secret.bytes().begin());
    const auto key = SigningKey::make("example.com/log", secret).value();
    CHECK(to_hex(bytes_of(key.verifier().public_key())) ==
          "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c");
    const auto signature = key.sign("\x72");
    CHECK(to_hex(signature) ==
          "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
          "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00");
    CHECK(key.verifier().verifies("\x72", signature));
    CHECK_FALSE(key.verifier().verifies("\x73", signature));
    CHECK_FALSE(key.verifier().verifies("", signature));
    CHECK_FALSE(key.verifier().verifies("\x72", signature.substr(1)));
    CHECK_FALSE(key.verifier().verifies("\x72", signature + "x"));
    CHECK_FALSE(key.verifier().verifies("\x72", ""));
    for (std::size_t at = 0; at < signature.size(); ++at) {
        auto other = signature;
        other[at] = static_cast<char>(other[at] ^ 1);
        CHECK_FALSE(key.verifier().verifies("\x72", other));
    }
}

TEST_CASE("a new key is random, and signs what only its verifier key takes", "[merkle]") {
    const auto random = make_system_random();
    const auto one = SigningKey::make("one.example.com", make_signing_secret(*random)).value();
    const auto two = SigningKey::make("one.example.com", make_signing_secret(*random)).value();
    CHECK(one.verifier().public_key() != two.verifier().public_key());
    CHECK(VerifierKey::parse(one.verifier().text()).value() == one.verifier());
    CHECK(one.verifier().verifies(text, one.sign(text)));
    CHECK_FALSE(one.verifier().verifies(text, two.sign(text)));
    // What is no point of the curve is a key that verifies nothing.
    PublicKey none;
    none.fill(0xFF);
    CHECK_FALSE(VerifierKey::make("none", none).value().verifies(text, one.sign(text)));
}

TEST_CASE("a key's name is not empty, and has no plus, spaces or control characters", "[merkle]") {
    for (const std::string name :
         {"a", "example.com/log42", "seatledger-0a1b2c3d", "журнал", "—", "\x7F", "\u200B", "\U0001F600"}) {
        INFO(name);
        CHECK(is_key_name(name));
    }
    for (const std::string name :
         {"",         " ",      "a b",     "a+b",    "+",      "a\n",         "a\t",    "\x1F",
          "a\u00A0b", "\u0085", "\u1680",  "\u2000", "\u200A", "\u2028",      "\u2029", "\u202F",
          "\u205F",   "\u3000", "a\u3000", "\xFF",   "a\xC3",  "\xED\xA0\x80"}) {
        INFO(name);
        CHECK_FALSE(is_key_name(name));
        CHECK_FALSE(SigningKey::make(name, peters_secret()));
        CHECK_FALSE(VerifierKey::make(name, peter().public_key()));
    }
    CHECK_FALSE(is_key_name(std::string(1, '\0')));
}

TEST_CASE("a verifier key of which anything was changed is refused", "[merkle]") {
    const std::string good(peters_verifier);
    for (std::size_t begin = 0; begin <= good.size(); ++begin) {
        for (auto size = good.size() - begin; size > 0; --size) {
            if (size < good.size()) CHECK_FALSE(VerifierKey::parse(good.substr(begin, size)));
        }
    }
    for (std::size_t at = 0; at < good.size(); ++at) {
        auto other = good;
        ++other[at];
        CHECK_FALSE(VerifierKey::parse(other));
    }
    CHECK_FALSE(VerifierKey::parse(""));
    CHECK_FALSE(VerifierKey::parse(good + "\n"));
    CHECK_FALSE(VerifierKey::parse(" " + good));
    CHECK_FALSE(VerifierKey::parse("PeterNeumann+C74F20A3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW"));
    // With an id that fits: a key that is too long, and one of an unknown type.
    CHECK(contains(
        VerifierKey::parse("PeterNeumann+cc469956+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TWBADKEY==").error(),
        "base64"));  // which has bits behind its last byte, too
    CHECK(contains(VerifierKey::parse("PeterNeumann+173116ae+ZRpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").error(),
                   "Ed25519"));
    CHECK(contains(VerifierKey::parse("PeterNeumann+c74f20a4+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW").error(),
                   "another id"));
}

TEST_CASE("signatures by unknown keys are passed over; one that is known must be there, and all of them right",
          "[merkle]") {
    const auto one = signing_key("one.example.com", 1);
    const auto two = signing_key("two.example.com", 2);
    const auto same_name = signing_key("one.example.com", 3);
    const std::vector keys = {one.verifier(), two.verifier()};
    const auto note = text + "\n";
    const auto wrong = [](const SigningKey& key) {
        return line(key.verifier().name(), key.verifier().id(), std::string(64, 'x'));
    };

    CHECK(open_note(note + line(one, text), keys).value() == text);
    CHECK(open_note(note + line(two, text) + line(one, text), keys).value() == text);
    CHECK(open_note(note + line(one, text) + line(one, text), keys).value() == text);
    CHECK(open_note(note + wrong(same_name) + line(one, text), keys).value() == text);
    // Another name with the id of a known key, and a signature of any length by somebody else.
    CHECK(open_note(note + line("x", one.verifier().id(), "z") + line(one, text), keys).value() == text);
    CHECK(open_note(note + line("x", {}, std::string(5'000, 'z')) + line(one, text), keys).value() == text);

    CHECK(open_note(note + line(same_name, text), keys).error() == "the note has no signature by a key that is known");
    CHECK_FALSE(open_note(note + line(one, text), {}));
    CHECK_FALSE(open_note(note + line("x", one.verifier().id(), one.sign(text)), keys));
    const auto& refused = "the signature by one.example.com is wrong: the note was changed";
    CHECK(open_note(note + wrong(one), keys).error() == refused);
    CHECK(open_note(note + line(two, text) + wrong(one), keys).error() == refused);
    CHECK(open_note(note + wrong(one) + line(one, text), keys).error() == refused);
    CHECK(open_note(note + line(one, text + "\n"), keys).error() == refused);  // the blank line is not signed
    CHECK(open_note("another" + note + line(one, text), keys).error() == refused);
    CHECK_FALSE(open_note(note + line("one.example.com", one.verifier().id(), one.sign(text).substr(1)), keys));
}

TEST_CASE("a note is read as it was written", "[merkle]") {
    for (const std::string body : {"\n", "\n\n\n", "a\n", "a\n\n", "— x AAAAAAA=\n", "журнал\n", "\x7F\u0085\n"}) {
        const Note note{body, {{"a", {1, 2, 3, 4}, "x"}, {"b.example.com", {}, std::string(64, '\0')}}};
        INFO(format(note));
        CHECK(parse_note(format(note)).value() == note);
    }
    Note many{text, {}};
    for (std::size_t i = 0; i < note_signatures_max; ++i) many.signatures.push_back({"a", {}, "x"});
    CHECK(parse_note(format(many)).value() == many);
    many.signatures.push_back({"a", {}, "x"});
    CHECK(parse_note(format(many)).error() == "the note has more than 100 signatures");
    const std::string end = "\n\n— a AAAAAAA=\n";
    CHECK(parse_note(std::string(note_bytes_max - end.size(), 'x') + end));
    CHECK_FALSE(parse_note(std::string(note_bytes_max - end.size() + 1, 'x') + end));
}

TEST_CASE("what is no note is refused, and says why", "[merkle]") {
    const std::string good = "text\n\n— a AAAAAAA=\n";
    REQUIRE(parse_note(good));
    for (const std::string note : {
             "",
             "\n",
             "\n\n",
             "text",
             "text\n",
             "text\n\n",
             "text\n— a AAAAAAA=\n",
             "text\n\n— a AAAAAAA=",
             "text\n\n— a AAAAAAA=\n\n",
             "\n— a AAAAAAA=\n",
             "— a AAAAAAA=\n",
             "text\n\n-- a AAAAAAA=\n",
             "text\n\n- a AAAAAAA=\n",
             "text\n\n—a AAAAAAA=\n",
             "text\n\n—  a AAAAAAA=\n",
             "text\n\n— a  AAAAAAA=\n",
             "text\n\n— a AAAAAAA= \n",
             "text\n\n— a\n",
             "text\n\n— a \n",
             "text\n\n—  AAAAAAA=\n",
             "text\n\n— \n",
             "text\n\n— a AAAAAA==\n",
             "text\n\n— a AAAAAAA\n",
             "text\n\n— a AAAAAAB=\n",
             "text\n\n— a AAAA\n",
             "text\n\n— a AAAAAAA=\nmore\n",
             "text\n\nmore\n— a AAAAAAA=\n",
             "text\n\n— a+b AAAAAAA=\n",
             "text\n\n— a\u00A0b AAAAAAA=\n",
             "text\r\n\r\n— a AAAAAAA=\r\n",
             "te\txt\n\n— a AAAAAAA=\n",
             "te\xFFxt\n\n— a AAAAAAA=\n",
             "text\n\n— \xC3 AAAAAAA=\n",
             "te\xED\xA0\x80xt\n\n— a AAAAAAA=\n",
         }) {
        INFO(note);
        const auto parsed = parse_note(note);
        REQUIRE_FALSE(parsed);
        CHECK(contains(parsed.error(), "the note "));
    }
    CHECK_FALSE(parse_note("te\0xt\n\n— a AAAAAAA=\n"sv));
    const auto key = signing_key("a", 1);
    CHECK_THROWS(sign_note("no newline", key));
    CHECK_THROWS(sign_note("", key));
    CHECK_THROWS(sign_note("a\r\n", key));
}

TEST_CASE("whatever is taken for a note or a verifier key is written so again", "[merkle]") {
    const auto seed = GENERATE(7u, Catch::rngSeed());
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    const auto note = format({text, {{"a", {1, 2, 3, 4}, "x"}, {"b.example.com", {}, std::string(64, 'y')}}});
    int taken = 0;
    for (int i = 0; i < 20'000; ++i) {
        const auto other = mutated(note, random);
        if (const auto parsed = parse_note(other)) {
            ++taken;
            CHECK(format(*parsed) == other);
        }
        const auto key = mutated(std::string(peters_verifier), random);
        if (const auto parsed = VerifierKey::parse(key)) CHECK(parsed->text() == key);
    }
    CHECK(taken > 200);
    for (int i = 0; i < 2'000; ++i) {
        std::string noise(random() % 200, '\0');
        for (auto& byte : noise) byte = static_cast<char>(random());
        if (const auto parsed = parse_note(noise)) CHECK(format(*parsed) == noise);
    }
}

}  // namespace seatledger::merkle
