#include "engine/base64.h"

#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.h"

namespace seatledger {

TEST_CASE("base64 is written as in RFC 4648, section 10, and read again", "[base64]") {
    const std::vector<std::pair<std::string, std::string>> vectors = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
        {"\xFB\xFF", "+/8="},
    };
    for (const auto& [bytes, text] : vectors) {
        INFO(text);
        CHECK(to_base64(bytes) == text);
        CHECK(from_base64(text) == bytes);
    }
}

TEST_CASE("bytes have one text in base64: any other is refused", "[base64]") {
    for (const std::string text :
         {"Zg",    "Zg=",          "Zg===",    "Zh==", "Zm9=",  "Z===",    "====",        "=",
          "Zm9v=", "Zm9v====",     "Zg==Zg==", "Zm=v", " Zm9v", "Zm9v ",   "Zm9v\n",      "Zm 9",
          "Zm\n9", "Zm9v\n\n\n\n", "    ",     "Zm9-", "Zm9_",  "Zm9\x80", "Zm9v    Zm9v"}) {
        INFO(text);
        CHECK_FALSE(from_base64(text));
    }
    CHECK_FALSE(from_base64(std::string("Zm9\0", 4)));
    CHECK_FALSE(from_base64(std::string("\0\0\0\0", 4)));
}

TEST_CASE("whatever is read as base64 is written so again, and all bytes come back", "[base64]") {
    const auto seed = GENERATE(1u, Catch::rngSeed());
    INFO("seed " << seed);
    std::mt19937 random(seed);
    const std::string letters = "AZaz09+/=\n";
    int taken = 0;
    for (int i = 0; i < 3'000; ++i) {
        std::string bytes(random() % 50, '\0');
        for (auto& byte : bytes) byte = static_cast<char>(random());
        CHECK(from_base64(to_base64(bytes)) == bytes);

        std::string text(random() % 9, '\0');
        for (auto& letter : text) letter = letters[random() % letters.size()];
        const auto read = from_base64(text);
        if (!read) continue;
        ++taken;
        CHECK(to_base64(*read) == text);
    }
    CHECK(taken > 100);
}

}  // namespace seatledger
