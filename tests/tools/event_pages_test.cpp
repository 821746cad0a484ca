#include "tools/event_pages.h"

#include <capnp/message.h>
#include <kj/exception.h>
#include <stdlib.h>

#include <string>
#include <vector>

#include "events/text.h"
#include "tests/support/catch.h"

namespace seatledger {
namespace {

using Email = std::optional<std::string_view>;

class Book {
 public:
    void add(const std::string& account, std::uint32_t user, std::uint64_t since, const char* email) {
        capnp::MallocMessageBuilder message;
        auto person = message.initRoot<schema::Person>();
        person.setAccount(account);
        person.setUser(user);
        person.setSince(since);
        if (email != nullptr) person.setEmail(email);
        known_.add(person.asReader());
    }

    [[nodiscard]] std::optional<std::string> find(std::string_view account, std::uint32_t user,
                                                  std::uint64_t at) const {
        const auto found = known_.find(account, UserId(user), Sequence(at));
        return found ? std::optional<std::string>(*found) : std::nullopt;
    }

 private:
    KnownAddresses known_;
};

TEST_CASE("an address holds in the events after its sequence, up to the next one") {
    Book book;
    book.add("acme", 1, 10, "ann@acme.test");
    book.add("acme", 1, 20, "ann@example.com");
    CHECK(book.find("acme", 1, 10) == std::nullopt);
    CHECK(book.find("acme", 1, 11) == "ann@acme.test");
    CHECK(book.find("acme", 1, 20) == "ann@acme.test");
    CHECK(book.find("acme", 1, 21) == "ann@example.com");
    CHECK(book.find("acme", 1, ~std::uint64_t{0}) == "ann@example.com");
}

TEST_CASE("addresses may be told in any order, and again") {
    Book book;
    book.add("acme", 1, 20, "ann@example.com");
    book.add("acme", 1, 0, "ann@acme.test");
    book.add("acme", 1, 20, "ann@example.org");
    CHECK(book.find("acme", 1, 1) == "ann@acme.test");
    CHECK(book.find("acme", 1, 21) == "ann@example.org");
}

TEST_CASE("an erased address is none, and so is an unknown one") {
    Book book;
    book.add("acme", 1, 0, nullptr);
    CHECK(book.find("acme", 1, 5) == std::nullopt);
    CHECK(book.find("acme", 2, 5) == std::nullopt);
    CHECK(book.find("globex", 1, 5) == std::nullopt);
}

TEST_CASE("who was erased is forgotten, at whatever time they were told of") {
    Book book;
    book.add("acme", 1, 10, "ann@acme.test");
    book.add("acme", 1, 20, "ann@example.com");
    book.add("acme", 2, 10, "bob@acme.test");
    book.add("acme", 1, 0, nullptr);
    for (const std::uint64_t at : {1, 11, 21, 1'000}) CHECK(book.find("acme", 1, at) == std::nullopt);
    CHECK(book.find("acme", 2, 11) == "bob@acme.test");
}

TEST_CASE("the same number in another account is somebody else") {
    Book book;
    book.add("acme", 1, 0, "ann@acme.test");
    book.add("globex", 1, 0, "zoe@globex.test");
    for (int round = 0; round < 2; ++round) {
        CHECK(book.find("acme", 1, 1) == "ann@acme.test");
        CHECK(book.find("globex", 1, 1) == "zoe@globex.test");
    }
}

// A page with an event for each user: the license with their number is bound to them.
class Page {
 public:
    Page(std::uint64_t first, const std::vector<std::uint32_t>& users) {
        BlockBuilder builder{Sequence(first)};
        const auto mark = builder.mark();
        for (const auto user : users) {
            auto event = builder.begin_event();
            event.setPrincipal(schema::Event::Principal::LEDGER);
            event.setAccount("acme");
            auto held = event.initLicenseBound();
            held.setLicense(user);
            held.setSku("connect");
            held.setUser(user);
            static_cast<void>(builder.end_event());
        }
        const auto words = builder.entries_since(mark).words();
        page_ = message_.initRoot<schema::Events>();
        page_.setEntries(as_data(bytes_of(words)));
    }

    void name(std::uint32_t user, const char* email) {
        auto person = page_.initPeople(1)[0];
        person.setAccount("acme");
        person.setUser(user);
        person.setEmail(email);
    }

    [[nodiscard]] schema::Events::Reader get() const { return page_.asReader(); }

 private:
    capnp::MallocMessageBuilder message_;
    schema::Events::Builder page_ = nullptr;
};

TEST_CASE("pages name people from earlier pages of the request") {
    char* text = nullptr;
    std::size_t size = 0;
    auto* file = open_memstream(&text, &size);
    {
        RowPrinter printer(file, Format::json, false);
        EventPages pages(printer);
        Page first(7, {1});
        first.name(1, "ann@acme.test");
        CHECK(pages.print(first.get()).last == Sequence(7));
        const Page second(9, {2, 1});
        CHECK(pages.print(second.get()).last == Sequence(10));
        CHECK(printer.finish());
    }
    std::fclose(file);
    const std::string json(text, size);
    std::free(text);
    CHECK(json.find(R"("sequence":7,"account":"acme")") != std::string::npos);
    CHECK(json.find(R"("licenseBound":{"license":1,"sku":"connect","email":"ann@acme.test"}})"
                    "\n"
                    R"({"sequence":9,)") != std::string::npos);
    CHECK(json.find(R"({"license":2,"sku":"connect","email":null})") != std::string::npos);
    CHECK(json.rfind(R"({"license":1,"sku":"connect","email":"ann@acme.test"})") > json.find(R"("license":2)"));
}

TEST_CASE("a page that is no row of events is refused") {
    capnp::MallocMessageBuilder message;
    auto page = message.initRoot<schema::Events>();
    CHECK(count_entries(page.asReader().getEntries()) == 0);
    page.initEntries(12);
    CHECK_THROWS_AS(entries_of(page.asReader().getEntries()), kj::Exception);
    auto bytes = page.initEntries(16);
    std::ranges::fill(bytes, 0xFF);
    CHECK_THROWS_AS(entries_of(page.asReader().getEntries()), kj::Exception);
}

}  // namespace
}  // namespace seatledger
