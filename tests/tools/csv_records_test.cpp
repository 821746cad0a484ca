#include "tools/csv_records.h"

#include <algorithm>
#include <random>
#include <sstream>
#include <streambuf>
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tools/import_cells.h"

namespace seatledger {
namespace {

using Next = CsvReader::Next;
using testing::contains;
using Fields = std::vector<std::string>;

struct Seen {
    std::size_t line = 0;
    std::string text;
    Fields fields;
    std::size_t problem_line = 0;
    std::string problem;
};

std::vector<Seen> read_all(CsvReader& reader, std::optional<std::size_t> expected = {}) {
    if (expected) reader.expect_fields(*expected);
    std::vector<Seen> all;
    CsvRecord record;
    for (;;) {
        const auto next = reader.next(record);
        REQUIRE(next != Next::failed);
        if (next == Next::end) return all;
        CHECK((next == Next::bad) == !record.problem.empty());
        if (next == Next::record) CHECK_FALSE(record.fields.empty());
        all.push_back({record.line, std::string(record.text), Fields(record.fields.begin(), record.fields.end()),
                       record.problem_line, record.problem});
    }
}

std::vector<Seen> read_all(const std::string& text, std::optional<std::size_t> expected = {},
                           std::size_t bytes_max = CsvReader::record_bytes_max_default) {
    std::istringstream stream(text);
    CsvReader reader(stream, bytes_max);
    return read_all(reader, expected);
}

// "3 a|b" or "3 bad", a record each.
std::vector<std::string> told(const std::vector<Seen>& all) {
    std::vector<std::string> told;
    for (const auto& seen : all) {
        auto& line = told.emplace_back(std::to_string(seen.line) + " ");
        if (!seen.problem.empty()) line += "bad";
        for (const auto& field : seen.fields) line += (&field == &seen.fields.front() ? "" : "|") + field;
    }
    return told;
}

using Told = std::vector<std::string>;

TEST_CASE("a record comes with its line, its bytes and its fields", "[csv]") {
    const auto all = read_all("\xEF\xBB\xBFname, b \r\n\r\n1,\"x\n,y\"\r2,z");
    REQUIRE(told(all) == Told{"1 name|b", "3 1|x\n,y", "5 2|z"});
    CHECK(all[0].text == "name, b ");
    CHECK(all[1].text == "1,\"x\n,y\"");
    CHECK(all[2].text == "2,z");
}

TEST_CASE("records without any content are none, however their lines end", "[csv]") {
    CHECK(told(read_all("\n\r\r\n\n,\r\n\"\",\"\"\n  \na,b")) == Told{"8 a|b"});
    CHECK(read_all("").empty());
    CHECK(read_all("\xEF\xBB\xBF").empty());
}

TEST_CASE("a stray quotation mark costs its line, and reading goes on with the next", "[csv]") {
    const auto all = read_all("a,b\n1,24\" monitor\n2,y\n3,\"x\" z\n4,y\n");
    CHECK(told(all) == Told{"1 a|b", "2 bad", "3 2|y", "4 bad", "5 4|y"});
    CHECK(all[1].text == "1,24\" monitor");
    CHECK(contains(all[1].problem, "a quotation mark"));
}

TEST_CASE("a quotation mark that is left open does not swallow the rest of the file", "[csv]") {
    // To the end of the file …
    const auto open = read_all("a,b\n1,\"x\n2,y\r\n3,z\n");
    CHECK(told(open) == Told{"1 a|b", "2 bad", "3 2|y", "4 3|z"});
    CHECK(contains(open[1].problem, "left open"));
    CHECK(open[1].text == "1,\"x");
    // … to a quote that opens a field far below …
    CHECK(told(read_all("a,b\n1,\"x\n2,y\n3,\"z\"\n4,w\n")) == Told{"1 a|b", "2 bad", "3 2|y", "4 3|z", "5 4|w"});
    // … to one that seems to close it, as the number of fields tells, …
    CHECK(told(read_all("a,b,c\n1,\"x,1\n2,y,2\n3,4,z\"\n4,w,4\n", 3)) ==
          Told{"1 a|b|c", "2 bad", "3 2|y|2", "4 bad", "5 4|w|4"});
    // … or else what is between them.
    const auto doubted = read_all("a,b,c,d\n1,\"x,1,1\n2,y,2,2\n3,z\",3,3\n4,w,4,4\n", 4);
    CHECK(told(doubted) == Told{"1 a|b|c|d", "2 bad", "3 2|y|2|2", "4 bad", "5 4|w|4|4"});
    CHECK(contains(doubted[1].problem, "look like records of their own, up to line 4"));
    CHECK(told(read_all("a,b,c,d\n1,\"x,1,1\n3,z\",3,3", 4)) == Told{"1 a|b|c|d", "2 bad", "3 bad"});
    CHECK(told(read_all("a,b,c,d\n1,2,3,\"x\ny, z\"\n\"x\ny\",2,3,4", 4)) ==
          Told{"1 a|b|c|d", "2 1|2|3|x\ny, z", "4 x\ny|2|3|4"});
    CHECK(told(read_all("\"")) == Told{"1 bad"});
}

TEST_CASE("another number of fields than expected is a bad record", "[csv]") {
    const auto all = read_all("a,b\n1\n1,2,3\n4,5\n", 2);
    CHECK(told(all) == Told{"1 a|b", "2 bad", "3 bad", "4 4|5"});
    CHECK(all[2].problem == "has 3 fields where the header has 2: put a field that has commas in it in quotes");
}

TEST_CASE("bytes that are no text make their record bad, and no other", "[csv]") {
    const auto bad = GENERATE(as<std::string>(), "caf\xE9", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82",
                              std::string("a\0b", 3), std::string(1, '\0'), "12345678\xFF");
    const auto all = read_all("a,b\n1,\"x\n" + bad + "\"\n2,caf\u00E9\n" + bad + ",y\n3,z");
    // Its fields can be told apart all the same.
    REQUIRE(told(all) == Told{"1 a|b", "2 bad1|x\n" + bad, "4 2|caf\u00E9", "5 bad" + bad + "|y", "6 3|z"});
    CHECK(all[1].problem == "is not UTF-8 text: save the file as UTF-8");
    CHECK(all[1].problem_line == 3);
    CHECK(all[1].text == "1,\"x\n" + bad + "\"");
}

TEST_CASE("UTF-16 is named as such", "[csv]") {
    std::istringstream stream(GENERATE(as<std::string>(), "\xFF\xFE" + std::string("a\0,\0", 4), "\xFE\xFF"));
    CsvReader reader(stream);
    CsvRecord record;
    REQUIRE(reader.next(record) == Next::failed);
    CHECK(record.problem == "is not UTF-8 text but UTF-16: save the file as UTF-8");
    CHECK(record.problem_line == 1);
}

TEST_CASE("a record over the limit is bad, and what follows it is read", "[csv]") {
    const std::string ten(10, 'x');
    CHECK(told(read_all("a\n" + ten + "\nb", {}, 10)) == Told{"1 a", "2 " + ten, "3 b"});
    const auto end = GENERATE(as<std::string>(), "\n", "\r\n", "\r", "");
    const auto all = read_all("a\n" + ten + "y" + end + (end.empty() ? "" : "b"), {}, 10);
    CHECK(told(all) == (end.empty() ? Told{"1 a", "2 bad"} : Told{"1 a", "2 bad", "3 b"}));
    CHECK(all[1].text == ten);
    CHECK(contains(all[1].problem, "more than 10 bytes: shorten it"));
    // Within quotes, it is the quote that is doubted.
    const auto quoted = read_all("a\n\"12\n345\n678\"\nb", {}, 10);
    CHECK(told(quoted) == Told{"1 a", "2 bad", "3 345", "4 bad", "5 b"});
    CHECK(quoted[1].text == "\"12");
    CHECK(contains(quoted[1].problem, "left open"));
}

// Bytes that are made while they are read.
class Endless : public std::streambuf {
 public:
    Endless(std::string begin, std::string middle, std::size_t times, std::string end)
        : piece_(std::move(begin)), middle_(std::move(middle)), times_(times), end_(std::move(end)) {
        setg(piece_.data(), piece_.data(), piece_.data() + piece_.size());
    }

 private:
    int_type underflow() override {
        if (times_ == 0 && ended_) return traits_type::eof();
        if (times_ > 0) {
            piece_ = middle_;
            --times_;
        } else {
            piece_ = end_;
            ended_ = true;
        }
        setg(piece_.data(), piece_.data(), piece_.data() + piece_.size());
        return piece_.empty() ? traits_type::eof() : traits_type::to_int_type(piece_[0]);
    }

    std::string piece_, middle_;
    std::size_t times_;
    std::string end_;
    bool ended_ = false;
};

TEST_CASE("a line of a hundred megabytes is skipped", "[csv]") {
    Endless bytes("a,b\n1,", std::string(1 << 20, 'x'), 100, "\n2,y\n");
    std::istream stream(&bytes);
    CsvReader reader(stream);
    const auto all = read_all(reader, 2);
    CHECK(told(all) == Told{"1 a|b", "2 bad", "3 2|y"});
    CHECK(all[1].text.size() == CsvReader::record_bytes_max_default);
    CHECK(reader.bytes() == (100u << 20) + 11);
}

TEST_CASE("a quotation mark left open before very many lines costs one line, and no more time than they do", "[csv]") {
    std::string lines;
    for (int i = 0; i < 1000; ++i) lines += "1,\"two, and more\"\n";
    Endless bytes("a,b\n1,\"x\n", lines, 200, "");
    std::istream stream(&bytes);
    CsvReader reader(stream);
    reader.expect_fields(2);
    std::size_t good = 0, bad = 0;
    CsvRecord record;
    for (Next next; (next = reader.next(record)) != Next::end; ++(next == Next::record ? good : bad)) {
    }
    CHECK(good == 200'001);
    CHECK(bad == 1);
}

TEST_CASE("the bytes of the whole file are hashed and counted, those of bad records too", "[csv]") {
    const auto text = GENERATE(as<std::string>(), "", "\xEF\xBB\xBF", "a,b\n1,\"x\n2,y\r\n\xFF",
                               std::string(300'000, 'x') + "\n" + std::string(300'000, '\n'));
    std::istringstream stream(text);
    CsvReader reader(stream, 1000);
    static_cast<void>(read_all(reader));
    CHECK(reader.sha256() == digest(text, 64));
    CHECK(reader.bytes() == text.size());
}

TEST_CASE("a stream that cannot be read is told from its end", "[csv]") {
    std::istringstream stream("a,b\n1,2\n");
    stream.setstate(std::ios::badbit);
    CsvReader reader(stream);
    CsvRecord record;
    REQUIRE(reader.next(record) == Next::failed);
    CHECK(contains(record.problem, "cannot be read"));
}

TEST_CASE("columns are found by name, once", "[csv]") {
    const Fields header{"A", "b", "B"};
    CHECK(find_column(header, "a").value() == std::size_t{0});
    CHECK_FALSE(find_column(header, "c").value());
    CHECK_FALSE(find_column(header, "b"));
}

std::string random_field(std::mt19937_64& random) {
    static const std::vector<std::string> parts = {"a", "7", ",", "\"", "\n", "\r", "\r\n", " ", "\u00E9", ";", "'"};
    std::string field;
    for (auto left = random() % 6; left > 0; --left) field += parts[random() % parts.size()];
    return field;
}

std::string written(const std::string& field, std::mt19937_64& random) {
    const bool needs_quotes = field.find_first_of(",\"\r\n ") != field.npos;
    if (!needs_quotes && random() % 2 == 0) return field;
    std::string text = "\"";
    for (const char c : field) text += c == '"' ? "\"\"" : std::string(1, c);
    return (random() % 4 == 0 ? " " : "") + text + (random() % 4 == 0 ? "\"\t" : "\"");
}

std::size_t breaks_in(std::string_view text) {
    std::size_t count = 0;
    for (std::size_t i = 0; i < text.size(); ++i) {
        count += text[i] == '\n' || (text[i] == '\r' && !text.substr(i).starts_with("\r\n")) ? 1 : 0;
    }
    return count;
}

TEST_CASE("random tables, written with random quotes and line ends, are read back the same", "[csv]") {
    const auto seed = GENERATE(11u, Catch::rngSeed());
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    for (int table = 0; table < 200; ++table) {
        const std::size_t columns = 1 + random() % 3;  // of more, some would be doubted
        std::string text;
        std::vector<Seen> rows;
        for (auto left = random() % 30; left > 0; --left) {
            Seen row;
            row.line = breaks_in(text) + 1;
            for (std::size_t i = 0; i < columns; ++i) {
                row.fields.push_back(random_field(random));
                row.text += (i == 0 ? "" : ",") + written(row.fields.back(), random);
            }
            const auto* end = std::vector{"\n", "\r\n", "\r"}[random() % 3];
            // An LF after a lone CR would make one line end of two.
            if (text.ends_with('\r') && row.text.starts_with('\n')) continue;
            text += row.text + end;
            if (std::ranges::any_of(row.fields, [](const auto& field) { return !field.empty(); })) rows.push_back(row);
        }
        CAPTURE(text);
        const auto read = read_all(text, columns);
        REQUIRE(read.size() == rows.size());
        for (std::size_t i = 0; i < rows.size(); ++i) {
            CHECK(read[i].problem.empty());
            CHECK(read[i].line == rows[i].line);
            CHECK(read[i].fields == rows[i].fields);
            CHECK(read[i].text == rows[i].text);
        }
    }
}

TEST_CASE("random bytes are read to their end", "[csv]") {
    const auto seed = GENERATE(12u, Catch::rngSeed());
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    static const std::string bytes("a1,\"\"\"\n\n\r \xC3\xA9\xFF\0", 15);
    for (int i = 0; i < 2000; ++i) {
        std::string text;
        for (auto left = random() % 60; left > 0; --left) text += bytes[random() % bytes.size()];
        CAPTURE(text);
        const auto all = read_all(text, 2, 20);
        std::size_t line = 0;
        std::string found;
        for (const auto& seen : all) {
            CHECK(seen.line > line);  // in their order, and no line begins two records
            line = seen.line;
            CHECK(seen.text.size() <= 20);
        }
        CHECK(line <= breaks_in(text) + 1);
    }
}

}  // namespace
}  // namespace seatledger
