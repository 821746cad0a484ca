// The cache holds what was put into it, and lets go of what may go.
#include "engine/entity_cache.h"

#include <cstdint>
#include <map>
#include <random>
#include <string>

#include "tests/support/catch.h"

namespace seatledger {
namespace {

// Collides often: everything falls into few places.
struct CoarseHash {
    std::uint32_t operator()(std::uint64_t key) const { return static_cast<std::uint32_t>(key % 7); }
};
struct FineHash {
    std::uint32_t operator()(std::uint64_t key) const { return static_cast<std::uint32_t>(key * 2'654'435'761); }
};

template <typename Hash>
void compare_with_a_map(std::uint64_t seed) {
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    EntityCache<std::uint64_t, std::string, Hash> cache;
    std::map<std::uint64_t, std::string> map;
    for (int step = 0; step < 20'000; ++step) {
        const auto key = random() % 300;
        auto* slot = cache.find(key);
        REQUIRE((slot != nullptr) == map.contains(key));
        cache.prefetch_index(Hash()(key));
        cache.expect(cache.prefetch_slot(Hash()(key)));  // with colliding hashes often the wrong one
        REQUIRE(cache.find(key) == slot);
        if (slot == nullptr) {
            const auto value = std::to_string(random());
            CHECK(cache.insert(key, value).value == value);
            map.emplace(key, value);
        } else {
            REQUIRE(slot->value == map.at(key));
            if (random() % 2 == 0) {
                cache.erase(*slot);
                map.erase(key);
            }
        }
        REQUIRE(cache.size() == map.size());
    }
    for (const auto& [key, value] : map) CHECK(cache.find(key)->value == value);
}

}  // namespace

TEST_CASE("the cache finds what was put into it and not taken out, however keys collide") {
    compare_with_a_map<FineHash>(1);
    compare_with_a_map<CoarseHash>(2);
}

TEST_CASE("slots stay where they are while others come") {
    EntityCache<std::uint64_t, std::string, FineHash> cache;
    const auto* const first = &cache.insert(0, "zero");
    for (std::uint64_t key = 1; key < 70'000; ++key) static_cast<void>(cache.insert(key, std::to_string(key)));
    CHECK(cache.find(std::uint64_t{0}) == first);
    CHECK(first->value == "zero");
}

TEST_CASE("what has changed since the tables were written is never let go of") {
    EntityCache<std::uint64_t, std::string, FineHash> cache;
    for (std::uint64_t key = 1; key <= 100; ++key) cache.insert(key, std::to_string(key)).changed = Sequence(key);
    cache.evict(10, Sequence(60));
    CHECK(cache.size() == 40);
    for (std::uint64_t key = 1; key <= 100; ++key) CHECK((cache.find(key) != nullptr) == (key > 60));
    cache.evict(10, Sequence(100));
    CHECK(cache.size() == 10);
}

TEST_CASE("what was not used lately goes first") {
    EntityCache<std::uint64_t, std::string, FineHash> cache;
    for (std::uint64_t key = 1; key <= 100; ++key) static_cast<void>(cache.insert(key, ""));
    cache.evict(99, Sequence());  // everything has been used once; now nothing has
    for (std::uint64_t key = 41; key <= 60; ++key) static_cast<void>(cache.find(key));
    cache.evict(20, Sequence());
    for (std::uint64_t key = 41; key <= 60; ++key) CHECK(cache.find(key) != nullptr);
}

}  // namespace seatledger
