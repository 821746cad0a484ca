// Cursors, honest and hostile.
#include "projections/cursor.h"

#include <limits>
#include <random>
#include <string>

#include "tests/support/catch.h"

namespace seatledger {
namespace {

Cursor sample() {
    Cursor cursor;
    cursor.question = 0xFEDCBA9876543210;
    cursor.sequence = Sequence(41);
    cursor.time = Instant{-7};
    cursor.catalog_time = {Sequence(43), last_instant};
    cursor.position = std::string("\0\xFF inv", 6);
    return cursor;
}

void check_equal(const Cursor& a, const Cursor& b) {
    CHECK(a.question == b.question);
    CHECK(a.sequence == b.sequence);
    CHECK(a.time == b.time);
    CHECK(a.catalog_time.sequence == b.catalog_time.sequence);
    CHECK(a.catalog_time.instant == b.catalog_time.instant);
    CHECK(a.position == b.position);
}

TEST_CASE("a cursor is read back, and is text") {
    const auto text = write_cursor(sample());
    CHECK(text.find_first_not_of("0123456789abcdef") == std::string::npos);
    const auto read = read_cursor(text);
    REQUIRE(read);
    check_equal(*read, sample());

    const auto plain = read_cursor(write_cursor({}));
    REQUIRE(plain);
    check_equal(*plain, {});
}

TEST_CASE("what is no cursor is none") {
    const auto text = write_cursor(sample());
    CHECK_FALSE(read_cursor(""));
    CHECK_FALSE(read_cursor("0"));
    CHECK_FALSE(read_cursor("cursor"));
    CHECK_FALSE(read_cursor(text.substr(1)));
    CHECK_FALSE(read_cursor(text.substr(0, 78)));
    CHECK_FALSE(read_cursor(std::string(80, 'A')));
    CHECK_FALSE(read_cursor(std::string(80, '\0')));
    CHECK_FALSE(read_cursor(text + "g0"));
    CHECK_FALSE(read_cursor(text + " "));
    CHECK(read_cursor(std::string(80, 'f')));
}

TEST_CASE("a cursor that was changed anywhere is read as another one, or not at all") {
    constexpr auto seed = 20200109u;
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    const auto text = write_cursor(sample());
    for (int i = 0; i < 2'000; ++i) {
        auto changed = text;
        changed[random() % changed.size()] = static_cast<char>(random());
        if (changed == text) continue;
        const auto read = read_cursor(changed);
        if (read) CHECK(write_cursor(*read) == changed);
    }
}

}  // namespace
}  // namespace seatledger
