// Statements as FOCUS bills: what the specification demands of every row, what ours have in them, and that our own
// reader of such bills reads all of it.
#include "tools/focus_statement.h"

#include <algorithm>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "tests/support/billing_oracle.h"
#include "tests/support/catch.h"
#include "tests/support/given.h"
#include "tests/support/ledger_box.h"
#include "tests/support/random_billing.h"
#include "tests/tools/bills/given_bill.h"
#include "tools/csv_file.h"

namespace seatledger {
namespace {

using namespace testing;
using billing::AccountHistory;
using billing::DayPeriod;
using billing::Exact;
using billing::SeatDays;
using billing::StatementBy;

constexpr auto all_by = {StatementBy::product, StatementBy::user, StatementBy::license, StatementBy::day};

using Row = std::map<std::string, std::string>;

DayPeriod period(std::string_view begin, std::string_view end) {
    return {*parse_civil_day(begin), *parse_civil_day(end)};
}

AccountHistory folded(const Steps& steps) {
    LedgerBox box;
    box.must_happen(steps);
    return history_of(box.blocks(), "acme");
}

std::string written(const SeatDays& days, const DayPeriod& of, StatementBy by,
                    const std::string& provider = "Acme Software") {
    std::string text;
    const auto email = [](UserId user) -> std::optional<std::string> {
        if (user == UserId(1)) return std::nullopt;  // erased
        return "user" + std::to_string(user.value) + "@acme.test";
    };
    write_focus(days, of, by, {provider, email}, [&](std::string_view lines) { text += lines; });
    return text;
}

std::vector<Row> rows_of(const std::string& text) {
    const auto file = parse_csv(text, "focus.csv");
    REQUIRE(file);
    CHECK(file->bad_rows.empty());
    std::vector<Row> rows;
    for (const auto& from : file->rows) {
        auto& row = rows.emplace_back();
        for (std::size_t i = 0; i < file->header.size(); ++i) row[file->header[i]] = from.fields[i];
    }
    return rows;
}

std::vector<Row> rows_of(const AccountHistory& history, const DayPeriod& of, StatementBy by) {
    return rows_of(written(SeatDays(history, {}, last_instant), of, by));
}

// Those columns of each row, parted by blanks; – for null.
std::vector<std::string> cells(const std::vector<Row>& rows, const std::vector<std::string>& columns) {
    std::vector<std::string> lines;
    for (const auto& row : rows) {
        auto& line = lines.emplace_back();
        for (const auto& column : columns) {
            if (!line.empty()) line += ' ';
            line += row.at(column).empty() ? "–" : row.at(column);
        }
    }
    return lines;
}

using Lines = std::vector<std::string>;
const std::vector<std::string> charged = {
    "ChargeCategory", "SkuId", "ResourceId", "PricingQuantity", "PricingUnit", "ContractedUnitPrice", "BilledCost"};

std::string defined(const std::string& sku, const std::string& term, const std::string& billing,
                    const std::string& price, const std::string& currency = "USD") {
    return "{'defineProduct':{'sku':'" + sku + "','name':'The " + sku + "','type':'t','term':'" + term +
           "','billing':'" + billing + "','unitPrice':{'amount':'" + price + "','currency':'" + currency + "'}}}";
}

std::string bought_for(const std::string& sku, int quantity, const std::string& total) {
    return acme("'issueInvoice':{'invoice':'i-" + sku + "','raisedBy':'boss@acme.test','lines':[{'sku':'" + sku +
                "','quantity':" + std::to_string(quantity) + ",'amount':{'amount':'" + total +
                "','currency':'USD'}}]}");
}

// March 2020 in Lisbon, which is at UTC until the 29th, and at UTC+1 then. Users: 1 boss, 2 ann. Licenses: 1 daily, 2
// and 3 yearly, at 10.00 less than the catalogue has them.
Steps march() {
    return steps(defined("daily", "P1M", "assigned", "31.00"), defined("yearly", "P1Y", "purchased", "120.00"),
                 defined("center", "P1M", "membership", "62.00"), open_acme("Europe/Lisbon"), registered("ann"),
                 acme("'createQueue':{'queue':'q','kind':'call'}"), bought_for("daily", 1, "31.00"),
                 bought_for("yearly", 2, "220.00"), "2020-03-01T00:00:00Z", paid("i-daily", "31.00", "b1"),
                 paid("i-yearly", "220.00", "b2"), bind(1, "ann"), "2020-03-02T12:00:00Z",
                 acme("'addQueueMember':{'queue':'q','email':'ann@acme.test','role':'agent'}"), unbind(1),
                 "2020-03-03T12:00:00Z", acme("'removeQueueMember':{'queue':'q','email':'ann@acme.test'}"),
                 acme("'creditInvoice':{'invoice':'i-yearly','line':1,'quantity':0,'amount':{'amount':'7.50',"
                      "'currency':'USD'},'reason':'late'}"));
}

// What FOCUS 1.2 demands of rows like these, whatever is charged.
void check_rules(const Row& row) {
    static const std::vector<std::string> never_null = {
        "BilledCost",         "BillingAccountId", "BillingAccountName", "BillingCurrency",   "BillingPeriodEnd",
        "BillingPeriodStart", "ChargeCategory",   "ChargeDescription",  "ChargeFrequency",   "ChargePeriodEnd",
        "ChargePeriodStart",  "ContractedCost",   "EffectiveCost",      "InvoiceIssuerName", "ListCost",
        "ProviderName",       "PublisherName",    "ServiceCategory",    "ServiceName",       "ServiceSubcategory"};
    for (const auto& column : never_null) {
        INFO(column);
        CHECK_FALSE(row.at(column).empty());
    }
    CHECK(row.at("ChargeClass").empty());
    CHECK(row.at("BillingPeriodStart") < row.at("BillingPeriodEnd"));
    CHECK(row.at("ChargePeriodStart") < row.at("ChargePeriodEnd"));
    CHECK(row.at("ResourceId").empty() == row.at("ResourceType").empty());

    const auto number = [&](const char* column) { return to_exact(billing::parse_decimal(row.at(column)).value()); };
    const auto& category = row.at("ChargeCategory");
    const bool is_credit = category == "Credit";
    CHECK((is_credit || category == "Usage" || category == "Purchase"));
    CHECK((row.at("ChargeFrequency") == "Usage-Based") == (category == "Usage"));
    CHECK(row.at("ConsumedQuantity").empty() == (category != "Usage"));
    CHECK(row.at("ConsumedUnit").empty() == (category != "Usage"));
    for (const auto* column :
         {"PricingCategory", "PricingQuantity", "PricingUnit", "SkuPriceId", "ContractedUnitPrice"}) {
        CHECK(row.at(column).empty() == is_credit);
    }
    CHECK(row.at("EffectiveCost") == row.at("BilledCost"));
    if (is_credit) {
        CHECK(number("BilledCost") < 0);
        CHECK(row.at("ContractedCost") == row.at("BilledCost"));
        CHECK(row.at("ListCost") == row.at("BilledCost"));
        return;
    }
    CHECK(number("BilledCost") >= 0);
    CHECK(abs(number("BilledCost") - number("ContractedCost")) <= 1);
    CHECK(number("ContractedUnitPrice") * number("PricingQuantity") == number("ContractedCost"));
    if (!row.at("ListUnitPrice").empty()) {
        CHECK(number("ListUnitPrice") * number("PricingQuantity") == number("ListCost"));
    }
}

// Writes the statement, reads it as a bill, and compares it with the statement's totals. Gives how many rows it has.
std::size_t check_bill(const SeatDays& days, const DayPeriod& of, StatementBy by) {
    const auto text = written(days, of, by);
    const auto rows = rows_of(text);
    for (const auto& row : rows) check_rules(row);
    const billing::BillFormat format{.kind = billing::BillFormat::Kind::focus, .zone = days.history().zone()};
    const auto bill = billing::read_given(text, format);
    // Of days that are added up nobody can say which they are.
    for (const auto& refused : bill.refused) {
        INFO(refused.reason);
        CHECK(refused.reason.find("is no whole number of seats on each of its") != std::string::npos);
        CHECK(by != StatementBy::day);
        CHECK(refused.amount);
    }
    CHECK(bill.lines.size() + bill.refused.size() == rows.size());
    for (const auto& line : bill.lines) CHECK(line.billed_in == of);
    for (const auto& total : billing::make_statement(days, of, by).totals) {
        const auto sum = bill.summary.sums.find(total.currency);
        INFO(total.currency);
        CHECK((sum == bill.summary.sums.end() ? Exact() : to_exact(sum->second)) ==
              to_exact(total.amount) - to_exact(total.credited));
    }
    return rows.size();
}

}  // namespace

TEST_CASE("a FOCUS statement has every column that 1.2 makes mandatory, and then the rest, in order", "[focus]") {
    const auto history = folded(march());
    const auto text =
        written(SeatDays(history, {}, last_instant), period("2019-03-01", "2019-04-01"), StatementBy::product);
    CHECK(text ==
          "BilledCost,BillingAccountId,BillingAccountName,BillingCurrency,BillingPeriodEnd,BillingPeriodStart,"
          "ChargeCategory,ChargeClass,ChargeDescription,ChargeFrequency,ChargePeriodEnd,ChargePeriodStart,"
          "ConsumedQuantity,ConsumedUnit,ContractedCost,ContractedUnitPrice,EffectiveCost,InvoiceId,"
          "InvoiceIssuerName,ListCost,ListUnitPrice,PricingCategory,PricingQuantity,PricingUnit,ProviderName,"
          "PublisherName,ResourceId,ResourceName,ResourceType,ServiceCategory,ServiceName,ServiceSubcategory,SkuId,"
          "SkuMeter,SkuPriceId\r\n");
    const auto rows = rows_of(history, period("2020-03-01", "2020-04-01"), StatementBy::product);
    for (const auto* column :
         {"BilledCost",         "BillingAccountId", "BillingAccountName", "BillingCurrency",   "BillingPeriodEnd",
          "BillingPeriodStart", "ChargeCategory",   "ChargeClass",        "ChargeDescription", "ChargePeriodEnd",
          "ChargePeriodStart",  "ContractedCost",   "EffectiveCost",      "InvoiceIssuerName", "ListCost",
          "PricingQuantity",    "PricingUnit",      "ProviderName",       "PublisherName",     "ServiceCategory",
          "ServiceName"}) {
        INFO(column);
        CHECK(rows.at(0).contains(column));
    }
}

TEST_CASE("a FOCUS statement has a row for each charge and each credit of a product", "[focus]") {
    const auto rows = rows_of(folded(march()), period("2020-03-01", "2020-04-01"), StatementBy::product);
    CHECK(cells(rows, charged) == Lines{"Usage center – 2 Member-Days 2.00 4.00",
                                        "Usage daily – 2 License-Days 1.00 2.00",
                                        "Purchase yearly – 2 Licenses 110.00 220.00", "Credit yearly – – – – -7.50"});
    CHECK(cells(rows, {"ChargeFrequency", "ConsumedQuantity", "ConsumedUnit", "ContractedCost", "EffectiveCost",
                       "ListCost", "ListUnitPrice", "PricingCategory"}) ==
          Lines{"Usage-Based 2 Member-Days 4.00 4.00 4.00 2.00 Standard",
                "Usage-Based 2 License-Days 2.00 2.00 2.00 1.00 Standard",
                "One-Time – – 220.00 220.00 240.00 120.00 Standard", "One-Time – – -7.50 -7.50 -7.50 – –"});
    for (const auto& row : rows) {
        // Summer time began on the 29th.
        CHECK(row.at("BillingPeriodStart") == "2020-03-01T00:00:00Z");
        CHECK(row.at("BillingPeriodEnd") == "2020-03-31T23:00:00Z");
        CHECK(row.at("ChargePeriodStart") == "2020-03-01T00:00:00Z");
        CHECK(row.at("BillingAccountId") == "acme");
        CHECK(row.at("BillingAccountName") == "Acme");
        CHECK(row.at("ServiceName") == "The " + row.at("SkuId"));
        for (const auto* column : {"ProviderName", "PublisherName", "InvoiceIssuerName"}) {
            CHECK(row.at(column) == "Acme Software");
        }
    }
    CHECK(cells(rows, {"ChargeDescription"}) ==
          Lines{"The center: days on which somebody was in a queue", "The daily: days on which somebody had a license",
                "The yearly: terms of licenses that begin", "The yearly: credits that were granted"});
}

TEST_CASE("rows of a FOCUS statement are about what the statement is by", "[focus]") {
    const auto history = folded(march());
    const auto days = period("2020-03-01", "2020-03-04");
    CHECK(cells(rows_of(history, days, StatementBy::user), charged) ==
          Lines{"Purchase yearly – 2 Licenses 110.00 220.00", "Credit yearly – – – – -7.50",
                "Usage center user2@acme.test 2 Member-Days 2.00 4.00",
                "Usage daily user2@acme.test 2 License-Days 1.00 2.00"});
    const auto by_day = rows_of(history, days, StatementBy::day);
    CHECK(cells(by_day, charged) ==
          Lines{"Usage daily – 1 License-Days 1.00 1.00", "Purchase yearly – 2 Licenses 110.00 220.00",
                "Usage center – 1 Member-Days 2.00 2.00", "Usage daily – 1 License-Days 1.00 1.00",
                "Usage center – 1 Member-Days 2.00 2.00", "Credit yearly – – – – -7.50"});
    CHECK(by_day.at(2).at("ChargePeriodStart") == "2020-03-02T00:00:00Z");
    CHECK(by_day.at(2).at("ChargePeriodEnd") == "2020-03-03T00:00:00Z");

    // A license is bought for its term, on an invoice. What is billed by days is on none that the ledger knows.
    const auto by_license = rows_of(history, days, StatementBy::license);
    CHECK(cells(by_license, charged) == Lines{"Usage center – 2 Member-Days 2.00 4.00", "Credit yearly – – – – -7.50",
                                              "Usage daily 1 2 License-Days 1.00 2.00",
                                              "Purchase yearly 2 1 Licenses 110.00 110.00",
                                              "Purchase yearly 3 1 Licenses 110.00 110.00"});
    std::vector<Row> licensed(by_license.begin() + 2, by_license.end());
    CHECK(cells(licensed, {"ResourceType", "InvoiceId", "ChargePeriodStart", "ChargePeriodEnd"}) ==
          Lines{"License – 2020-03-01T00:00:00Z 2020-03-04T00:00:00Z",
                "License i-yearly 2020-03-01T00:00:00Z 2021-03-01T00:00:00Z",
                "License i-yearly 2020-03-01T00:00:00Z 2021-03-01T00:00:00Z"});
}

TEST_CASE("days that are not known yet are in no charge period", "[focus]") {
    const auto history = folded(march());
    const SeatDays days(history, {}, *parse_rfc3339("2020-03-02T13:00:00Z"));
    const auto rows = rows_of(written(days, period("2020-03-01", "2020-04-01"), StatementBy::product));
    REQUIRE(rows.size() == 3);
    for (const auto& row : rows) {
        CHECK(row.at("BillingPeriodEnd") == "2020-03-31T23:00:00Z");
        CHECK(row.at("ChargePeriodEnd") == "2020-03-03T00:00:00Z");
    }
}

TEST_CASE("a person who was erased is no resource in a FOCUS statement", "[focus]") {
    const auto history = folded(steps(march(), bind(1, "boss")));
    const auto rows = rows_of(history, period("2020-03-03", "2020-03-04"), StatementBy::user);
    CHECK(cells(rows, {"SkuId", "ResourceId", "ResourceType", "BilledCost"}) ==
          Lines{"yearly – – -7.50", "daily – – 1.00", "center user2@acme.test Person 2.00"});
}

TEST_CASE("each price has a row of its own, and what rows are billed adds up to the total", "[focus]") {
    // Three seats for 10.00, and two for 20.00.
    const auto seats = [](const std::string& invoice, int quantity, const std::string& total) {
        return acme("'issueInvoice':{'invoice':'" + invoice +
                    "','raisedBy':'boss@acme.test','lines':[{'sku':'seat',"
                    "'quantity':" +
                    std::to_string(quantity) + ",'amount':{'amount':'" + total + "','currency':'USD'}}]}");
    };
    const auto history = folded(steps(defined("seat", "P1M", "purchased", "5.00"), open_acme(), seats("i", 3, "10.00"),
                                      seats("j", 2, "20.00"), "2020-03-01T00:00:00Z", paid("i", "10.00", "b1"),
                                      paid("j", "20.00", "b2")));
    const auto day = period("2020-03-01", "2020-03-02");
    CHECK(cells(rows_of(history, day, StatementBy::product),
                {"PricingQuantity", "ContractedUnitPrice", "ContractedCost", "ListCost", "BilledCost"}) ==
          Lines{"3 3.3333333333 9.9999999999 15.00 10.00", "2 10.00 20.00 10.00 20.00"});
    const auto licenses = rows_of(history, day, StatementBy::license);
    CHECK(cells(licenses, {"ResourceId", "InvoiceId", "BilledCost"}) ==
          Lines{"1 i 3.33", "2 i 3.34", "3 i 3.33", "4 j 10.00", "5 j 10.00"});
}

TEST_CASE("a list price is given where the catalogue has had no other", "[focus]") {
    const auto history =
        folded(steps(march(), "2020-03-05T12:00:00Z",
                     "{'changeProduct':{'sku':'yearly','unitPrice':{'amount':'99.00','currency':'USD'}}}"));
    const std::vector<std::string> columns = {"ChargeCategory", "ListUnitPrice", "ListCost", "ContractedCost"};
    const auto yearly = [&](const DayPeriod& of) {
        auto rows = rows_of(history, of, StatementBy::product);
        std::erase_if(rows, [](const Row& row) { return row.at("SkuId") != "yearly"; });
        return cells(rows, columns);
    };
    CHECK(yearly(period("2020-03-01", "2020-03-03")) == Lines{"Purchase 120.00 240.00 220.00"});
    CHECK(yearly(period("2020-03-01", "2020-03-20"))[0] == "Purchase – 220.00 220.00");
}

TEST_CASE("a FOCUS statement has the decimals of its currencies", "[focus]") {
    const auto history = folded(
        steps(defined("seat", "P7D", "assigned", "1000", "JPY"), defined("center", "P1M", "membership", "31.00", "EUR"),
              "{'account':'acme','openAccount':{'name':'A','currency':'JPY','timeZone':'UTC','superAdmin':{'email':"
              "'boss@acme.test'}}}",
              acme("'createQueue':{'queue':'q','kind':'call'}"), "2020-03-01T00:00:00Z", invoiced("i", "seat", 1),
              acme("'recordPayment':{'invoice':'i','reference':'b','amount':{'amount':'1000','currency':'JPY'}}"),
              bind(1, "boss"), acme("'addQueueMember':{'queue':'q','email':'boss@acme.test','role':'agent'}")));
    CHECK(cells(rows_of(history, period("2020-03-02", "2020-03-03"), StatementBy::product),
                {"BillingCurrency", "ContractedUnitPrice", "ContractedCost", "BilledCost"}) ==
          Lines{"EUR 1.00 1.00 1.00", "JPY 142.8571428571 142.8571428571 143"});
}

TEST_CASE("no cell of text in a FOCUS statement is a formula, and numbers stay what they are", "[focus]") {
    const auto history = folded(
        steps("{'defineProduct':{'sku':'@sku','name':'=1+1','type':'t','term':'P1Y','unitPrice':{'amount':'10.00',"
              "'currency':'USD'}}}",
              open_acme(), "2020-03-01T00:00:00Z", invoiced("-i", "@sku", 1), paid("-i", "10.00", "b"),
              acme("'creditInvoice':{'invoice':'-i','line':1,'quantity':0,'amount':{'amount':'1.00','currency':'USD'},"
                   "'reason':'r'}")));
    const auto text = written(SeatDays(history, {}, last_instant), period("2020-03-01", "2020-03-02"),
                              StatementBy::license, "+Acme, \"the\" maker");
    const auto rows = rows_of(text);
    CHECK(cells(rows, {"BilledCost", "SkuId", "ServiceName", "ChargeDescription", "ProviderName", "InvoiceId"}) ==
          Lines{"-1.00 '@sku '=1+1 '=1+1: credits that were granted '+Acme, \"the\" maker –",
                "10.00 '@sku '=1+1 '=1+1: terms of licenses that begin '+Acme, \"the\" maker '-i"});
}

TEST_CASE("a FOCUS statement is read as a bill, as a whole, and adds up to the statement", "[focus]") {
    const auto history = folded(march());
    for (const auto by : all_by) {
        INFO("by " << name_of(by));
        CHECK(check_bill(SeatDays(history, {}, last_instant), period("2020-03-01", "2020-04-01"), by) >= 4);
    }
    const auto rows =
        written(SeatDays(history, {}, last_instant), period("2020-03-01", "2020-04-01"), StatementBy::license);
    auto format = billing::format_of(billing::BillFormat::Kind::focus, "Europe/Lisbon");
    format.has_ledger_invoices = true;
    const auto bill = billing::read_given(rows, format);
    const auto yearly = std::ranges::find(bill.lines, 2u, &billing::BillLine::license);
    REQUIRE(yearly != bill.lines.end());
    CHECK(yearly->kind == billing::LineKind::charge);
    CHECK(yearly->sku == "yearly");
    CHECK(yearly->invoice == "i-yearly");
    CHECK(yearly->period == period("2020-03-01", "2021-03-01"));
    CHECK(to_text(yearly->quantity) == "1");
    CHECK(to_text(yearly->unit_price.value()) == "110");
}

TEST_CASE("FOCUS statements of accounts that everything happens to are read as bills, too", "[focus]") {
    const auto seed = std::random_device{}();
    INFO("seed " << seed);
    RandomCommands random(seed);
    LedgerBox box;
    const auto now = play_random_billing(box, random, *parse_rfc3339("2023-09-20T00:00:00Z"), 2'000);
    const auto blocks = box.blocks();
    std::size_t rows = 0;
    for (const auto& account : RandomCommands::accounts()) {
        const auto history = history_of(blocks, account);
        if (history.zone() == nullptr) continue;
        const auto last = civil_day(history.last_effective_at(), *history.zone());
        for (const auto by : all_by) {
            INFO("account " << account << " by " << name_of(by));
            rows +=
                check_bill(SeatDays(history, {}, now), {CivilDay{last.number - 200}, CivilDay{last.number + 1}}, by);
        }
    }
    CHECK(rows > 20);
}

}  // namespace seatledger
