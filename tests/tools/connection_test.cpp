#include "tools/connection.h"

#include <capnp/serialize.h>

#include "tests/support/catch.h"

namespace seatledger {
namespace {

// A message of so many segments, each of one word.
Words frame_of(std::uint32_t segments) {
    Words words(segments / 2 + 1 + segments);
    auto* table = reinterpret_cast<std::uint32_t*>(words.data());
    table[0] = segments - 1;
    for (std::uint32_t i = 1; i <= segments; ++i) table[i] = 1;
    return words;
}

TEST_CASE("a frame's size is told as soon as its table is there, and never too early") {
    for (const std::uint32_t segments : {1u, 2u, 3u, 4u, 511u, 512u}) {
        const auto frame = frame_of(segments);
        const auto table = segments / 2 + 1;
        for (std::size_t have = 0; have <= frame.size(); ++have) {
            const auto words = frame_words(std::span(frame).first(have), 10'000);
            REQUIRE(words);
            if (have < table) {
                CHECK(*words > have);
                CHECK(*words <= table);
            } else {
                CHECK(*words == frame.size());
            }
        }
    }
}

TEST_CASE("what follows a frame does not change its size") {
    auto words = frame_of(3);
    const auto size = words.size();
    words.resize(size + 100, ~std::uint64_t{0});
    CHECK(frame_words(words, 10'000) == size);
}

TEST_CASE("a frame that is too large, or none, is refused before anything is kept for it") {
    const auto frame = frame_of(4);
    CHECK(frame_words(frame, frame.size()));
    CHECK_FALSE(frame_words(frame, frame.size() - 1));
    CHECK_FALSE(frame_words(frame_of(513), 10'000));
    CHECK_FALSE(frame_words(Words{~std::uint64_t{0}}, 10'000));
    // A segment of 2^32 - 1 words.
    CHECK_FALSE(frame_words(Words{0xFFFF'FFFF'0000'0000}, 1'000'000));
}

TEST_CASE("what Cap'n Proto writes is a frame") {
    capnp::MallocMessageBuilder message(1, capnp::AllocationStrategy::FIXED_SIZE);
    auto list = message.initRoot<capnp::AnyPointer>().initAs<capnp::List<capnp::Text>>(5);
    for (unsigned i = 0; i < list.size(); ++i) list.set(i, "a text that needs a segment of its own");
    REQUIRE(message.getSegmentsForOutput().size() > 2);
    const auto flat = capnp::messageToFlatArray(message);
    const std::span words(reinterpret_cast<const std::uint64_t*>(flat.begin()), flat.size());
    CHECK(frame_words(words, 10'000) == words.size());
}

}  // namespace
}  // namespace seatledger
