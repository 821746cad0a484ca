// What the network thread shares out.
#include "server/network.h"

#include <optional>

#include "tests/support/catch.h"

namespace seatledger {
namespace {

TEST_CASE("memory for requests is given in the order in which it was asked for", "[server][network]") {
    boost::asio::io_context network;
    Signal signal(network.get_executor());
    Budget budget(100);
    std::optional<Budget::Share> first(std::in_place, budget, 60, signal);
    std::optional<Budget::Share> second(std::in_place, budget, 50, signal);
    std::optional<Budget::Share> third(std::in_place, budget, 10, signal);
    CHECK(first->is_granted());
    CHECK(!second->is_granted());
    CHECK(!third->is_granted());  // though there is room for it

    SECTION("when some is given back") {
        first.reset();
        CHECK(second->is_granted());
        CHECK(third->is_granted());
        CHECK(budget.free() == 40);
    }
    SECTION("when who was first does not want it any more") {
        second.reset();
        CHECK(third->is_granted());
        CHECK(budget.free() == 30);
    }
    SECTION("who asks for more than there is gets all of it, once nobody has any") {
        second.reset();
        third.reset();
        const Budget::Share all(budget, 1'000, signal);
        CHECK(!all.is_granted());
        first.reset();
        CHECK(all.is_granted());
        CHECK(budget.free() == 0);
    }
}

}  // namespace
}  // namespace seatledger
