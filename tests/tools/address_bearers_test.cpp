#include "tools/address_bearers.h"

#include "tests/support/catch.h"

namespace seatledger {

TEST_CASE("An address means whoever had it before the instant, and the last of several") {
    AddressBearers bearers;
    bearers.add(UserId(1), "ann@acme.test", Instant{50});
    bearers.add(UserId(1), "Ana@acme.test", Instant{90});
    bearers.add(UserId(2), "ann@acme.test", Instant{200});
    const auto at = [&](std::string_view email, std::int64_t micros) {
        return bearers.find(email, Instant{micros}).value;
    };
    CHECK(at("ann@acme.test", 60) == 1);
    CHECK(at("ANN@acme.test", 200) == 1);
    CHECK(at("ann@acme.test", 201) == 2);
    CHECK(at("ana@acme.test", 300) == 1);
    CHECK(at("ann@acme.test", 10) == 1);  // nobody had it yet: who had it first
    CHECK(at("eve@acme.test", 300) == 0);
}

}  // namespace seatledger
