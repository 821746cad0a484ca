#include "tools/commands/moment.h"

#include <string>

#include "tests/support/catch.h"

namespace seatledger {
namespace {

TEST_CASE("a moment is a sequence if it is a plain number, and else an instant") {
    const auto sequence = parse_moment("--from", "41");
    REQUIRE(sequence);
    CHECK(sequence->sequence == Sequence(41));
    CHECK_FALSE(sequence->instant);
    const auto instant = parse_moment("--from", "2020-09-07T14:00:00+02:00");
    REQUIRE(instant);
    CHECK(instant->instant == Instant{1'599'480'000'000'000});
    CHECK_FALSE(instant->sequence);
    CHECK(parse_moment("--to", "18446744073709551615")->sequence == Sequence(~std::uint64_t{0}));
}

TEST_CASE("what is neither says what was expected") {
    for (const std::string text :
         {"", "0", "-1", "+1", "18446744073709551616", "yesterday", "2020-09-07", "1e3", " 1", "2020-09-07T12:00:00"}) {
        const auto moment = parse_moment("--to", text);
        INFO(text);
        REQUIRE_FALSE(moment);
        CHECK(moment.error().status == Status::usage);
        CHECK(moment.error().message.find("--to: '" + text + "'") == 0);
        CHECK(moment.error().message.find("RFC 3339") != std::string::npos);
    }
}

}  // namespace
}  // namespace seatledger
