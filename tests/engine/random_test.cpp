#include "engine/random.h"

#include <array>
#include <set>
#include <thread>
#include <vector>

#include "tests/support/catch.h"

namespace seatledger {
namespace {

using Nonce = std::array<std::uint8_t, 12>;

}  // namespace

TEST_CASE("random bytes are not given twice, to several threads neither", "[random]") {
    const auto source = make_system_random();
    constexpr std::size_t each = 5000;  // of many stocks
    std::array<std::vector<Nonce>, 3> given;
    {
        std::vector<std::jthread> threads;
        for (auto& nonces : given) {
            threads.emplace_back([&source, &nonces] {
                nonces.resize(each);
                for (auto& nonce : nonces) source->fill(nonce);
            });
        }
    }
    std::set<Nonce> different;
    for (const auto& nonces : given) different.insert(nonces.begin(), nonces.end());
    CHECK(different.size() == given.size() * each);
}

TEST_CASE("every random byte is filled, however many there are", "[random]") {
    const auto source = GENERATE(0, 1) == 0 ? make_system_random() : make_seeded_random(3);
    for (const std::size_t size : {0U, 1U, 15U, 16U, 17U, 32U, 5000U}) {
        std::vector<std::uint8_t> all(size, 0);  // of every byte, what was ever set in it
        for (int i = 0; i < 64; ++i) {
            std::vector<std::uint8_t> bytes(size, 0);
            source->fill(bytes);
            for (std::size_t at = 0; at < size; ++at) all[at] |= bytes[at];
        }
        CHECK(all == std::vector<std::uint8_t>(size, 0xFF));
    }
    CHECK(random_bytes(33).value().size() == 33);
    CHECK(random_bytes(33).value() != random_bytes(33).value());
}

TEST_CASE("a seed stands for the same bytes for ever", "[random]") {
    std::array<std::uint8_t, 8> bytes{};
    make_seeded_random(7)->fill(bytes);
    CHECK(bytes == std::array<std::uint8_t, 8>{0xC1, 0xF3, 0x1E, 0xE4, 0x24, 0x0E, 0xD5, 0xE6});
}

}  // namespace seatledger
