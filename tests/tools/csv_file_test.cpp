#include "tools/csv_file.h"

#include <filesystem>
#include <fstream>

#include "tests/support/catch.h"
#include "tests/support/temp_dir.h"

namespace seatledger {
namespace {

using Fields = std::vector<std::string>;

CsvFile parsed(std::string_view text) {
    auto file = parse_csv(text, "some.csv");
    INFO((file ? "" : file.error().text()));
    REQUIRE(file);
    return std::move(*file);
}

std::string error_of(std::string_view text) {
    const auto file = parse_csv(text, "some.csv");
    REQUIRE_FALSE(file);
    return file.error().text();
}

TEST_CASE("a record stands on the line where it starts, and line breaks in quotes count", "[csv]") {
    const auto file = parsed("a,b\n1,\"x\n\ny\"\n2,\"z\"\n");
    REQUIRE(file.rows.size() == 2);
    CHECK(file.rows[0].line == 2);
    CHECK(file.rows[0].fields == Fields{"1", "x\n\ny"});
    CHECK(file.rows[1].line == 5);
}

TEST_CASE("lines end with LF, CRLF or CR", "[csv]") {
    const auto* end = GENERATE("\n", "\r\n", "\r");
    const auto break_line = [&](std::string text) {
        for (auto at = text.find('|'); at != text.npos; at = text.find('|')) text.replace(at, 1, end);
        return text;
    };
    const auto file = parsed(break_line("a,b|1,\"x|y\"|2,\"\"|3,z"));
    REQUIRE(file.rows.size() == 3);
    CHECK(file.rows[0].line == 2);
    CHECK(file.rows[0].fields == Fields{"1", break_line("x|y")});
    CHECK(file.rows[1].line == 4);
    CHECK(file.rows[2].line == 5);
    CHECK(file.rows[2].fields == Fields{"3", "z"});
}

TEST_CASE("quotes inside quotes are doubled, and commas there part nothing", "[csv]") {
    const auto file = parsed("a,b\n\"say \"\"yes\"\", now\", b \n");
    REQUIRE(file.rows.size() == 1);
    CHECK(file.rows[0].fields == Fields{"say \"yes\", now", "b"});
}

TEST_CASE("a byte-order mark is no part of the first column's name", "[csv]") {
    const auto file = parsed("\xEF\xBB\xBF\"Email\",b\nx,y\n");
    CHECK(file.header == Fields{"Email", "b"});
    CHECK(file.header_line == 1);
}

TEST_CASE("records without any content are no rows", "[csv]") {
    const auto file = parsed("\na,b\n\n  \n,\n\"\",\"\"\n1,2\n\n");
    CHECK(file.header_line == 2);
    REQUIRE(file.rows.size() == 1);
    CHECK(file.rows[0].line == 7);
    CHECK(file.bad_rows.empty());
}

TEST_CASE("a row with another number of fields is set aside with its line", "[csv]") {
    const auto file = parsed("a,b\n1\n\"1\n\",2,3\n1,2\n");
    CHECK(file.rows.size() == 1);
    REQUIRE(file.bad_rows.size() == 2);
    CHECK(file.bad_rows[0].text().starts_with("some.csv:2: has 1 fields where the header has 2"));
    CHECK(file.bad_rows[1].text().starts_with("some.csv:3: has 3 fields where the header has 2"));
}

TEST_CASE("columns are found by name, without regard to case and blanks around it", "[csv]") {
    const auto file = parsed("  Item NAME ,seats,Seats\n1,2,3\n");
    CHECK(file.column("item name").value() == 0);
    CHECK(file.optional_column("item name").value() == std::size_t{0});
    CHECK_FALSE(file.optional_column("order").value().has_value());

    REQUIRE_FALSE(file.column("order"));
    CHECK(file.column("order").error().text() == "some.csv:1: has no column \"order\": add it");
    REQUIRE_FALSE(file.column("seats"));
    CHECK(file.column("seats").error().text() == "some.csv:1: has two columns \"seats\": remove or rename one");
    CHECK_FALSE(file.optional_column("seats"));
}

TEST_CASE("a quotation mark out of place is an error on the line where its record starts", "[csv]") {
    CHECK(error_of("a,b\n1,2\n3,\"x\n4,y\n5,z\n").starts_with("some.csv:3: a quotation mark"));
    CHECK(error_of("a,b\n1,24\" monitor\n").starts_with("some.csv:2: a quotation mark"));

    // The first quote is left open; that shows where the next one opens.
    const auto error = error_of("a,b\n1,2\n3,\"x\n4,\"y\"\n");
    CHECK(error.starts_with("some.csv:3: a quotation mark"));
    CHECK(error.find("(seen on line 4)") != std::string::npos);
}

TEST_CASE("text that is not UTF-8 is an error on its line", "[csv]") {
    const auto bad = GENERATE(as<std::string>(), "caf\xE9", "\xC0\xAF", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xE2\x82",
                              std::string("a\0b", 3));
    CHECK(error_of("a,b\n1,\"\n" + bad + "\"\n") == "some.csv:3: is not UTF-8 text: save the file as UTF-8");
    CHECK(error_of("\xFF\xFE" + bad).starts_with("some.csv:1: is not UTF-8 text"));
}

TEST_CASE("a file without a header is an error", "[csv]") {
    CHECK(error_of("").starts_with("some.csv: is empty"));
    CHECK(error_of("\xEF\xBB\xBF\n\n").starts_with("some.csv: is empty"));
}

TEST_CASE("a long field is read whole", "[csv]") {
    const std::string longest(1 << 20, 'x');
    CHECK(parsed("a\n" + longest + "\n").rows[0].fields[0] == longest);
}

TEST_CASE("a file is read from disk, and one that cannot be says why", "[csv]") {
    const testing::TempDir dir;
    const std::string path = dir / "some.csv";
    std::ofstream(path) << "a,b\n1,2\n";
    const auto file = read_csv_file(path);
    REQUIRE(file);
    CHECK(file->path == path);
    CHECK(file->rows.size() == 1);

    const auto missing = read_csv_file(dir / "none.csv");
    REQUIRE_FALSE(missing);
    CHECK(missing.error().text() == (dir / "none.csv").string() + ": cannot be read: No such file or directory");
    const auto directory = read_csv_file(dir.path());
    REQUIRE_FALSE(directory);
    CHECK(directory.error().text() == dir.path().string() + ": cannot be read: Is a directory");

    std::ofstream(path, std::ios::trunc);
    REQUIRE_FALSE(read_csv_file(path));
}

}  // namespace
}  // namespace seatledger
