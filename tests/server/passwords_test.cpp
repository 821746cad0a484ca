// Passwords as they are kept.
#include "server/passwords.h"

#include <algorithm>
#include <string>

#include "tests/support/catch.h"

namespace seatledger {
namespace {

using testing::contains;

// scrypt(N = 16, r = 1, p = 1, 32 bytes) of "correct horse battery" with the salt 00 01 … 0f, by OpenSSL's command
// line: what was kept by another cost is still checked by that one.
constexpr std::string_view cheap =
    "scrypt$4$1$1$000102030405060708090a0b0c0d0e0f$e5e2542edc8f1d2de850ad6c0eb42be2cf08466d73756114e9551a8f8e84ee83";

constexpr PasswordCost little{4, 1, 1};

TEST_CASE("a password is recognised by what is kept of it, and no other is") {
    const std::string password = "correct horse battery";
    const auto kept = hash_password(password, little);
    CHECK(kept.starts_with("scrypt$4$1$1$"));
    CHECK_FALSE(contains(kept, password));
    CHECK(std::ranges::none_of(kept, [](char c) { return c == ' ' || c == '\n'; }));
    CHECK(is_password(password, kept));
    CHECK_FALSE(is_password("correct horse batterz", kept));
    CHECK(hash_password(password, little) != kept);  // another salt
}

TEST_CASE("unless it is to cost less, a password takes 32 MiB") {
    const auto kept = hash_password("correct horse battery");
    CHECK(kept.starts_with("scrypt$15$8$1$"));
    CHECK(is_password("correct horse battery", kept));
}

TEST_CASE("what was kept by another cost is checked by that one") {
    CHECK(is_password("correct horse battery", cheap));
    for (const std::string wrong :
         {"", "correct horse batter", "correct horse battery ", "Correct horse battery", "correct horse batterz"}) {
        CHECK_FALSE(is_password(wrong, cheap));
    }
}

TEST_CASE("nobody has no password, not even an empty one") {
    CHECK_FALSE(is_password("", "", little));
    CHECK_FALSE(is_password("correct horse battery", "", little));
    CHECK_FALSE(is_password(std::string(32, '\0'), "", little));
}

}  // namespace
}  // namespace seatledger
