#include "tools/bills/read_bill.h"

#include <algorithm>
#include <iterator>
#include <random>
#include <sstream>
#include <string>

#include "tests/tools/bills/given_bill.h"
#include "tools/csv_records.h"
#include "tools/import_cells.h"

namespace seatledger::billing {
namespace {

using testing::contains;

constexpr auto csv = BillFormat::Kind::csv;

const std::string header = "sku,quantity,amount,currency,start,end,description";

std::string row(const std::string& amount, const std::string& description = "", const std::string& currency = "USD") {
    return "connect,1," + amount + "," + currency + ",2025-04-01,2025-05-01," + description;
}

std::string sums_of(const BillSummary& summary) {
    std::string text;
    for (const auto& [currency, sum] : summary.sums) text += currency + " " + to_text(sum) + ";";
    return text;
}

TEST_CASE("a bill is summed up exactly, with the digest of its bytes", "[bills]") {
    const auto text = "\xEF\xBB\xBF" + header + "\r\n" + row("0.1") + "\r\n" + row("0.2") + "\r\n\r\n" +
                      row("-1", "", "EUR") + "\r\n" + row("0.000000000000000001");
    const auto bill = read_given(text, format_of(csv));
    CHECK(bill.lines.size() == 4);
    CHECK(sums_of(bill.summary) == "EUR -1;USD 0.300000000000000001;");
    CHECK(bill.summary.sha256 == digest(text, 64));
    CHECK(bill.summary.bytes == text.size());
    CHECK(bill.summary.header == header);
    CHECK(bill.line_texts[2] == row("-1", "", "EUR"));
    CHECK(bill.lines[2].line == 5);
}

TEST_CASE("a bill without lines is one, and a file without a header is none", "[bills]") {
    CHECK(read_given(header, format_of(csv)).summary.records == 0);
    CHECK(error_of("", format_of(csv)) == "bill.csv: is empty: its first line must name the columns");
    CHECK(contains(error_of("\xFF\xFEs", format_of(csv)), "bill.csv:1: is not UTF-8 text but UTF-16"));
    CHECK(contains(error_of("s\xFFku\n", format_of(csv)), "bill.csv:1: is not UTF-8 text"));
    CHECK(contains(error_of(std::string("s\0k\0", 4), format_of(csv)), "bill.csv:1: is not UTF-8 text"));
    CHECK(contains(error_of("sku,\"amount\n", format_of(csv)), "bill.csv:1: a quotation mark"));
    CHECK(contains(error_of("sku\n", format_of(csv)), "bill.csv:1: has no column quantity, amount"));
}

TEST_CASE("a stream that breaks off is an error of the file", "[bills]") {
    std::istringstream stream(header);
    stream.setstate(std::ios::badbit);
    const auto bill = try_bill(stream, format_of(csv));
    REQUIRE_FALSE(bill);
    CHECK(contains(bill.error().text(), "bill.csv: cannot be read"));
}

TEST_CASE("every record is a line or is refused, whatever is wrong with it", "[bills]") {
    struct {
        std::string bad;
        const char* reason;
        std::size_t records;      // that it makes
        bool has_amount = false;  // that can be read
    } const rows[] = {
        {row("1", "24\" monitor"), "a quotation mark", 1},
        {row("1", "\"open"), "left open", 1},
        {row("1", "\"closed\" late"), "a quotation mark", 1},
        {row("1", "caf\xE9"), "is not UTF-8 text", 1, true},
        {row("1", "\"caf\n\xE9\""), "on line 4, it is not UTF-8 text", 1, true},
        {row("1", std::string("a\0b", 3)), "is not UTF-8 text", 1, true},
        {row("1\xE9"), "is not UTF-8 text", 1},
        {row(std::string({'1', '\0', '0'})), "is not UTF-8 text", 1},
        {row(std::string("1\0", 2)), "is not UTF-8 text", 1},
        {"\xEF\xBB\xBF" + row("1", "caf\xE9"), "is not UTF-8 text", 1},
        {row("1") + ",more", "has 8 fields where the header has 7", 1},
        {"connect", "has 1 fields where the header has 7", 1},
        {row("1", "\"a\nb\",c"), "has 8 fields where the header has 7", 2},
        {row("1", std::string(2 << 20, 'x')), "more than 1024 KiB", 1},
        {row("x"), "the amount \"x\" is not a number", 1},
    };
    for (const auto& [bad, reason, records, has_amount] : rows) {
        CAPTURE(reason, bad.substr(0, 60));
        const auto* end = GENERATE("\n", "\r\n", "\r");
        const auto text = header + end + row("1") + end + bad + end + row("2") + end + row("3");
        const auto bill = read_given(text, format_of(csv));
        CHECK(bill.lines.size() == 3);
        CHECK(bill.refused.size() == records);
        CHECK(bill.refused[0].line == 3);
        CHECK_THAT(bill.refused[0].reason, Catch::Matchers::Contains(reason));
        CHECK(bill.summary.refused_without_amount == (has_amount ? 0 : records));
        CHECK(sums_of(bill.summary) == (has_amount ? "USD 7;" : "USD 6;"));
        CHECK(bill.summary.sha256 == digest(text, 64));
        CHECK(bill.refused_texts[0] ==
              bad.substr(0, records == 2 ? bad.find('\n') : CsvReader::record_bytes_max_default));
    }
}

TEST_CASE("amounts of refused lines are in the sums, those without a currency by themselves", "[bills]") {
    const auto bill = read_given(header + "\n" + row("1") + "\n" + row("2", "", "") + "\n" + row("4", "", "XYZ") +
                                     "\n,1,8,USD,2025-04-01,2025-05-01,\nconnect,one,16,USD,2025-04-01,2025-05-01,\n" +
                                     row("", "no amount"),
                                 format_of(csv));
    CHECK(bill.lines.size() == 1);
    CHECK(bill.refused.size() == 5);
    CHECK(sums_of(bill.summary) == " 6;USD 25;");
    CHECK(bill.summary.refused_without_amount == 1);
}

TEST_CASE("an amount for which a sum has no room is refused rather than rounded", "[bills]") {
    const std::string most(30, '9');
    const auto bill = read_given(header + "\n" + row(most) + "\n" + row("0.5") + "\n" + row("-9") + "\n" +
                                     row("0.5", "", "EUR") + "\nconnect,x,1000,USD,2025-04-01,2025-05-01,",
                                 format_of(csv));
    CHECK(bill.lines.size() == 3);
    REQUIRE(bill.refused.size() == 2);
    CHECK(contains(bill.refused[0].reason, "too large or too fine to be added"));
    CHECK_FALSE(bill.refused[0].amount);
    CHECK_FALSE(bill.refused[1].amount);
    CHECK(bill.summary.refused_without_amount == 2);
    CHECK(sums_of(bill.summary) == "EUR 0.5;USD " + std::string(29, '9') + "0;");
}

std::string told(const std::expected<BillLine, RefusedLine>& line) {
    if (!line) return std::to_string(line.error().line) + " refused: " + line.error().reason;
    return std::to_string(line->line) + " " + line->sku + " " + to_text(line->amount) + " " + line->currency + " " +
           days(line->period) + " " + line->description;
}

TEST_CASE("one record is read again from its text", "[bills]") {
    const auto bill = read_given("\xEF\xBB\xBF\xEF\xBB\xBF" + header + "\n" + row("1", "\"a\n\"\"b\"\", c\"") + "\r\n" +
                                     row("2") + "\r" + row("x") + "\n\xEF\xBB\xBF" + row("3"),
                                 format_of(csv));
    REQUIRE(bill.lines.size() == 2);
    const auto again = [&](std::string_view text, std::uint64_t line) {
        return told(read_bill_line(bill.summary.header, text, line, format_of(csv), {}));
    };
    for (std::size_t i = 0; i < bill.lines.size(); ++i) {
        CHECK(again(bill.line_texts[i], bill.lines[i].line) == told(bill.lines[i]));
    }
    REQUIRE(bill.refused.size() == 2);
    CHECK(contains(bill.refused[1].reason, "begins with a byte-order mark"));
    CHECK(again(bill.refused_texts[0], 5) == "5 refused: " + bill.refused[0].reason);
    CHECK(contains(again("", 7), "7 refused: the text is no record"));
    CHECK(contains(again(row("1") + "\n" + row("2"), 7), "7 refused: the text is more than one record"));
    CHECK(contains(again(row("1", "\"x"), 7), "(seen on line 7)"));
    CHECK(contains(told(read_bill_line("sku", "x", 7, format_of(csv), {})), "7 refused: the header has no column"));
    CHECK(contains(told(read_bill_line("", "x", 7, format_of(csv), {})), "7 refused: the header is empty"));
}

// A bill of random records, good and bad, and what has to come of it.
struct RandomBill {
    std::string text = header + "\n";
    std::size_t records = 0;
    std::size_t unreadable = 0;            // without an amount
    std::map<std::string, __int128> sums;  // in thousandths

    explicit RandomBill(std::mt19937_64& random) {
        for (auto left = random() % 60; left > 0; --left) add(random);
    }

    void add(std::mt19937_64& random) {
        const auto thousandths = static_cast<std::int64_t>(random() % 2'000'000'000) - 1'000'000'000;
        const std::string currency = random() % 2 == 0 ? "USD" : "EUR";
        auto amount = to_text(Decimal{thousandths, 3}, random() % 4);
        if (random() % 2 == 0) amount = "\"" + (random() % 2 == 0 ? currency + " " : "") + amount + "\"";
        auto record = row(amount, "", currency);
        bool is_readable = true;
        switch (random() % 12) {
            case 0: record = row("n/a", "", currency), is_readable = false; break;
            case 1: record = record.substr(0, record.find_last_of(',')), is_readable = false; break;
            case 2: record += "\"x", is_readable = false; break;
            case 3: record += "a\"", is_readable = false; break;
            case 4: record += "\xFF"; break;  // no text, but for the rest
            case 5: record += "\"x\ny, \"\"z\"\"\""; break;
            case 6: record.replace(0, 7, ""); break;                           // no sku
            case 7: record.replace(record.find("2025-05"), 4, "2024"); break;  // ends before it begins
            default: break;
        }
        text += record;
        break_line(text, random);
        ++records;
        if (is_readable) {
            sums[currency] += thousandths;
        } else {
            ++unreadable;
        }
    }

    static void break_line(std::string& text, std::mt19937_64& random) {
        text += std::vector{"\n", "\r\n", "\r"}[random() % 3];
    }
};

TEST_CASE("of random bills every record is told, and all amounts add up to the file's", "[bills]") {
    const auto seed = GENERATE(21u, Catch::rngSeed());
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    for (int i = 0; i < 300; ++i) {
        const RandomBill given(random);
        CAPTURE(given.text);
        const auto bill = read_given(given.text, format_of(csv));
        CHECK(bill.summary.records == given.records);
        CHECK(bill.summary.refused_without_amount == given.unreadable);
        std::map<std::string, Decimal> added;
        for (const auto& line : bill.lines) added[line.currency] = add(added[line.currency], line.amount).value();
        for (const auto& line : bill.refused) {
            if (line.amount) added[line.currency] = add(added[line.currency], *line.amount).value();
        }
        for (const auto& [currency, thousandths] : given.sums) {
            CHECK(equal(bill.summary.sums.at(currency), Decimal{thousandths, 3}));
            CHECK(equal(added.at(currency), Decimal{thousandths, 3}));
        }
    }
}

TEST_CASE("bills that were damaged at random are read to their end, and no record is lost", "[bills]") {
    const auto seed = GENERATE(22u, Catch::rngSeed());
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    for (int i = 0; i < 300; ++i) {
        auto text = RandomBill(random).text;
        for (auto left = random() % 8; left > 0; --left) {
            const auto at = header.size() + random() % (text.size() - header.size());
            text[at] = "\",\n\r\0\xFF a1-"[random() % 10];
        }
        CAPTURE(text);
        std::istringstream stream(text);
        const auto bill = try_bill(stream, format_of(csv));  // counts them
        if (!bill) continue;                                 // the header was hit
        for (std::size_t n = 0; n < bill->lines.size(); ++n) {
            CHECK(told(read_bill_line(bill->summary.header, bill->line_texts[n], bill->lines[n].line, format_of(csv),
                                      {})) == told(bill->lines[n]));
        }
    }
}

}  // namespace
}  // namespace seatledger::billing
