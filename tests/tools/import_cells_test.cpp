#include "tools/import_cells.h"

#include "tests/support/catch.h"

namespace seatledger {
namespace {

using namespace std::chrono_literals;

TEST_CASE("runs of blanks are folded into one", "[import]") {
    CHECK(fold_blanks(" a \t b\r\n\x01 c\x7F") == "a b c");
    CHECK(fold_blanks("\n") == "");
}

TEST_CASE("a text is cut between characters", "[import]") {
    CHECK(cut("abc", 3) == "abc");
    CHECK(cut("abcd", 3) == "abc");
    CHECK(cut("a\u00E9b", 2) == "a");
    CHECK(cut("\U0001F600", 3) == "");
}

TEST_CASE("a digest is the beginning of the SHA-256", "[import]") {
    CHECK(digest("abc", 8) == "ba7816bf");
    CHECK(digest("", 64) == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

TEST_CASE("an id that is too long keeps its beginning and is told apart by its digest", "[import]") {
    const std::string longest(64, 'x');
    CHECK(short_id(longest) == longest);
    const auto one = short_id(longest + "1"), two = short_id(longest + "2");
    CHECK(one == std::string(55, 'x') + "~" + digest(longest + "1", 8));
    CHECK(one.size() == 64);
    CHECK(one != two);

    std::string accents;
    for (int i = 0; i < 40; ++i) accents += "\u00E9";
    CHECK(short_id(accents).size() == 54 + 9);  // the 28th would be cut in two
}

TEST_CASE("a number is digits and nothing else", "[import]") {
    CHECK(read_number("1000000") == 1'000'000u);
    CHECK(read_number("007") == 7u);
    for (const auto* text : {"", "-1", "+1", " 1", "1.0", "1,000", "4294967296", "ten"}) {
        CAPTURE(text);
        CHECK_FALSE(read_number(text));
    }
}

TEST_CASE("a day is read in the order that is declared, and in no other", "[import]") {
    CHECK(read_date("2016-02-29", DateOrder::iso) == 2016y / 2 / 29);
    CHECK(read_date("02/03/2016", DateOrder::mdy) == 2016y / 2 / 3);
    CHECK(read_date("2/3/2016", DateOrder::mdy) == 2016y / 2 / 3);
    CHECK(read_date("02/03/2016", DateOrder::dmy) == 2016y / 3 / 2);
    CHECK(read_date("2.3.2016", DateOrder::dmy) == 2016y / 3 / 2);
    CHECK(read_date("12-31-9999", DateOrder::mdy) == 9999y / 12 / 31);

    struct {
        const char* text;
        DateOrder order;
    } const rows[] = {
        {"", DateOrder::iso},           {"2016-02-30", DateOrder::iso}, {"2015-02-29", DateOrder::iso},
        {"2016/02/28", DateOrder::iso}, {"16-02-28", DateOrder::iso},   {"2016-02-28 00:00", DateOrder::iso},
        {"0000-01-01", DateOrder::iso}, {"2016-13-01", DateOrder::iso}, {"20160228", DateOrder::iso},
        {"02/28/2016", DateOrder::iso}, {"13/01/2016", DateOrder::mdy}, {"2016-02-28", DateOrder::mdy},
        {"02/28/16", DateOrder::mdy},   {"02/28", DateOrder::mdy},      {"02/28/2016/", DateOrder::mdy},
        {"02/28-2016", DateOrder::mdy}, {"00/28/2016", DateOrder::mdy}, {"002/28/2016", DateOrder::mdy},
        {"01/13/2016", DateOrder::dmy}, {"1/ 1/2016", DateOrder::mdy},  {"-1/01/2016", DateOrder::mdy},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        CHECK_FALSE(read_date(row.text, row.order));
    }
}

TEST_CASE("a year of two digits is one of this century, where such are allowed", "[import]") {
    CHECK(read_date("5/1/25", DateOrder::mdy, YearDigits::two_or_four) == 2025y / 5 / 1);
    CHECK(read_date("01.05.99", DateOrder::dmy, YearDigits::two_or_four) == 2099y / 5 / 1);
    CHECK(read_date("5/1/2025", DateOrder::mdy, YearDigits::two_or_four) == 2025y / 5 / 1);
    CHECK(read_date("2/29/00", DateOrder::mdy, YearDigits::two_or_four) == 2000y / 2 / 29);
    CHECK_FALSE(read_date("25-05-01", DateOrder::iso, YearDigits::two_or_four));
    CHECK_FALSE(read_date("5/1/025", DateOrder::mdy, YearDigits::two_or_four));
    CHECK_FALSE(read_date("5/1/5", DateOrder::mdy, YearDigits::two_or_four));
    CHECK_FALSE(read_date("5/1/25", DateOrder::mdy));
}

TEST_CASE("a cost is read with the decimal mark that is declared", "[import]") {
    struct {
        const char* text;
        DecimalMark mark;
        const char* currency;
        std::int64_t millionths;
    } const rows[] = {
        {"", DecimalMark::point, "USD", 0},
        {"12", DecimalMark::point, "USD", 12'000'000},
        {"$12.58", DecimalMark::point, "USD", 12'580'000},
        {" $ 12.58 ", DecimalMark::point, "USD", 12'580'000},
        {"12.5 USD", DecimalMark::point, "USD", 12'500'000},
        {"usd 12.5", DecimalMark::point, "USD", 12'500'000},
        {"US$0.01", DecimalMark::point, "USD", 10'000},
        {"$12.58", DecimalMark::point, "CAD", 12'580'000},
        {"$1,234,567.89", DecimalMark::point, "USD", 1'234'567'890'000},
        {"1'234.50", DecimalMark::point, "CHF", 1'234'500'000},
        {"1 234.50", DecimalMark::point, "USD", 1'234'500'000},
        {"1,234", DecimalMark::point, "USD", 1'234'000'000},
        {"1.234,50 €", DecimalMark::comma, "EUR", 1'234'500'000},
        {"1\u00A0234,50\u202F€", DecimalMark::comma, "EUR", 1'234'500'000},
        {"1.234", DecimalMark::comma, "EUR", 1'234'000'000},
        {"¥1,234", DecimalMark::point, "JPY", 1'234'000'000},
        {"1.234", DecimalMark::point, "KWD", 1'234'000},
        {"$12.580000", DecimalMark::point, "USD", 12'580'000},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text, row.currency);
        const auto cost = read_cost(row.text, row.mark, row.currency);
        INFO((cost ? "" : cost.error()));
        REQUIRE(cost);
        CHECK(cost->millionths == row.millionths);
    }
}

TEST_CASE("a cost that could be read wrongly is refused with the reason", "[import]") {
    struct {
        const char* text;
        DecimalMark mark;
        const char* currency;
        const char* reason;
    } const rows[] = {
        {"free", DecimalMark::point, "USD", "decimal point"},
        {"12,58", DecimalMark::point, "USD", "decimal point"},
        {"1,23,456", DecimalMark::point, "USD", "decimal point"},
        {"1234,567", DecimalMark::point, "USD", "decimal point"},
        {"1,234'567", DecimalMark::point, "USD", "decimal point"},
        {"1.234,50", DecimalMark::point, "USD", "decimal point"},
        {"12.58", DecimalMark::comma, "USD", "decimal comma"},
        {"1.2.3", DecimalMark::point, "USD", "decimal point"},
        {"12 - 13", DecimalMark::point, "USD", "decimal point"},
        {"1.2345678", DecimalMark::point, "USD", "decimal point"},
        {"99999999999999", DecimalMark::point, "USD", "decimal point"},
        {"1.234", DecimalMark::point, "USD", "more decimals than USD"},
        {"1.5", DecimalMark::point, "JPY", "more decimals than JPY"},
        {"-5.00", DecimalMark::point, "USD", "negative"},
        {"$-5.00", DecimalMark::point, "USD", "negative"},
        {"($5.00)", DecimalMark::point, "USD", "negative"},
        {"€5.00", DecimalMark::point, "USD", "not in USD"},
        {"$5.00", DecimalMark::point, "EUR", "not in EUR"},
        {"5.00 EUR", DecimalMark::point, "USD", "not in USD"},
        {"$5.00 CAD", DecimalMark::point, "USD", "not in USD"},
        {"A$5.00", DecimalMark::point, "USD", "not in USD"},
        {"about 5", DecimalMark::point, "USD", "not in USD"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text, row.currency);
        const auto cost = read_cost(row.text, row.mark, row.currency);
        REQUIRE_FALSE(cost);
        CHECK_THAT(cost.error(), Catch::Matchers::Contains(row.reason));
    }
}

TEST_CASE("an amount of a bill is read with its sign, wherever that stands", "[import]") {
    struct {
        const char* text;
        DecimalMark mark;
        const char* currency;
        const char* value;
    } const rows[] = {
        {"4.00", DecimalMark::point, "USD", "4"},
        {"$50,000.00 ", DecimalMark::point, "USD", "50000"},
        {"-$4.00", DecimalMark::point, "USD", "-4"},
        {"$-4.00", DecimalMark::point, "USD", "-4"},
        {"$ - 4.00", DecimalMark::point, "USD", "-4"},
        {"4.00-", DecimalMark::point, "USD", "-4"},
        {"4.00 USD-", DecimalMark::point, "USD", "-4"},
        {"+4.00", DecimalMark::point, "USD", "4"},
        {"\u22124.00", DecimalMark::point, "USD", "-4"},
        {"(4.00)", DecimalMark::point, "USD", "-4"},
        {"($4.00)", DecimalMark::point, "USD", "-4"},
        {"$(4.00)", DecimalMark::point, "USD", "-4"},
        {"(4.00) USD", DecimalMark::point, "USD", "-4"},
        {"US$ 4", DecimalMark::comma, "USD", "4"},
        {"-US$ 3,87", DecimalMark::comma, "USD", "-3.87"},
        {"US$ 1.234.567,89", DecimalMark::comma, "USD", "1234567.89"},
        {"-1\u00A0234,50\u202F\u20AC", DecimalMark::comma, "EUR", "-1234.5"},
        {"'-12.30", DecimalMark::point, "USD", "-12.3"},
        {"CHF 1'234.50", DecimalMark::point, "CHF", "1234.5"},
        {"0.000123456789012345", DecimalMark::point, "USD", "0.000123456789012345"},
        {"-0.00", DecimalMark::point, "USD", "0"},
        {"$5", DecimalMark::point, "", "5"},
        {"1.234", DecimalMark::comma, "EUR", "1234"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        const auto number = read_money(row.text, row.mark, row.currency);
        INFO((number ? "" : number.error()));
        REQUIRE(number);
        CHECK(to_text(*number) == row.value);
    }
    CHECK(to_text(read_decimal("-1,234.5", DecimalMark::point).value()) == "-1234.5");
}

TEST_CASE("an amount of a bill that could be read wrongly is refused", "[import]") {
    struct {
        const char* text;
        DecimalMark mark;
        const char* reason;
    } const rows[] = {
        {"", DecimalMark::point, "decimal point"},          {"free", DecimalMark::point, "decimal point"},
        {"2.45", DecimalMark::comma, "decimal comma"},      {"4,00", DecimalMark::point, "decimal point"},
        {"1,2345", DecimalMark::point, "decimal point"},    {"12,34,567", DecimalMark::point, "decimal point"},
        {"1234,567", DecimalMark::point, "decimal point"},  {"1.234.5", DecimalMark::comma, "decimal comma"},
        {"1.234,5.6", DecimalMark::comma, "decimal comma"}, {"--4", DecimalMark::point, "decimal point"},
        {"-4-", DecimalMark::point, "decimal point"},       {"(-4)", DecimalMark::point, "decimal point"},
        {"(4", DecimalMark::point, "decimal point"},        {"4)", DecimalMark::point, "decimal point"},
        {"+-4", DecimalMark::point, "decimal point"},       {"4 - 5", DecimalMark::point, "decimal point"},
        {"1e3", DecimalMark::point, "decimal point"},       {"1.5E-05", DecimalMark::point, "decimal point"},
        {"0.0000000000000000001", DecimalMark::point, "p"}, {"\u20AC4.00", DecimalMark::point, "not in USD"},
        {"4.00 CR", DecimalMark::point, "not in USD"},      {".50", DecimalMark::point, "not in USD"},
        {"4.", DecimalMark::point, "not in USD"},           {"4%", DecimalMark::point, "not in USD"},
        {"about 4", DecimalMark::point, "not in USD"},      {"''4", DecimalMark::point, "not in USD"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text);
        const auto number = read_money(row.text, row.mark, "USD");
        REQUIRE_FALSE(number);
        CHECK_THAT(number.error(), Catch::Matchers::Contains(row.reason));
    }
    CHECK_FALSE(read_decimal("$4", DecimalMark::point));
    CHECK_FALSE(read_decimal("4 USD", DecimalMark::point));
}

}  // namespace
}  // namespace seatledger
