// Boxes, and the keys that open one of them and no other.
#include "engine/vault/sealed_box.h"

#include <string>

#include "engine/hex.h"
#include "tests/support/catch.h"

namespace seatledger {
namespace {

SecretKey key_of(std::uint8_t fill) {
    SecretKey key;
    for (auto& byte : key.bytes()) byte = fill;
    return key;
}

Nonce nonce_of(std::uint8_t fill) {
    Nonce nonce;
    nonce.fill(fill);
    return nonce;
}

const std::string context = "email/acme/1";
const std::string clear = "ann@acme.test";

}  // namespace

TEST_CASE("a box opens with its owner's key in its own place, and with nothing else") {
    const auto box = seal_box(key_of(1), nonce_of(7), context, clear);
    CHECK(box.size() == clear.size() + sealed_overhead_bytes);
    CHECK(open_box(key_of(1), context, box) == clear);
    CHECK_FALSE(open_box(key_of(2), context, box));
    CHECK_FALSE(open_box(key_of(1), "email/acme/2", box));
    for (std::size_t i = 0; i < box.size(); ++i) {
        CAPTURE(i);
        auto changed = box;
        changed[i] = static_cast<char>(changed[i] ^ 1);
        CHECK_FALSE(open_box(key_of(1), context, changed));
        CHECK_FALSE(open_box(key_of(1), context, box.substr(0, i)));
    }
    CHECK_FALSE(open_box(key_of(1), context, box + '\0'));
}

TEST_CASE("a box has a key of its own, which opens it and no other box of the same owner") {
    const auto box = seal_box(key_of(1), nonce_of(7), context, clear);
    const auto other = seal_box(key_of(1), nonce_of(8), context, clear);
    const auto key = box_key_of(key_of(1), box);
    REQUIRE(key);
    CHECK(key->text() != key_of(1).text());
    CHECK(open_with_box_key(*key, context, box) == clear);
    CHECK_FALSE(open_with_box_key(*key, "email/acme/2", box));
    CHECK_FALSE(open_with_box_key(*key, context, other));
    CHECK_FALSE(open_with_box_key(key_of(1), context, box));
    CHECK_FALSE(box_key_of(key_of(1), box.substr(0, sealed_overhead_bytes - 1)));
}

TEST_CASE("a box says which key opens it, so that whoever sealed it cannot show it with two") {
    // The same ciphertext under another commitment is refused, whatever AES-GCM makes of it.
    const auto box = seal_box(key_of(1), nonce_of(7), context, clear);
    const auto forged = box.substr(0, box.size() - commitment_bytes) +
                        seal_box(key_of(2), nonce_of(7), context, clear).substr(box.size() - commitment_bytes);
    CHECK_FALSE(open_box(key_of(1), context, forged));
    CHECK_FALSE(open_box(key_of(2), context, forged));
}

TEST_CASE("a box of a fixed key and nonce has these bytes") {
    // Made once by another implementation, Node.js on OpenSSL.
    const auto box = seal_box(key_of(1), nonce_of(7), context, clear);
    CHECK(box.substr(0, nonce_bytes) == std::string(nonce_bytes, '\x07'));
    CHECK(to_hex(box) ==
          "070707070707070707070707c8572306641f6ed8848023a13fd48478c3472b7af54804b2e16282cdc60a8ae35bad98069cdc668e32f0"
          "d5e2"
          "31f2669a5623df3cfac757fb39e54bd1a6");
}

}  // namespace seatledger
