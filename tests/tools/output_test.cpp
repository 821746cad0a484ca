#include "tools/output.h"

#include <capnp/message.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <functional>
#include <string>

#include "events/text.h"
#include "projections/query.capnp.h"
#include "tests/support/catch.h"
#include "tools/progress.h"

namespace seatledger {
namespace {

using namespace std::string_literals;

constexpr std::int64_t noon = 1'599'480'000'000'000;  // 2020-09-07T12:00:00Z

// What `write` writes into a file.
std::string written(const std::function<void(std::FILE*)>& write) {
    char* text = nullptr;
    std::size_t size = 0;
    auto* file = open_memstream(&text, &size);
    write(file);
    std::fclose(file);
    std::string result(text, size);
    std::free(text);
    return result;
}

std::string printed(Format format, bool colour, const std::function<void(RowPrinter&)>& print) {
    return written([&](std::FILE* file) {
        RowPrinter printer(file, format, colour);
        print(printer);
        CHECK(printer.finish());
    });
}

void fill(schema::LicenseRow::Builder row, std::uint32_t license, schema::LicenseStatus status) {
    row.setLicense(license);
    row.setSku("connect");
    row.setProduct("Connect, \"basic\"");
    row.setType("phone");
    row.setStatus(status);
    row.setValidFrom(noon);
    row.setValidUntil(noon + 1'500'000);
}

void print_licenses(RowPrinter& printer) {
    capnp::MallocMessageBuilder first;
    auto row = first.initRoot<schema::LicenseRow>();
    fill(row, 7, schema::LicenseStatus::AVAILABLE);
    printer.print(row.asReader());
    capnp::MallocMessageBuilder second;
    row = second.initRoot<schema::LicenseRow>();
    fill(row, 1'234'567, schema::LicenseStatus::BOUND);
    row.setEmail("zoë@acme.test");
    row.setInvoice("INV-1");
    printer.print(row.asReader());
}

TEST_CASE("a table has aligned columns, numbers to the right, and a dash for null") {
    CHECK(printed(Format::table, false, print_licenses) ==
          "license  sku      product           type   status     email          invoice  validFrom             "
          "validUntil\n"
          "      7  connect  Connect, \"basic\"  phone  available  –              –        2020-09-07 12:00:00Z  "
          "2020-09-07 12:00:01.5Z\n"
          "1234567  connect  Connect, \"basic\"  phone  bound      zoë@acme.test  INV-1    2020-09-07 12:00:00Z  "
          "2020-09-07 12:00:01.5Z\n");
}

TEST_CASE("JSON is an object a line") {
    CHECK(printed(Format::json, true, print_licenses) ==
          R"({"license":7,"sku":"connect","product":"Connect, \"basic\"","type":"phone","status":"available",)"
          R"("email":null,"invoice":null,"validFrom":"2020-09-07T12:00:00.000000Z",)"
          R"("validUntil":"2020-09-07T12:00:01.500000Z"})"
          "\n"
          R"({"license":1234567,"sku":"connect","product":"Connect, \"basic\"","type":"phone","status":"bound",)"
          R"("email":"zoë@acme.test","invoice":"INV-1","validFrom":"2020-09-07T12:00:00.000000Z",)"
          R"("validUntil":"2020-09-07T12:00:01.500000Z"})"
          "\n");
}

TEST_CASE("CSV has a header, quotes where they are needed, and nothing for null") {
    CHECK(printed(Format::csv, true, print_licenses) ==
          "license,sku,product,type,status,email,invoice,validFrom,validUntil\r\n"
          "7,connect,\"Connect, \"\"basic\"\"\",phone,available,,,2020-09-07T12:00:00.000000Z,"
          "2020-09-07T12:00:01.500000Z\r\n"
          "1234567,connect,\"Connect, \"\"basic\"\"\",phone,bound,zoë@acme.test,INV-1,2020-09-07T12:00:00.000000Z,"
          "2020-09-07T12:00:01.500000Z\r\n");
}

TEST_CASE("CSV keeps text as it is, line breaks included, but what a spreadsheet would take for a formula") {
    const auto out = printed(Format::csv, false, [](RowPrinter& printer) {
        capnp::MallocMessageBuilder message;
        auto row = message.initRoot<schema::UserRow>();
        row.setEmail("=1+1");
        row.setName("a\r\nb\\c");
        row.initRoles(2).set(0, schema::Role::ADMIN);
        printer.print(row.asReader());
    });
    CHECK(out ==
          "email,name,roles,licenses,registeredAt\r\n"
          "'=1+1,\"a\r\nb\\c\",\"[\"\"admin\"\",\"\"superAdmin\"\"]\",[],1970-01-01T00:00:00.000000Z\r\n");
}

void print_invoice(RowPrinter& printer) {
    capnp::MallocMessageBuilder message;
    auto row = message.initRoot<schema::InvoiceRow>();
    row.setInvoice("INV-1");
    row.setStatus(schema::InvoiceStatus::VOIDED);
    row.initTotal().setAmount(30'000'000);
    row.getTotal().setCurrency("USD");
    row.setIssuedAt(noon);
    auto lines = row.initLines(2);
    lines[0].setLine(1);
    lines[0].setSku("connect");
    lines[0].setType("desk phone");
    lines[0].initAmount().setAmount(30'000'000);
    lines[0].getAmount().setCurrency("USD");
    lines[1].setLine(2);
    lines[1].setTerm("");
    lines[1].setValidUntil(noon);
    printer.print(row.asReader());
}

TEST_CASE("lists, structs and money fit into a cell") {
    CHECK(printed(Format::table, false, print_invoice) ==
          "invoice  status  raisedBy  order      total  issuedAt              paidAt  reference  lines\n"
          "INV-1    voided  –             –  30.00 USD  2020-09-07 12:00:00Z  –       –          "
          "line=1 sku=connect type=\"desk phone\" billing=purchased quantity=0 amount=30.00 USD, "
          "line=2 billing=purchased quantity=0 term=\"\" validUntil=2020-09-07 12:00:00Z\n");
    CHECK(printed(Format::csv, false, print_invoice)
              .find(R"(INV-1,voided,,,30.00,USD,2020-09-07T12:00:00.000000Z,,,)"
                    R"("[{""line"":1,""sku"":""connect"",)") != std::string::npos);
}

TEST_CASE("tables say yes and no, and join lists") {
    const auto out = printed(Format::table, false, [](RowPrinter& printer) {
        capnp::MallocMessageBuilder message;
        auto row = message.initRoot<schema::AccessRow>();
        row.setAccess(true);
        row.initBecause(3).set(1, 41);
        printer.print(row.asReader());
        row.setAccess(false);
        row.setLicense(17);
        row.initBecause(0);
        printer.print(row.asReader());
    });
    CHECK(out ==
          "access  license  since  until  because\n"
          "yes           –  –      –      0, 41, 0\n"
          "no           17  –      –      –\n");
}

TEST_CASE("states have a colour where colours are wanted, and headers do not shift") {
    const auto status = GENERATE(values<std::pair<schema::LicenseStatus, std::string>>({
        {schema::LicenseStatus::AVAILABLE, "\x1b[32mavailable\x1b[0m  –"},
        {schema::LicenseStatus::BOUND, "\x1b[36mbound\x1b[0m   –"},
        {schema::LicenseStatus::EXPIRED, "\x1b[33mexpired\x1b[0m  –"},
        {schema::LicenseStatus::REVOKED, "\x1b[31mrevoked\x1b[0m  –"},
    }));
    const auto print = [&](RowPrinter& printer) {
        capnp::MallocMessageBuilder message;
        auto row = message.initRoot<schema::LicenseRow>();
        fill(row, 7, status.first);
        row.setSku("bound");
        printer.print(row.asReader());
    };
    const auto out = printed(Format::table, true, print);
    CHECK(out.find(status.second) != std::string::npos);
    CHECK(out.find("7  bound  ") != std::string::npos);
    CHECK(printed(Format::table, false, print).find('\x1b') == std::string::npos);
}

TEST_CASE("what somebody wrote into the ledger does not steer the terminal") {
    const auto out = printed(Format::table, true, [](RowPrinter& printer) {
        capnp::MallocMessageBuilder message;
        auto row = message.initRoot<schema::UserFilter>();
        row.setEmail(
            "a\x1b[2Jb\nc\x7f\xc2\x9b"
            "d\xff\u202Ee\u200B\u2066\uFEFF\u00E9");  // among them what turns the direction of writing
        printer.print(row.asReader());
    });
    CHECK(out == "email\na\uFFFD[2Jb\uFFFDc\uFFFD\uFFFD\uFFFDd\uFFFD\uFFFDe\uFFFD\uFFFD\uFFFD\u00E9\n");
}

TEST_CASE("a table's widths are those of the first 1,000 rows, and later ones are printed as they come") {
    const auto print = [](RowPrinter& printer, int count, const char* email) {
        capnp::MallocMessageBuilder message;
        auto row = message.initRoot<schema::LicenseFilter>();
        row.setSku(email);
        row.setType("x");
        for (int i = 0; i < count; ++i) printer.print(row.asReader());
    };
    const auto out = printed(Format::table, false, [&](RowPrinter& printer) {
        print(printer, 999, "ab");
        print(printer, 1, "abcdef");
        print(printer, 1, "abcdefgh");
    });
    CHECK(
        out.starts_with("license  sku     type  status  email  invoice  expiresBefore\n"
                        "      0  ab      x     –       –      –        –\n"));
    CHECK(
        out.ends_with("      0  abcdef  x     –       –      –        –\n"
                      "      0  abcdefgh  x     –       –      –        –\n"));
    CHECK(std::ranges::count(out, '\n') == 1 + 999 + 1 + 1);
}

TEST_CASE("flush puts out what there is, once") {
    const auto format = GENERATE(Format::table, Format::json, Format::csv);
    const auto whole = printed(format, false, print_licenses);
    char* text = nullptr;
    std::size_t size = 0;
    auto* file = open_memstream(&text, &size);
    RowPrinter printer(file, format, false);
    print_licenses(printer);
    printer.flush();
    CHECK(std::string(text, size) == whole);
    CHECK(printer.finish());
    CHECK(std::string(text, size) == whole);
    std::fclose(file);
    std::free(text);
}

TEST_CASE("a table that waits for its first row is as wide as that") {
    CHECK(printed(Format::table, false, [](RowPrinter& printer) {
              printer.expect(capnp::Schema::from<schema::LicenseRow>());
              printer.flush();
              print_licenses(printer);
          }) == printed(Format::table, false, print_licenses));
}

TEST_CASE("text between rows stands as it is, behind what was printed before") {
    CHECK(written([](std::FILE* file) {
              RowPrinter printer(file, Format::table, false);
              printer.print_text("one\n");
              printer.print_text("two\n");
              CHECK(printer.finish());
          }) == "one\ntwo\n");
}

TEST_CASE("without rows there is the header of what was expected, or nothing") {
    const auto expect = [](RowPrinter& printer) { printer.expect(capnp::Schema::from<schema::ProductFilter>()); };
    CHECK(printed(Format::table, false, expect) == "sku  type\n");
    CHECK(printed(Format::csv, false, expect) == "sku,type\r\n");
    CHECK(printed(Format::json, false, expect) == "");
    CHECK(printed(Format::table, false, [](RowPrinter&) {}) == "");
    CHECK(printed(Format::csv, false, [](RowPrinter& printer) {
              printer.expect(capnp::Schema::from<schema::Event>());
          }) == "sequence,account,recordedAt,effectiveAt,actor,via,requestId,corrects,event,details\r\n");
}

TEST_CASE("rows of two types do not mix") {
    written([](std::FILE* file) {
        RowPrinter printer(file, Format::json, false);
        capnp::MallocMessageBuilder message;
        printer.print(message.initRoot<schema::UserFilter>().asReader());
        CHECK_THROWS_AS(printer.print(message.initRoot<schema::UserName>().asReader()), kj::Exception);
    });
}

TEST_CASE("a full disk is told") {
    auto* file = std::fopen("/dev/full", "w");
    REQUIRE(file != nullptr);
    RowPrinter printer(file, Format::json, false);
    for (int i = 0; i < 1'000; ++i) print_licenses(printer);
    CHECK_FALSE(printer.finish());
    CHECK(errno == ENOSPC);
    std::fclose(file);
}

// Events.

void print_events(RowPrinter& printer) {
    const AddressOf address = [](UserId user) -> std::optional<std::string_view> {
        if (user.value == 1) return "boss@acme.test";
        if (user.value == 2) return "ann@acme.test";
        return std::nullopt;
    };
    capnp::MallocMessageBuilder message;
    auto event = message.initRoot<schema::Event>();
    event.setSequence(9);
    event.setRecordedAt(noon + 1);
    event.setEffectiveAt(noon);
    event.setAccount("acme");
    event.setPrincipal(schema::Event::Principal::USER);
    event.setActor(1);
    event.setViaVendor(true);
    event.setRequestId("r-17");
    event.setCorrects(8);
    auto held = event.initLicenseBound();
    held.setLicense(17);
    held.setUser(2);
    printer.print_event(event, address);

    event = message.initRoot<schema::Event>();
    event.setSequence(10);
    event.setPrincipal(schema::Event::Principal::USER);
    event.setActor(3);
    auto defined = event.initProductDefined();
    defined.setName("a \"b\"");
    defined.initFeatures(2).set(0, "x");
    defined.initUnitPrice().setAmount(10'000'000);
    defined.getUnitPrice().setCurrency("USD");
    printer.print_event(event, address);
}

TEST_CASE("events in a table: when, sequence, account, who, what, details") {
    CHECK(printed(Format::table, false, print_events) ==
          "when                  sequence  account  who                        what            details\n"
          "2020-09-07 12:00:00Z         9  acme     boss@acme.test via vendor  licenseBound    "
          "license=17 email=ann@acme.test corrects=8\n"
          "1970-01-01 00:00:00Z        10  –        –                          productDefined  "
          "name=\"a \\\"b\\\"\" features=[x, \"\"] unitPrice=10.00 USD billing=purchased keepsPhone=no\n");
}

TEST_CASE("events in CSV: the envelope, and the body as JSON") {
    const auto out = printed(Format::csv, false, print_events);
    CHECK(
        out.starts_with("sequence,account,recordedAt,effectiveAt,actor,via,requestId,corrects,event,details\r\n"
                        "9,acme,2020-09-07T12:00:00.000001Z,2020-09-07T12:00:00.000000Z,boss@acme.test,vendor,r-17,8,"
                        "licenseBound,\"{\"\"license\"\":17,"));
    CHECK(out.find("\"\"email\"\":\"\"ann@acme.test\"\"") != std::string::npos);
    CHECK(out.find("\r\n10,,1970-01-01T00:00:00.000000Z,1970-01-01T00:00:00.000000Z,,,,,productDefined,\"{") !=
          std::string::npos);
}

TEST_CASE("events in JSON, a line each") {
    const auto out = printed(Format::json, false, print_events);
    CHECK(std::ranges::count(out, '\n') == 2);
    CHECK(out.starts_with(R"({"sequence":9,"account":"acme",)"));
    CHECK(out.find(R"("actor":null,"via":null,"requestId":null,"corrects":null,"productDefined":{"sku":null,)") !=
          std::string::npos);
}

// The terminal.

TEST_CASE("a table is for terminals") {
    int ends[2];
    REQUIRE(pipe(ends) == 0);
    CHECK(default_format(ends[1]) == Format::json);
    close(ends[0]);
    close(ends[1]);
    const int terminal = posix_openpt(O_RDWR | O_NOCTTY);
    REQUIRE(terminal >= 0);
    CHECK(default_format(terminal) == Format::table);
    close(terminal);
}

TEST_CASE("width is counted as terminals do") {
    CHECK(display_width("") == 0);
    CHECK(display_width("connect") == 7);
    CHECK(display_width("Zoë") == 3);
    CHECK(display_width("–") == 1);
    CHECK(display_width("e\u0301") == 1);
    CHECK(display_width("名前") == 4);
    CHECK(display_width("\uFFFD") == 1);
}

TEST_CASE("progress says how much, how fast and how long") {
    CHECK(progress_line("rebuilding", 0, 1'000, 0) == "rebuilding: 0 %");
    CHECK(progress_line("rebuilding", 420'000, 1'000'000, 1'234'567.4) == "rebuilding: 42 %, 1,234,567/s, 0:01 left");
    CHECK(progress_line("rebuilding", 999'999, 1'000'000, 12) == "rebuilding: 99 %, 12/s, 0:01 left");
    CHECK(progress_line("rebuilding", 0, 3'723'000, 1'000) == "rebuilding: 0 %, 1,000/s, 1:02:03 left");
    CHECK(progress_line("rebuilding", 0, 754'000, 1'000) == "rebuilding: 0 %, 1,000/s, 12:34 left");
    CHECK(progress_line("rebuilding", 1, 1'000'000'000'000, 0.5) == "rebuilding: 0 %, 1/s");
    CHECK(progress_line("rebuilding", 1'000, 1'000, 100) == "rebuilding: 100 %, 100/s");
    CHECK(progress_line("rebuilding", 1'001, 1'000, 100) == "rebuilding: 100 %, 100/s");
    CHECK(progress_line("reading", 12'345, 0, 999) == "reading: 12,345, 999/s");
}

TEST_CASE("progress draws at most ten times a second, and what it ends with") {
    const auto begin = std::chrono::steady_clock::now();
    const auto out = written([](std::FILE* file) {
        Progress progress(file, "rebuilding", true);
        for (std::uint64_t i = 0; i <= 100'000; ++i) progress.update(i, 100'000);
        progress.finish();
        progress.finish();
    });
    const auto tenths = (std::chrono::steady_clock::now() - begin) / std::chrono::milliseconds(100);
    CHECK(out.starts_with("\rrebuilding: 0 %\x1b[K\r"));
    CHECK(out.find("rebuilding: 100 %, ") != std::string::npos);
    CHECK(out.ends_with("/s\x1b[K\n"));
    CHECK(std::ranges::count(out, '\r') <= tenths + 2);
    CHECK(std::ranges::count(out, '\n') == 1);
}

TEST_CASE("progress prints nothing unless it is enabled, and ends its line when it is dropped") {
    CHECK(written([](std::FILE* file) {
              Progress progress(file, "rebuilding", false);
              progress.update(1, 2);
              progress.finish();
          }) == "");
    CHECK(written([](std::FILE* file) { const Progress progress(file, "rebuilding", true); }) == "");
    CHECK(written([](std::FILE* file) { Progress(file, "rebuilding", true).update(1, 2); }).ends_with("\n"));
}

}  // namespace
}  // namespace seatledger
