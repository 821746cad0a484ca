#include "tools/bills/mapping.h"

#include <fstream>

#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace seatledger::billing {
namespace {

std::string error_of(std::string_view json) {
    const auto mapping = parse_mapping(json, "m.json");
    REQUIRE_FALSE(mapping);
    return mapping.error().text();
}

TEST_CASE("a mapping has columns, constants, kinds and skus", "[bills]") {
    const auto mapping = parse_mapping(
        R"({"columns": {"sku": "Product  code", "unitPrice": "Price"}, "constants": {"currency": "EUR"},
            "kinds": {"Taxa do Ciclo": "charge", "VAT": "Tax"}, "skus": {"ACL-123": "connect", "acl-123": "other"}})",
        "m.json");
    REQUIRE(mapping);
    CHECK(mapping->columns == std::map<std::string, std::string>{{"sku", "Product code"}, {"unitPrice", "Price"}});
    CHECK(mapping->constants == std::map<std::string, std::string>{{"currency", "EUR"}});
    CHECK(mapping->kinds ==
          std::map<std::string, LineKind>{{"taxa do ciclo", LineKind::charge}, {"vat", LineKind::tax}});
    CHECK(mapping->skus == std::map<std::string, std::string>{{"ACL-123", "connect"}, {"acl-123", "other"}});
    CHECK(parse_mapping("{}", "m.json"));
}

TEST_CASE("what a mapping cannot have is named, with its line", "[bills]") {
    CHECK(error_of("{\n\"column\":{}}") ==
          "m.json:2: \"column\" is not known: there are columns, constants, kinds, skus");
    CHECK(error_of(R"({"columns":{"price":"x"}})")
              .starts_with("m.json:1: \"columns.price\" is not known: there are sku, quantity, unitPrice, amount, "));
    CHECK(testing::contains(error_of(R"({"kinds":{"VAT":"taxes"}})"), "\"kinds.VAT\" is \"taxes\": it has to be one"));
    CHECK(testing::contains(error_of(R"({"skus":{"a":"b","a":"c"}})"), "\"skus.a\" stands there twice"));
    CHECK(testing::contains(error_of(R"({"kinds":{"a":"tax","A ":"tax"}})"), "\"kinds.A\" stands there twice"));
    CHECK(testing::contains(error_of(R"({"skus":{},"skus":{}})"), "\"skus\" stands there twice"));
    CHECK(testing::contains(error_of(R"({"columns":{"sku":"a"},"constants":{"sku":"b"}})"),
                            "\"sku\" is both a column and a constant"));
    CHECK(testing::contains(error_of(R"({"columns":{"sku":" "}})"), "\"columns.sku\" is empty"));
    CHECK(testing::contains(error_of(R"({"skus":{"":"b"}})"), "is empty"));
    for (const auto* value : {"1", "1.5", "-1", "true", "null", "[]"}) {
        CAPTURE(value);
        CHECK(
            testing::contains(error_of(std::string(R"({"skus":{"a":)") + value + "}}"), "\"skus.a\" has to be a text"));
        CHECK(testing::contains(error_of(std::string(R"({"skus":)") + value + "}"), "\"skus\" has to be an object"));
        CHECK(testing::contains(error_of(value), "is not a mapping"));
    }
    CHECK(testing::contains(error_of(R"({"skus":{"a":{}}})"), "one object too many"));
    CHECK(testing::contains(error_of(R"({"skus":)"), "it ends too early"));
    CHECK(testing::contains(error_of(""), "it ends too early"));
    CHECK(testing::contains(error_of("{skus}"), "is not JSON"));
    CHECK(testing::contains(error_of("{} {}"), "more behind"));
}

TEST_CASE("a mapping is read from a file, and one that cannot be says why", "[bills]") {
    const testing::TempDir dir;
    std::ofstream(dir / "m.json") << R"({"skus":{"a":"b"}})";
    const auto mapping = read_mapping_file(dir / "m.json");
    REQUIRE(mapping);
    CHECK(mapping->skus.at("a") == "b");
    const auto missing = read_mapping_file(dir / "none.json");
    REQUIRE_FALSE(missing);
    CHECK(testing::contains(missing.error().text(), "cannot be read: No such file or directory"));
}

}  // namespace
}  // namespace seatledger::billing
