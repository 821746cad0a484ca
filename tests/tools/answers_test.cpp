#include "tools/answers.h"

#include <capnp/message.h>
#include <stdlib.h>

#include <functional>
#include <string>

#include "events/block.h"
#include "events/text.h"
#include "tests/support/catch.h"

namespace seatledger {
namespace {

using Fill = std::function<void(schema::Answer::Builder)>;

struct Printed {
    std::string text;
    std::uint64_t refused = 0;
};

Printed printed(Format format, bool colour, const std::function<void(AnswerPrinter&)>& print) {
    char* text = nullptr;
    std::size_t size = 0;
    auto* file = open_memstream(&text, &size);
    Printed result;
    {
        AnswerPrinter printer(file, format, colour);
        print(printer);
        CHECK(printer.flush());
        result.refused = printer.refused();
    }
    std::fclose(file);
    result.text.assign(text, size);
    std::free(text);
    return result;
}

Printed print_one(Format format, bool colour, const Fill& fill) {
    capnp::MallocMessageBuilder message;
    auto answer = message.initRoot<schema::Answer>();
    fill(answer);
    return printed(format, colour, [&](AnswerPrinter& printer) { printer.print(answer.asReader()); });
}

// The answer that licenses were unbound from user 1, ann@acme.test.
void fill_unbound(schema::Answer::Builder answer, std::uint64_t sequence, unsigned count) {
    BlockBuilder builder{Sequence(sequence == 0 ? 1 : sequence)};
    const auto mark = builder.mark();
    for (unsigned i = 0; i < count; ++i) {
        auto event = builder.begin_event();
        if (sequence == 0) event.setSequence(0);
        event.setAccount("acme");
        auto held = event.initLicenseUnbound();
        held.setLicense(17 + i);
        held.setSku("connect");
        held.setUser(1);
        static_cast<void>(builder.end_event());
    }
    answer.setEntries(as_data(bytes_of(builder.entries_since(mark).words())));
    answer.setSequence(sequence == 0 ? 0 : sequence + count - 1);
    auto person = answer.initPeople(1)[0];
    person.setAccount("acme");
    person.setUser(1);
    person.setEmail("ann@acme.test");
}

void fill_rejected(schema::Answer::Builder answer) {
    answer.setRejected("user_must_be_registered");
    answer.setMessage("register\nzoe\x1b[31m first");
}

TEST_CASE("an answer in words names its events") {
    const auto one = print_one(Format::table, false, [](auto answer) { fill_unbound(answer, 41, 1); });
    CHECK(one.text == R"(done 41 licenseUnbound license=17 sku=connect email=ann@acme.test)"
                      "\n");
    CHECK(one.refused == 0);
    const auto two = print_one(Format::table, false, [](auto answer) { fill_unbound(answer, 41, 2); });
    CHECK(two.text == R"(done 42 licenseUnbound license=17 sku=connect email=ann@acme.test)"
                      "\n"
                      R"(     licenseUnbound license=18 sku=connect email=ann@acme.test)"
                      "\n");
}

TEST_CASE("a rejection in words is one line, and steers no terminal") {
    const auto rejected = print_one(Format::table, false, fill_rejected);
    CHECK(rejected.text == "rejected user_must_be_registered: register zoe [31m first\n");
    CHECK(rejected.refused == 1);
}

TEST_CASE("green is done and red is refused") {
    CHECK(print_one(Format::table, true, fill_rejected).text.starts_with("\x1b[31mrejected\x1b[0m user_"));
    const auto done = print_one(Format::table, true, [](auto answer) { fill_unbound(answer, 41, 1); });
    CHECK(done.text.starts_with("\x1b[32mdone\x1b[0m 41 "));
}

TEST_CASE("what was done before, and what is only tried, is said so") {
    const auto before = print_one(Format::table, false, [](auto answer) {
        fill_unbound(answer, 41, 1);
        answer.setReplayed(true);
    });
    CHECK(before.text.starts_with("done 41 (before: the request id had been seen) licenseUnbound"));
    const auto tried = print_one(Format::table, false, [](auto answer) {
        fill_unbound(answer, 0, 1);
        answer.setDryRun(true);
    });
    CHECK(tried.text == R"(would be done licenseUnbound license=17 sku=connect email=ann@acme.test)"
                        "\n");
}

TEST_CASE("the rows of a bulk command stand below it, and one refused row refuses it") {
    const Fill bulk = [](schema::Answer::Builder answer) {
        auto rows = answer.initRows(2);
        fill_unbound(rows[0], 41, 1);
        fill_rejected(rows[1]);
    };
    const auto words = print_one(Format::table, false, bulk);
    CHECK(words.text ==
          "done\n"
          R"(  row 1: done 41 licenseUnbound license=17 sku=connect email=ann@acme.test)"
          "\n  row 2: rejected user_must_be_registered: register zoe [31m first\n");
    CHECK(words.refused == 1);
    const auto json = print_one(Format::json, false, bulk);
    CHECK(json.text.starts_with(R"({"rows":[{"sequence":41,"events":[{)"));
    CHECK(json.refused == 1);
}

TEST_CASE("what is still billed after an unbind is said") {
    const auto unbound = print_one(Format::table, false, [](auto answer) {
        fill_unbound(answer, 41, 1);
        answer.setUnbound(true);
        auto billed = answer.initStillBilled(1)[0];
        billed.setSku("contact");
        billed.setLicense(9);
    });
    CHECK(unbound.text.ends_with("email=ann@acme.test\n     still billed: contact, license 9\n"));
}

TEST_CASE("a line that is no command gets an error with its number") {
    const auto print = [](AnswerPrinter& printer) { printer.print_error("no \"command\"", 3); };
    const auto json = printed(Format::json, false, print);
    CHECK(json.text == "{\"error\":\"no \\\"command\\\"\",\"line\":3}\n");
    CHECK(json.refused == 1);
    CHECK(printed(Format::table, false, print).text == "error line 3: no \"command\"\n");
}

TEST_CASE("answers that cannot be written fail") {
    auto* full = std::fopen("/dev/full", "w");
    AnswerPrinter printer(full, Format::json, false);
    printer.print_error("none", 1);
    CHECK_FALSE(printer.flush());
    CHECK(errno == ENOSPC);
    CHECK_FALSE(printer.flush());
    CHECK(errno == ENOSPC);
    std::fclose(full);
}

}  // namespace
}  // namespace seatledger
