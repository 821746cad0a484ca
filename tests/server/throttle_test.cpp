// How long who guesses has to wait, and that nobody else does. Time is data here.
#include "server/throttle.h"

#include "server/waiting_room.h"
#include "tests/support/catch.h"

namespace seatledger {
namespace {

using namespace std::chrono_literals;

using Attempt = Throttle::Attempt;
const Throttle::TimePoint start{24h};
constexpr Attempt ann{"acme/ann@acme.test", "192.0.2.1"};

void fail(Throttle& throttle, const Attempt& attempt, int times, Throttle::TimePoint now = start) {
    for (int i = 0; i < times; ++i) throttle.begin(attempt, now);
}

TEST_CASE("people mistype: the first failures have no consequences") {
    Throttle throttle;
    for (int i = 0; i < 3; ++i) {
        CHECK(throttle.wait(ann, start) == 0ms);
        throttle.begin(ann, start);
    }
    CHECK(throttle.wait(ann, start) == 1s);
}

TEST_CASE("each further failure doubles the wait, up to the longest one") {
    Throttle throttle;
    fail(throttle, ann, 3);
    for (const auto wait : {1s, 2s, 4s, 8s, 16s, 32s, 60s, 60s}) {
        CHECK(throttle.wait(ann, start) == wait);
        throttle.begin(ann, start);
    }
    fail(throttle, ann, 100'000);
    CHECK(throttle.wait(ann, start) == 60s);
}

TEST_CASE("the wait is over when it is over, and asking does not make it longer") {
    Throttle throttle;
    fail(throttle, ann, 4);
    CHECK(throttle.wait(ann, start + 500ms) == 1'500ms);
    CHECK(throttle.wait(ann, start + 2s - 1us) == 1ms);
    CHECK(throttle.wait(ann, start + 2s) == 0ms);
    CHECK(throttle.wait(ann, start + 3s) == 0ms);
}

TEST_CASE("an attempt counts from its beginning, so many at once are no way around it") {
    Throttle throttle;
    int begun = 0;
    for (int i = 0; i < 1'000; ++i) {
        if (throttle.wait(ann, start) > 0ms) continue;
        throttle.begin(ann, start);
        ++begun;
    }
    CHECK(begun == 3);
}

TEST_CASE("one success forgives all failures") {
    Throttle throttle;
    fail(throttle, ann, 10);
    throttle.succeeded(ann);
    CHECK(throttle.wait(ann, start) == 0ms);
    fail(throttle, ann, 3);
    CHECK(throttle.wait(ann, start) == 1s);
}

TEST_CASE("failures are forgotten after an hour") {
    Throttle throttle;
    fail(throttle, ann, 10);
    fail(throttle, ann, 1, start + 1h + 1ms);
    CHECK(throttle.wait(ann, start + 1h + 1ms) == 0ms);
}

TEST_CASE("whoever guesses at one name holds up no other name") {
    Throttle throttle;
    fail(throttle, ann, 10);
    CHECK(throttle.wait({"acme/bob@acme.test", ann.place}, start) == 0ms);
}

TEST_CASE("a guesser is slowed down wherever they come from") {
    Throttle throttle;
    for (const auto* place : {"192.0.2.7", "192.0.2.8", "192.0.2.9"}) throttle.begin({ann.name, place}, start);
    CHECK(throttle.wait({ann.name, "192.0.2.10"}, start) == 1s);
}

TEST_CASE("who has logged in from a place is not locked out there by guesses from elsewhere") {
    Throttle throttle;
    throttle.begin(ann, start);
    throttle.succeeded(ann);
    fail(throttle, {ann.name, "192.0.2.66"}, 10);
    CHECK(throttle.wait({ann.name, "192.0.2.66"}, start) > 0ms);
    CHECK(throttle.wait(ann, start) == 0ms);
    // … but has no more guesses there than anybody.
    fail(throttle, ann, 3);
    CHECK(throttle.wait(ann, start) == 1s);
}

TEST_CASE("many names take no more room than there is, and do not wash away a guesser's") {
    ThrottleLimits limits;
    limits.names_max = 10;
    Throttle throttle(limits);
    fail(throttle, ann, 5);
    for (int i = 0; i < 1'000; ++i) throttle.begin({"acme/" + std::to_string(i), "192.0.2.66"}, start);
    CHECK(throttle.wait(ann, start) == 4s);
    CHECK(throttle.names() == 10);
}

TEST_CASE("a name that is there already pushes no other out") {
    ThrottleLimits limits;
    limits.names_max = 2;
    Throttle throttle(limits);
    const Attempt bob{"acme/bob@acme.test", "192.0.2.2"};
    fail(throttle, bob, 3);
    fail(throttle, ann, 10);
    CHECK(throttle.wait(bob, start) == 1s);
}

TEST_CASE("who has waited enough makes room for others") {
    ThrottleLimits limits;
    limits.names_max = 2;
    Throttle throttle(limits);
    fail(throttle, ann, 20);
    const auto later = start + 2min;
    fail(throttle, {"acme/bob@acme.test", "192.0.2.2"}, 1, later);
    fail(throttle, {"acme/cid@acme.test", "192.0.2.3"}, 1, later);
    CHECK(throttle.names() == 2);
}

TEST_CASE("places from which people have logged in take no more room than there is") {
    ThrottleLimits limits;
    limits.names_max = 10;
    Throttle throttle(limits);
    for (int i = 0; i < 1'000; ++i) throttle.succeeded({ann.name, std::to_string(i)});
    CHECK(throttle.places() <= 10);
}

// ---- Those who wait at the same time

TEST_CASE("only so many log-ins wait at a time, and of one address few of them") {
    WaitingRoom room(3, 2);
    auto first = room.enter("192.0.2.1");
    auto second = room.enter("192.0.2.1");
    REQUIRE(first);
    REQUIRE(second);
    CHECK_FALSE(room.enter("192.0.2.1"));
    auto other = room.enter("192.0.2.2");
    REQUIRE(other);
    CHECK_FALSE(room.enter("192.0.2.3"));
    first.reset();
    CHECK(room.enter("192.0.2.1"));  // and left at once
    second.reset();
    other.reset();
    CHECK(room.size() == 0);
}

}  // namespace
}  // namespace seatledger
