#include <string>

#include "tests/tools/bills/given_bill.h"

namespace seatledger::billing {
namespace {

using testing::contains;

constexpr auto partner_center = BillFormat::Kind::partner_center;

BillFormat format() {
    auto format = format_of(partner_center);
    format.dates = DateOrder::mdy;
    return format;
}

const std::string old_header =
    "PartnerId,CustomerId,CustomerName,MpnId,OrderId,SubscriptionId,OfferId,DurableOfferId,OfferName,"
    "SubscriptionStartDate,SubscriptionEndDate,ChargeStartDate,ChargeEndDate,ChargeType,UnitPrice,Quantity,Amount,"
    "TotalOtherDiscount,Subtotal,Tax,TotalForCustomer,Currency\n";

std::string old_row(const std::string& charge_type) {
    return "p,c,Acme,1,o,s,OFFER-1,DURABLE-1,Office 365 E3,2/1/2019 0:00,2/1/2020 0:00,2/1/2019 0:00,2/28/2019 23:59," +
           charge_type + ",6.82,2,13.64,2.64,11.00,2.09,13.09,EUR\n";
}

const std::string new_header =
    "PartnerId,CustomerId,CustomerName,InvoiceNumber,OrderId,OrderDate,ProductId,SkuId,AvailabilityId,SkuName,"
    "ProductName,ChargeType,UnitPrice,Quantity,Subtotal,TaxTotal,Total,Currency,SubscriptionId,ChargeStartDate,"
    "ChargeEndDate,TermAndBillingCycle,EffectiveUnitPrice,UnitType,BillableQuantity,PricingCurrency\n";

std::string new_row(const std::string& charge_type, const std::string& pricing_currency) {
    return "p,c,Acme,G002297372,o,6/11/2019,DZH318Z0BNZ5,0001,a,E3 seat,E3," + charge_type +
           ",4.10,1,'-8.00,-1.60,-9.60,USD,s,6/10/2019,7/9/2019,\"One-Month commitment, monthly\",4.00,,'-2," +
           pricing_currency + "\n";
}

TEST_CASE("a row of an old reconciliation file is a charge to an offer, its amount without discount and tax",
          "[bills]") {
    const auto bill = read_given(old_header + old_row("Cycle fee"), format());
    REQUIRE(bill.lines.size() == 1);
    const auto& line = bill.lines[0];
    CHECK(line.kind == LineKind::charge);
    CHECK(line.sku == "DURABLE-1");
    CHECK(days(line.period) == "2019-02-01/2019-03-01");
    CHECK(to_text(line.quantity) == "2");
    CHECK(to_text(line.unit_price.value(), 2) == "6.82");
    CHECK(to_text(line.amount, 2) == "11.00");
    CHECK(to_text(line.tax, 2) == "2.09");
    CHECK(line.currency == "EUR");
    CHECK(line.invoice.empty());
    CHECK(line.description == "Office 365 E3");
    CHECK_FALSE(line.billed_in);

    CHECK(read_given(old_header + old_row("Cycle fee"), format(), mapping_of(R"({"skus":{"DURABLE-1":"e3"}})"))
              .lines[0]
              .sku == "e3");
    const auto by_offer =
        read_given(old_header + old_row("Cycle fee"), format(), mapping_of(R"({"skus":{"OFFER-1":"e3"}})")).lines[0];
    CHECK(by_offer.sku == "e3");
    CHECK(by_offer.bill_sku == "OFFER-1");
}

TEST_CASE("an old reconciliation file without a subtotal has its amount", "[bills]") {
    const auto bill = read_given(
        "OfferId,ChargeStartDate,ChargeEndDate,ChargeType,UnitPrice,Quantity,Amount,Currency\n"
        "OFFER-1,1/13/2018,1/31/2018,Cycle instance prorate,2.45,1,2.45,USD\n",
        format());
    REQUIRE(bill.lines.size() == 1);
    CHECK(to_text(bill.lines[0].amount) == "2.45");
    CHECK(days(bill.lines[0].period) == "2018-01-13/2018-02-01");
}

TEST_CASE("a row of a new commerce file is a charge to a product and SKU, by what is billable", "[bills]") {
    const auto bill = read_given(new_header + new_row("addQuantity", "USD"), format());
    REQUIRE(bill.lines.size() == 1);
    const auto& line = bill.lines[0];
    CHECK(line.kind == LineKind::charge);
    CHECK(line.sku == "DZH318Z0BNZ5:0001");
    CHECK(line.bill_invoice == "G002297372");
    CHECK(line.invoice.empty());
    CHECK(days(line.period) == "2019-06-10/2019-07-10");
    CHECK(to_text(line.quantity) == "-2");
    CHECK(to_text(line.unit_price.value()) == "4");
    CHECK(to_text(line.amount) == "-8");
    CHECK(to_text(line.tax) == "-1.6");
    CHECK(line.description == "E3 seat");

    // A price in another currency says nothing about the amount.
    CHECK_FALSE(read_given(new_header + new_row("New", "EUR"), format()).lines[0].unit_price);

    const auto sku_of = [](std::string_view mapping) {
        return read_given(new_header + new_row("New", ""), format(), mapping_of(mapping)).lines[0].sku;
    };
    CHECK(sku_of(R"({"skus":{"DZH318Z0BNZ5:0001":"e3","DZH318Z0BNZ5":"any"}})") == "e3");
    CHECK(sku_of(R"({"skus":{"DZH318Z0BNZ5":"any"}})") == "any");
    CHECK(sku_of(R"({"skus":{"0001":"wrong"}})") == "DZH318Z0BNZ5:0001");
}

TEST_CASE("charge types are known in the spelling of both kinds of files, and by a mapping in any language",
          "[bills]") {
    struct {
        const char* type;
        LineKind kind;
    } const rows[] = {
        {"Purchase fee", LineKind::charge},
        {"PurchaseFee", LineKind::charge},
        {"Cycle instance prorate", LineKind::charge},
        {"Prorate fees when convert to a new offering", LineKind::charge},
        {"Cancel fee", LineKind::charge},
        {"New", LineKind::charge},
        {"removeQuantity", LineKind::charge},
        {"cycleCharge", LineKind::charge},
        {"Customer credit", LineKind::credit},
        {"customerCredit", LineKind::credit},
        {"Offset a line item", LineKind::credit},
        {"Tax refund", LineKind::tax},
        {"Assess usage fee for current cycle", LineKind::other},
        {"Taxa  do Ciclo", LineKind::charge},
        {"Taxa de ativa\u00E7\u00E3o", LineKind::other},
    };
    const auto mapping =
        mapping_of("{\"kinds\":{\"Taxa do Ciclo\":\"charge\",\"Taxa de ativa\u00E7\u00E3o\":\"other\"}}");
    for (const auto& row : rows) {
        CAPTURE(row.type);
        const auto bill = read_given(old_header + old_row(row.type), format(), mapping);
        REQUIRE(bill.lines.size() == 1);
        CHECK(bill.lines[0].kind == row.kind);
    }
    const auto bill = read_given(old_header + old_row("Taxa do Ciclo"), format());
    REQUIRE(bill.refused.size() == 1);
    CHECK(contains(bill.refused[0].reason, "the ChargeType \"Taxa do Ciclo\" is not known: say what it is"));
    CHECK(to_text(bill.refused[0].amount.value()) == "11");
}

TEST_CASE("the columns that a reconciliation file lacks are named", "[bills]") {
    CHECK(
        contains(error_of("ChargeType,Quantity,Currency\n", format()),
                 "has no column ChargeStartDate, ChargeEndDate, Subtotal or Amount, DurableOfferId or OfferId: every"));
    CHECK(contains(error_of(old_header, format(), mapping_of(R"({"columns":{"id":"OrderId"}})")), "\"columns\""));
    // As some exports spell them.
    const auto bill = read_given(
        "Product Id,Sku Id,Charge Type,Charge_Start_Date,ChargeEndDate,Quantity,Sub Total,Tax Total,Currency\n"
        "P,1,New,6/10/2019,7/9/2019,1,4,1,USD\n",
        format());
    REQUIRE(bill.lines.size() == 1);
    CHECK(to_text(bill.lines[0].tax) == "1");
}

}  // namespace
}  // namespace seatledger::billing
