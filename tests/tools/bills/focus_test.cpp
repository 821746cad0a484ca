#include <string>

#include "tests/tools/bills/given_bill.h"

namespace seatledger::billing {
namespace {

using testing::contains;

constexpr auto focus = BillFormat::Kind::focus;

const std::string header =
    "BilledCost,BillingCurrency,BillingPeriodEnd,BillingPeriodStart,ChargeCategory,ChargeClass,ChargeDescription,"
    "ChargePeriodEnd,ChargePeriodStart,ConsumedQuantity,ContractedUnitPrice,InvoiceId,ListUnitPrice,PricingQuantity,"
    "ResourceId,SkuId,SkuPriceId,Tags,x_Team\n";

// A row for April 2025, of 10 seats for 200.00 USD.
struct Row {
    std::string cost = "200.00";
    std::string currency = "USD";
    std::string category = "Usage";
    std::string charge_class = {};
    std::string end = "2025-05-01T00:00:00Z";
    std::string start = "2025-04-01T00:00:00Z";
    std::string consumed = {};
    std::string contracted = "20.00";
    std::string list = "25.00";
    std::string quantity = "10";
    std::string resource = {};
    std::string sku = "ACL-123";
    std::string price = "ACL-123-2010";

    [[nodiscard]] std::string text() const {
        return cost + "," + currency + ",2025-05-01T00:00:00Z,2025-04-01T00:00:00Z," + category + "," + charge_class +
               ",Seats," + end + "," + start + "," + consumed + "," + contracted + ",INV-7," + list + "," + quantity +
               "," + resource + "," + sku + "," + price + ",\"{\"\"cost, center\"\":\"\"7\"\"}\",core\n";
    }
};

BillLine line_of(const Row& row, const Mapping& mapping = {}) {
    auto bill = read_given(header + row.text(), format_of(focus), mapping);
    INFO((bill.refused.empty() ? "" : bill.refused[0].reason));
    REQUIRE(bill.lines.size() == 1);
    return bill.lines[0];
}

RefusedLine refused_of(const Row& row) {
    auto bill = read_given(header + row.text(), format_of(focus));
    REQUIRE(bill.refused.size() == 1);
    return bill.refused[0];
}

TEST_CASE("a row of a FOCUS bill is a charge for seats over a period", "[bills]") {
    const auto line = line_of({});
    CHECK(line.line == 2);
    CHECK(line.kind == LineKind::charge);
    CHECK(line.sku == "ACL-123");
    CHECK(line.bill_sku == "ACL-123");
    CHECK(line.bill_invoice == "INV-7");
    CHECK(line.invoice.empty());  // the number is the vendor's, unless it is declared to be the ledger's
    CHECK_FALSE(line.license);
    CHECK(line.email.empty());
    CHECK(days(line.period) == "2025-04-01/2025-05-01");
    REQUIRE(line.billed_in);
    CHECK(days(*line.billed_in) == "2025-04-01/2025-05-01");
    CHECK(to_text(line.quantity) == "10");
    CHECK(to_text(line.unit_price.value()) == "20");
    CHECK(to_text(line.amount) == "200");
    CHECK(line.tax.is_zero());
    CHECK(line.currency == "USD");
    CHECK(line.description == "Seats");
    CHECK(line.id.empty());
    CHECK(line.corrects.empty());
}

TEST_CASE("quantity and price of a FOCUS bill stand in the second column where the first is empty", "[bills]") {
    CHECK(to_text(line_of({.consumed = "7"}).quantity) == "10");
    CHECK(to_text(line_of({.consumed = "7", .quantity = ""}).quantity) == "7");
    CHECK(to_text(line_of({.consumed = "7", .quantity = "NULL"}).quantity) == "7");
    CHECK(to_text(line_of({.contracted = ""}).unit_price.value()) == "25");
    CHECK_FALSE(line_of({.contracted = "", .list = ""}).unit_price);
}

TEST_CASE("what a FOCUS row is about follows from its category and class", "[bills]") {
    struct {
        const char* category;
        const char* charge_class;
        LineKind kind;
    } const rows[] = {
        {"Usage", "", LineKind::charge},
        {"Purchase", "", LineKind::charge},
        {"purchase", "null", LineKind::charge},
        {"Usage", "Correction", LineKind::correction},
        {"Purchase", "Correction", LineKind::correction},
        {"Adjustment", "Correction", LineKind::correction},
        {"Adjustment", "", LineKind::other},
        {"Credit", "", LineKind::credit},
        {"Credit", "Correction", LineKind::credit},
        {"Tax", "", LineKind::tax},
        {"Tax", "Correction", LineKind::tax},
    };
    for (const auto& row : rows) {
        CAPTURE(row.category, row.charge_class);
        CHECK(line_of({.category = row.category, .charge_class = row.charge_class}).kind == row.kind);
    }
    CHECK(contains(refused_of({.category = "Fee"}).reason, "the ChargeCategory \"Fee\" is none of"));
    CHECK(contains(refused_of({.charge_class = "Refund"}).reason, "the ChargeClass \"Refund\" is not Correction"));
}

TEST_CASE("a resource that is a number or an address is a seat", "[bills]") {
    CHECK(line_of({.resource = "17"}).license == 17u);
    CHECK(line_of({.resource = "ann@acme.test"}).email == "ann@acme.test");
    for (const auto* resource : {"0", "99999999999", "vm-17", "17 18", "arn:aws:a@b@c"}) {
        CAPTURE(resource);
        const auto line = line_of({.resource = resource});
        CHECK_FALSE(line.license);
        CHECK(line.email.empty());
    }
}

TEST_CASE("a product is looked up by its price first, and called by its own name where a mapping lacks it", "[bills]") {
    const auto both = mapping_of(R"({"skus":{"ACL-123":"connect","ACL-123-2010":"connect-monthly"}})");
    CHECK(line_of({}, both).sku == "connect-monthly");
    CHECK(line_of({}, both).bill_sku == "ACL-123-2010");
    CHECK(line_of({.price = "ACL-123-0120"}, both).sku == "connect");
    CHECK(line_of({.price = "ACL-123-0120"}, both).bill_sku == "ACL-123");
    CHECK(line_of({.sku = "", .price = "P-9"}).sku == "P-9");
    CHECK(contains(refused_of({.sku = "", .price = ""}).reason, "has no SkuId"));
}

TEST_CASE("a FOCUS row for no seats needs neither product nor quantity, and a correction no quantity", "[bills]") {
    const auto tax = line_of({.category = "Tax", .contracted = "", .list = "", .quantity = "", .sku = "", .price = ""});
    CHECK(tax.sku.empty());
    CHECK(tax.quantity.is_zero());
    CHECK(days(tax.period) == "2025-04-01/2025-05-01");
    CHECK(line_of({.charge_class = "Correction", .quantity = ""}).quantity.is_zero());
    CHECK(contains(refused_of({.quantity = ""}).reason, "has no PricingQuantity"));
    CHECK(days(line_of({.category = "Credit", .end = "", .start = ""}).period) == "1970-01-01/1970-01-01");
}

TEST_CASE("a FOCUS row that cannot be read is refused, and its amount counts", "[bills]") {
    struct {
        Row row;
        const char* reason;
        const char* amount;
    } const rows[] = {
        {{.cost = ""}, "has no BilledCost: enter what it costs", "nothing"},
        {{.cost = "free"}, "the BilledCost \"free\" is not a number with a decimal point", "nothing"},
        {{.cost = "\u20AC5"}, "the BilledCost \"\u20AC5\" is not in USD", "nothing"},
        {{.currency = ""}, "has no BillingCurrency", "200"},
        {{.currency = "Dollar"}, "the BillingCurrency \"Dollar\" is no code of ISO 4217", "200"},
        {{.end = "2025-05-32"}, "the ChargePeriodEnd \"2025-05-32\" is not a day written YYYY-MM-DD", "200"},
        {{.start = "4/1/25"}, "the ChargePeriodStart \"4/1/25\" is not a day", "200"},
        {{.end = "2025-03-01"}, "the ChargePeriodEnd \"2025-03-01\" is before its ChargePeriodStart", "200"},
        {{.end = "2025-04-01"}, "leaves no day after its ChargePeriodStart", "200"},
        {{.end = ""}, "has no ChargePeriodEnd", "200"},
        {{.end = "", .start = ""}, "has no ChargePeriodStart", "200"},
        {{.quantity = "ten"}, "the PricingQuantity \"ten\" is not a number", "200"},
        {{.contracted = "1.2.3"}, "the ContractedUnitPrice \"1.2.3\" is not a number", "200"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.reason);
        const auto refused = refused_of(row.row);
        CHECK(refused.line == 2);
        CHECK_THAT(refused.reason, Catch::Matchers::Contains(row.reason));
        CHECK((refused.amount ? to_text(*refused.amount) : "nothing") == row.amount);
    }
}

TEST_CASE("the columns that a FOCUS bill lacks are named", "[bills]") {
    CHECK(error_of("BilledCost,SkuId\n", format_of(focus)) ==
          "bill.csv:1: has no column BillingCurrency, ChargeCategory, ChargePeriodStart, ChargePeriodEnd, "
          "PricingQuantity or ConsumedQuantity: every FOCUS bill has it, so see whether this is one");
    CHECK(contains(error_of("BilledCost,Billed Cost\n", format_of(focus)), "more than one column BilledCost"));
    CHECK(contains(error_of("BilledCost;BillingCurrency\n", format_of(focus)), "not parted by commas"));
}

TEST_CASE("a vendor's own columns say what FOCUS has none for, if a mapping names them", "[bills]") {
    const std::string text =
        "BilledCost,BillingCurrency,ChargeCategory,ChargePeriodStart,ChargePeriodEnd,PricingQuantity,SkuId,x_Seat,"
        "x_Id,x_Of\n1,USD,Usage,2025-04-01,2025-05-01,1,s,17,L-1,L-0\n";
    const auto bill = read_given(text, format_of(focus),
                                 mapping_of(R"({"columns":{"license":"x_Seat","id":"x_Id","corrects":"x_Of"}})"));
    REQUIRE(bill.lines.size() == 1);
    CHECK(bill.lines[0].license == 17u);
    CHECK(bill.lines[0].id == "L-1");
    CHECK(bill.lines[0].corrects == "L-0");
    CHECK_FALSE(bill.lines[0].billed_in);

    CHECK(contains(error_of(text, format_of(focus), mapping_of(R"({"columns":{"id":"x_None"}})")), "no column x_None"));
    CHECK(contains(error_of(text, format_of(focus), mapping_of(R"({"columns":{"sku":"x_Seat"}})")), "\"sku\""));
    CHECK(contains(error_of(text, format_of(focus), mapping_of(R"({"kinds":{"a":"tax"}})")), "\"kinds\""));
    CHECK(contains(error_of(text, format_of(focus), mapping_of(R"({"constants":{"id":"a"}})")), "\"constants\""));
}

TEST_CASE("the examples of the FOCUS specification are read as they are printed", "[bills]") {
    auto format = format_of(focus);
    format.dates = DateOrder::mdy;
    const auto mapping = mapping_of(R"({"skus":{"ACL-123":"connect"}})");
    if (auto stream = real_bill("focus/simple_saas_agreements_a2.csv")) {
        const auto bill = read_given(*stream, format, mapping);
        REQUIRE(bill.lines.size() == 1);
        CHECK(bill.lines[0].sku == "connect");
        CHECK(to_text(bill.lines[0].amount, 2) == "50000.00");
        CHECK(to_text(bill.lines[0].quantity) == "500");
        CHECK(to_text(bill.lines[0].unit_price.value()) == "100");
        CHECK(days(bill.lines[0].period) == "2025-04-01/2026-04-01");
        CHECK(days(bill.lines[0].billed_in.value()) == "2025-04-01/2025-05-01");
    }
    if (auto stream = real_bill("focus/simple_saas_agreements_a3.csv")) {
        const auto bill = read_given(*stream, format, mapping);
        REQUIRE(bill.lines.size() == 1);
        CHECK(days(bill.lines[0].billed_in.value()) == "2025-06-01/2025-07-01");
    }
    if (auto stream = real_bill("focus/simple_saas_agreements_c.csv")) {
        const auto bill = read_given(*stream, format, mapping);
        REQUIRE(bill.lines.size() == 3);
        CHECK(to_text(bill.summary.sums.at("USD")) == "35800");
        CHECK(days(bill.lines[2].period) == "2025-06-01/2025-07-01");
    }
}

}  // namespace
}  // namespace seatledger::billing
