#include "tools/commands/period.h"

#include <string>

#include "tests/support/catch.h"

namespace seatledger {

TEST_CASE("a period is a year, a month, a day, or what lies between two days") {
    const auto shown = [](const std::string& text) -> std::string {
        const auto period = parse_period(text);
        return period ? to_text(period->begin) + " to " + to_text(period->end) : "nothing";
    };
    CHECK(shown("2020") == "2020-01-01 to 2021-01-01");
    CHECK(shown("2020-02") == "2020-02-01 to 2020-03-01");
    CHECK(shown("2020-12") == "2020-12-01 to 2021-01-01");
    CHECK(shown("2020-02-29") == "2020-02-29 to 2020-03-01");
    CHECK(shown("2020-01-31/2020-02-02") == "2020-01-31 to 2020-02-02");
    CHECK(shown("9999-11") == "9999-11-01 to 9999-12-01");
    for (const std::string text : {"", "20", "2020-13", "2021-02-29", "2020-02-02/2020-02-02", "2020-02-02/2020-02-01",
                                   "2020-02-02/", "/2020-02-02", "2020-2", "september", "9999-12", "0000",
                                   "2020-01-01/"
                                   "2020-01"}) {
        CAPTURE(text);
        CHECK(shown(text) == "nothing");
    }
}

}  // namespace seatledger
