#include "tools/bills/declared_layout.h"

#include "tests/tools/bills/given_bill.h"

namespace seatledger::billing {
namespace {

constexpr std::string_view header = "Product;Seats;Cost;Currency;From;To;No";

DeclaredLayout given() {
    auto format = format_of(BillFormat::Kind::csv);
    format.dates = DateOrder::dmy;
    format.decimals = DecimalMark::comma;
    format.ends_inclusive = true;
    return {format, std::string(header), mapping_of(R"({"kinds":{"Fee":"other"},
        "columns":{"sku":"Product","quantity":"Seats"},"constants":{"tax":"0"},
        "skus":{"ACL-1":"connect","ACL-2":"seat","ACL:i-7":"center"}})")};
}

TEST_CASE("A declared layout is read again as it was written, with the names of its line's product alone") {
    const auto layout = given();
    const auto json = to_json(layout, "connect");
    const auto again = parse_declared_layout(json, *layout.format.zone);
    INFO(json);
    REQUIRE(again);
    CHECK(again->header == layout.header);
    CHECK(again->format.kind == layout.format.kind);
    CHECK(again->format.dates == DateOrder::dmy);
    CHECK(again->format.decimals == DecimalMark::comma);
    CHECK(again->format.ends_inclusive);
    CHECK(again->format.has_ledger_invoices);
    CHECK(again->format.zone == layout.format.zone);
    CHECK(again->mapping.columns == layout.mapping.columns);
    CHECK(again->mapping.constants == layout.mapping.constants);
    CHECK(again->mapping.kinds == layout.mapping.kinds);
    CHECK(again->mapping.skus == std::map<std::string, std::string>{{"ACL-1", "connect"}});
    CHECK(to_json(*again) == json);
    CHECK(parse_declared_layout(to_json(layout), *layout.format.zone)->mapping.skus == layout.mapping.skus);
    CHECK(parse_declared_layout(to_json(layout, "none"), *layout.format.zone)->mapping.skus.empty());
}

TEST_CASE("What a declared layout leaves out is as usual for its format") {
    const auto zone = format_of(BillFormat::Kind::csv).zone;
    const auto layout = parse_declared_layout(R"({"format":"partner-center","header":"a,b"})", *zone);
    REQUIRE(layout);
    CHECK(layout->format.ends_inclusive);
    CHECK_FALSE(layout->format.has_ledger_invoices);
    CHECK(layout->format.dates == DateOrder::iso);
    CHECK(layout->mapping.skus.empty());
}

TEST_CASE("What is wrong with a declared layout is named") {
    const auto zone = format_of(BillFormat::Kind::csv).zone;
    const auto problem_of = [&](std::string_view json) {
        const auto layout = parse_declared_layout(json, *zone);
        REQUIRE_FALSE(layout);
        return layout.error();
    };
    const auto says = [&](std::string_view json, std::string_view what) {
        return problem_of(json).find(what) != std::string::npos;
    };
    CHECK(says("csv", "JSON object"));
    CHECK(says("{}", "focus, partner-center, csv"));
    CHECK(says(R"({"format":"csv"})", "header"));
    CHECK(says(R"({"format":"csv","header":"a","dates":"ymd"})", "iso, mdy, dmy"));
    CHECK(says(R"({"format":"csv","header":"a","ends":1})", "exclusive, inclusive"));
    CHECK(says(R"({"format":"csv","header":"a","sep":";"})", "\"sep\""));
    CHECK(says(R"({"format":"csv","header":"a","mapping":{"skus":{"":"x"}}})", "mapping"));
}

}  // namespace
}  // namespace seatledger::billing
