#include <string>

#include "tests/tools/bills/given_bill.h"

namespace seatledger::billing {
namespace {

using testing::contains;

constexpr auto csv = BillFormat::Kind::csv;

const std::string header =
    "sku,quantity,unitPrice,amount,currency,start,end,license,email,invoice,kind,tax,id,corrects,description\n";

TEST_CASE("a plain bill has columns of our names", "[bills]") {
    const auto bill = read_given(
        header + "connect,2,5,10.00,usd,2025-04-01,2025-05-01,17,ann@acme.test,I-1,Correction,1.90,L-2,L-1,\"a\n b\"\n",
        format_of(csv));
    REQUIRE(bill.lines.size() == 1);
    const auto& line = bill.lines[0];
    CHECK(line.kind == LineKind::correction);
    CHECK(line.sku == "connect");
    CHECK(line.currency == "USD");
    CHECK(line.license == 17u);
    CHECK(line.email == "ann@acme.test");
    CHECK(line.invoice == "I-1");
    CHECK(line.bill_invoice == "I-1");
    CHECK(to_text(line.tax) == "1.9");
    CHECK(line.id == "L-2");
    CHECK(line.corrects == "L-1");
    CHECK(line.description == "a b");
    CHECK(days(line.period) == "2025-04-01/2025-05-01");
}

TEST_CASE("a plain bill needs six columns, and without kinds every line is a charge", "[bills]") {
    const auto bill = read_given(
        "Start,END,sku,Quantity,amount,currency,whatever\n2025-04-01,2025-05-01,connect,1,5,EUR,x\n", format_of(csv));
    REQUIRE(bill.lines.size() == 1);
    CHECK(bill.lines[0].kind == LineKind::charge);
    CHECK(error_of("sku,quantity\n", format_of(csv)) ==
          "bill.csv:1: has no column amount, currency, start, end: add it, or name in a mapping the column that has "
          "it, or a constant");
    CHECK(contains(error_of("sku,quantity,amount,currency,start,end,ID,id\n", format_of(csv)), "more than one column"));
}

TEST_CASE("a seat or kind of a plain bill that cannot be read refuses the line", "[bills]") {
    const auto reason_of = [](const std::string& license, const std::string& email, const std::string& kind) {
        const auto bill = read_given(
            header + "connect,2,5,10,USD,2025-04-01,2025-05-01," + license + "," + email + ",," + kind + ",,,,\n",
            format_of(csv));
        REQUIRE(bill.refused.size() == 1);
        CHECK(to_text(bill.refused[0].amount.value()) == "10");
        CHECK(bill.refused[0].currency == "USD");
        return bill.refused[0].reason;
    };
    CHECK(contains(reason_of("0", "", "charge"), "the license \"0\" is no number of a license"));
    CHECK(contains(reason_of("17a", "", "charge"), "the license \"17a\""));
    CHECK(contains(reason_of("", "ann", "charge"), "the email \"ann\" is no e-mail address"));
    CHECK(contains(reason_of("", "", "fee"),
                   "the kind \"fee\" is not known: say in the mapping's \"kinds\" which it is of charge,"));
    CHECK(contains(reason_of("", "", ""), "the kind \"\" is not known"));
}

TEST_CASE("a mapping names columns, constants, kinds and products of a foreign bill", "[bills]") {
    const auto mapping = mapping_of(
        R"({"columns":{"sku":"Product code","quantity":"Seats","amount":"Net","start":"From","end":"To","kind":"Type"},
            "constants":{"currency":"EUR"}, "kinds":{"Lizenz":"charge","USt":"tax"}, "skus":{"P-1":"connect"}})");
    auto format = format_of(csv);
    format.dates = DateOrder::dmy;
    format.decimals = DecimalMark::comma;
    format.ends_inclusive = true;
    const auto bill = read_given(
        "product code,Seats,Net,From,To,Type,id\n"
        "P-1,2,\"1.234,50 \u20AC\",1.4.2025,30.4.2025,lizenz,not an id\n"
        ",,\"234,56\",1.4.2025,30.4.2025,UST,\n"
        "P-1,2,2.45,1.4.2025,30.4.2025,lizenz,\n"
        "P-1,2,\"2,45\",1.4.2025,30.4.2025,Charge,\n",
        format, mapping);
    REQUIRE(bill.lines.size() == 3);
    CHECK(bill.lines[0].sku == "connect");
    CHECK(bill.lines[0].bill_sku == "P-1");
    CHECK(to_text(bill.lines[0].amount) == "1234.5");
    CHECK(days(bill.lines[0].period) == "2025-04-01/2025-05-01");
    CHECK(bill.lines[0].id.empty());  // no column of the mapping
    CHECK(bill.lines[1].kind == LineKind::tax);
    CHECK(bill.lines[2].kind == LineKind::charge);  // our own word
    REQUIRE(bill.refused.size() == 1);
    CHECK(contains(bill.refused[0].reason, "the Net \"2.45\" is not a number with a decimal comma"));
    CHECK(to_text(bill.summary.sums.at("EUR")) == "1471.51");
    CHECK(bill.summary.refused_without_amount == 1);
}

TEST_CASE("a mapping that lacks a part, or names a column that is not there, is refused with the file", "[bills]") {
    const std::string text = "a,b,c,d,e,currency\n";
    CHECK(contains(error_of(text, format_of(csv),
                            mapping_of(R"({"columns":{"sku":"a","quantity":"b","amount":"c","start":"d","end":"e"}})")),
                   "has no \"currency\" in its mapping"));
    CHECK(contains(error_of(text, format_of(csv), mapping_of(R"({"columns":{"sku":"a","quantity":"b","amount":"z",
                                                     "start":"d","end":"e","currency":"currency"}})")),
                   "has no column z"));
    const auto bill = read_given("sku,quantity,amount,end\nconnect,1,5,2025-05-01\n", format_of(csv),
                                 mapping_of(R"({"constants":{"currency":"EUR","start":"2025-04-01","kind":"other"}})"));
    REQUIRE(bill.lines.size() == 1);
    CHECK(bill.lines[0].kind == LineKind::other);
}

TEST_CASE("Microsoft's worked scenarios are read with both of their decimal marks, and no line is lost", "[bills]") {
    auto stream = real_bill("partner-center/worked-scenarios.csv");
    if (!stream) return;
    const auto mapping = mapping_of(
        R"({"columns":{"start":"charge_start_raw","end":"charge_end_raw","kind":"charge_type_raw",
                       "unitPrice":"unit_price_raw","quantity":"quantity_raw","amount":"amount_raw","id":"line"},
            "constants":{"sku":"seat","currency":"USD"},
            "kinds":{"Taxa do Ciclo":"charge","Proporcional \u00E0 Inst\u00E2ncia do Ciclo":"charge",
                     "Taxa de cancelamento":"charge","Taxas proporcionais na compra":"charge",
                     "Novo":"charge","addQuantity":"charge","removeQuantity":"charge"}})");
    auto format = format_of(csv);
    format.dates = DateOrder::dmy;
    format.decimals = DecimalMark::comma;
    format.ends_inclusive = true;
    const auto bill = read_given(*stream, format, mapping);
    CHECK(bill.summary.records == 41);
    // 2.45, 1.55 and 3.10, and 2.47 stand among the others with a comma: nobody can tell what they are.
    CHECK(bill.refused.size() == 3);
    for (const auto& refused : bill.refused) CHECK(contains(refused.reason, "decimal comma"));
    CHECK(bill.summary.refused_without_amount == 3);
    CHECK(to_text(bill.lines[0].amount) == "4");
    CHECK(days(bill.lines[0].period) == "2018-01-13/2018-02-13");
    CHECK(to_text(bill.lines.back().amount) == "3.87");
}

}  // namespace
}  // namespace seatledger::billing
