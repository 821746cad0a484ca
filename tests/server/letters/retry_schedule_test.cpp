#include "server/letters/retry_schedule.h"

#include <algorithm>
#include <limits>
#include <set>

#include "tests/support/catch.h"

namespace seatledger {

using std::chrono::milliseconds;

TEST_CASE("waiting begins with a second, doubles up to ten minutes, and is shorter by at most a quarter") {
    for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
        const RetrySchedule schedule(seed);
        auto whole = milliseconds(1'000);
        for (std::uint32_t failures = 1; failures <= 15; ++failures) {
            const auto delay = schedule.delay(failures);
            if (delay > whole || delay < whole * 3 / 4) FAIL(seed << " " << failures << " " << delay.count());
            whole = std::min(whole * 2, milliseconds(600'000));
        }
        CHECK(schedule.delay(std::numeric_limits<std::uint32_t>::max()) >= milliseconds(450'000));
        CHECK(schedule.delay(std::numeric_limits<std::uint32_t>::max()) <= milliseconds(600'000));
    }
}

TEST_CASE("nothing has failed: nothing is waited for") { CHECK(RetrySchedule(1).delay(0) == milliseconds(0)); }

TEST_CASE("one seed gives one schedule, and different seeds spread over the whole quarter") {
    std::set<milliseconds> delays;
    for (std::uint64_t seed = 0; seed < 1'000; ++seed) {
        CHECK(RetrySchedule(seed).delay(10) == RetrySchedule(seed).delay(10));
        delays.insert(RetrySchedule(seed).delay(20));
    }
    CHECK(delays.size() > 950);
    CHECK(*delays.begin() < milliseconds(460'000));
    CHECK(*delays.rbegin() > milliseconds(590'000));
}

}  // namespace seatledger
