// Holdings behave as a vector of them would, however many there are.
#include "engine/rules/holdings.h"

#include <random>
#include <vector>

#include "tests/support/catch.h"

namespace seatledger {
namespace {

Holding holding(std::uint32_t license) {
    return {LicenseNumber(license), ProductNumber(license % 3 + 1), {license}, Sequence(license)};
}

void check_same(const Holdings& holdings, const std::vector<Holding>& expected) {
    REQUIRE(holdings.size() == expected.size());
    CHECK(holdings.empty() == expected.empty());
    CHECK(std::vector<Holding>(holdings.begin(), holdings.end()) == expected);
    for (std::size_t i = 0; i < expected.size(); ++i) CHECK(holdings[i] == expected[i]);
}

}  // namespace

TEST_CASE("holdings stay in the order in which they were given") {
    const std::uint64_t seed = 20'261'126;
    INFO("seed " << seed);
    std::mt19937_64 random(seed);
    Holdings holdings;
    std::vector<Holding> expected;
    for (std::uint32_t step = 1; step <= 5'000; ++step) {
        INFO("step " << step);
        if (random() % 2 == 0) {
            holdings.push_back(holding(step));
            expected.push_back(holding(step));
        } else {
            const auto rest = random() % 3;  // several go at once, or none does
            const auto gone = [&](const Holding& old) { return old.license.value % 3 == rest; };
            holdings.erase_if(gone);
            std::erase_if(expected, gone);
        }
        check_same(holdings, expected);
    }
}

TEST_CASE("copies of holdings are their own") {
    for (const std::uint32_t count : {0u, 1u, 2u, 5u}) {
        INFO(count << " holdings");
        Holdings original;
        for (std::uint32_t license = 1; license <= count; ++license) original.push_back(holding(license));
        Holdings copy(original);
        CHECK(copy == original);
        copy.push_back(holding(9));
        CHECK(original.size() == count);
        CHECK_FALSE(copy == original);
        copy = original;
        CHECK(copy == original);
        original.erase_if([](const Holding&) { return true; });
        CHECK(original.empty());
        CHECK(copy.size() == count);
        const auto moved = std::move(copy);
        CHECK(moved.size() == count);
    }
}

}  // namespace seatledger
