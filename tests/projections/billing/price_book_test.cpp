#include "projections/billing/price_book.h"

#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/commands.h"

namespace seatledger::billing {

using namespace testing;

TEST_CASE("a price book is read from JSON, and what it leaves out is round-once and exclusive") {
    const std::vector<std::pair<std::string, PriceBook>> rows = {
        {"{}", {Rounding::round_once, false}},
        {"{'rounding':'round-once','end':'exclusive'}", {Rounding::round_once, false}},
        {"{'rounding':'unit-then-quantity'}", {Rounding::unit_then_quantity, false}},
        {"{'end':'inclusive','rounding':'daily-2dp'}", {Rounding::daily_2dp, true}},
        {" {\n'rounding' : 'daily-3dp'}\n", {Rounding::daily_3dp, false}},
    };
    for (const auto& [json, book] : rows) {
        INFO(json);
        const auto read = parse_price_book(testing::quoted(json));
        REQUIRE(read.has_value());
        CHECK(*read == book);
    }
}

TEST_CASE("what is wrong with a price book is named") {
    struct Row {
        std::string json;
        std::vector<std::string> mentioned;
    };
    const std::vector<Row> rows = {
        {"", {"no JSON"}},
        {"{'rounding':", {"no JSON"}},
        {"{} x", {"no JSON"}},
        {"[]", {"no JSON object"}},
        {"{'round':'daily-2dp'}", {"\"round\"", "rounding", "end"}},
        {"{'rounding':'daily-2dp','':1}", {"\"\""}},
        {"{'rounding':'daily'}", {"\"rounding\"", "round-once, unit-then-quantity, daily-2dp, daily-3dp"}},
        {"{'rounding':2}", {"\"rounding\""}},
        {"{'rounding':null}", {"\"rounding\""}},
        {"{'end':'included'}", {"\"end\"", "exclusive, inclusive"}},
        {"{'end':true}", {"\"end\""}},
    };
    for (const auto& [json, mentioned] : rows) {
        INFO(json);
        const auto read = parse_price_book(testing::quoted(json));
        REQUIRE_FALSE(read.has_value());
        for (const auto& part : mentioned) {
            INFO(read.error());
            CHECK(contains(read.error(), part));
        }
    }
}

TEST_CASE("roundings are found by their names, and no other") {
    for (const auto rounding : roundings) CHECK(rounding_named(name_of(rounding)) == rounding);
    CHECK_FALSE(rounding_named("").has_value());
    CHECK_FALSE(rounding_named("Round-once").has_value());
}

}  // namespace seatledger::billing
