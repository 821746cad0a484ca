#include "engine/vault/key_cache.h"

#include "tests/support/catch.h"

namespace seatledger {
namespace {

SecretKey key_with(std::uint8_t byte) {
    SecretKey key;
    key.bytes()[0] = byte;
    return key;
}

bool put(KeyCache& cache, std::uint64_t number, std::uint8_t byte) {
    const auto answer = cache.find(KeyNumber(number));
    return cache.offer(KeyNumber(number), key_with(byte), answer.destructions);
}

}  // namespace

TEST_CASE("a key that was put into the cache is found there, and no other", "[vault]") {
    KeyCache cache(64);
    CHECK_FALSE(cache.find(KeyNumber(5)).known);
    REQUIRE(put(cache, 5, 50));
    const auto answer = cache.find(KeyNumber(5));
    REQUIRE(answer.known);
    REQUIRE(answer.key.has_value());
    CHECK(answer.key->text() == key_with(50).text());
    for (const std::uint64_t number : {1U, 4U, 6U, 21U, 69U}) CHECK_FALSE(cache.find(KeyNumber(number)).known);
}

TEST_CASE("a key that was read before it was destroyed does not come into the cache afterwards", "[vault]") {
    KeyCache cache(64);
    const auto before = cache.find(KeyNumber(5));
    cache.mark_destroyed(KeyNumber(5));
    CHECK_FALSE(cache.offer(KeyNumber(5), key_with(50), before.destructions));
    const auto answer = cache.find(KeyNumber(5));
    CHECK(answer.known);
    CHECK_FALSE(answer.key.has_value());
}

TEST_CASE("the same, where the cache has forgotten the destroyed key in the meantime", "[vault]") {
    KeyCache cache(1);
    const auto before = cache.find(KeyNumber(5));
    cache.mark_destroyed(KeyNumber(5));
    for (std::uint64_t number = 6; number < 106; ++number) REQUIRE(put(cache, number, 1));
    REQUIRE_FALSE(cache.find(KeyNumber(5)).known);
    CHECK_FALSE(cache.offer(KeyNumber(5), key_with(50), before.destructions));
    CHECK_FALSE(cache.find(KeyNumber(5)).known);
}

TEST_CASE("a key in the cache is gone once it is destroyed or forgotten", "[vault]") {
    KeyCache cache(64);
    REQUIRE(put(cache, 5, 50));
    REQUIRE(put(cache, 6, 60));
    cache.mark_destroyed(KeyNumber(5));
    CHECK(cache.find(KeyNumber(5)).known);
    CHECK_FALSE(cache.find(KeyNumber(5)).key.has_value());
    cache.forget(KeyNumber(6));
    CHECK_FALSE(cache.find(KeyNumber(6)).known);
    cache.forget(KeyNumber(7));
    CHECK_FALSE(cache.find(KeyNumber(7)).known);
}

TEST_CASE("the cache holds no more keys than it may, and keeps those in use", "[vault]") {
    KeyCache cache(4);
    for (std::uint64_t number = 1; number <= 1000; ++number) {
        REQUIRE(put(cache, number, static_cast<std::uint8_t>(number)));
        if (number > 1) CHECK(cache.find(KeyNumber(number - 1)).known);
    }
    std::size_t held = 0;
    for (std::uint64_t number = 1; number <= 1000; ++number) {
        const auto answer = cache.find(KeyNumber(number));
        if (!answer.known) continue;
        ++held;
        CHECK(answer.key.value().text() == key_with(static_cast<std::uint8_t>(number)).text());
    }
    CHECK(held == 4);
}

}  // namespace seatledger
