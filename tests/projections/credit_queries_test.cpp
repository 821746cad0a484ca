// What credits and reversals leave in the tables.
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/given.h"
#include "tests/support/world.h"

namespace seatledger {
namespace {

using namespace testing;

// Events: 1 connect, 2–4 the account, 5 ann, 6 i-1, 7–9 paid: licenses 1–4; 10 ann has 1, 11 credit of one, 12 4 is
// revoked, 13 payment reversed, 14 2–3 are revoked, 15 ann's 1.
Steps story() {
    return steps(
        product("connect"), open_acme(), registered("ann"), bought("i-1", "connect", 4), bind(1, "ann"),
        "2020-01-02T00:00:00Z",
        acme("'creditInvoice':{'invoice':'i-1','line':1,'quantity':1,'amount':{'amount':'7.50','currency':'USD'"
             "},'reason':'r'}"),
        "2020-01-03T00:00:00Z", acme("'reversePayment':{'invoice':'i-1','reason':'chargeback'}"));
}

std::string licenses(LiveWorld& world, std::uint64_t sequence, const std::string& status, int license = 0) {
    const auto page = world.ask([&](schema::Query::Builder query) {
        query.setAccount("acme");
        query.setAsOfSequence(sequence);
        auto filter = query.initLicenses();
        if (!status.empty()) filter.setStatus(status);
        filter.setLicense(static_cast<std::uint32_t>(license));
    });
    REQUIRE_FALSE(page.failure);
    static const char* const names[] = {"available", "bound", "expired", "revoked"};
    std::string found;
    for (const auto row : page.get().getLicenses()) {
        found += std::to_string(row.getLicense()) + " " + names[static_cast<int>(row.getStatus())] +
                 (row.hasEmail() ? std::string(" ") + row.getEmail().cStr() : "") + ", ";
    }
    return found;
}

std::string products(LiveWorld& world, std::uint64_t sequence) {
    return only(world.rows([&](schema::Query::Builder query) {
        query.setAccount("acme");
        query.setAsOfSequence(sequence);
        query.initProducts();
    }));
}

}  // namespace

TEST_CASE("a license has exactly one status, and revoked is one, bound before or not") {
    LiveWorld world;
    world.must_happen(story());
    CHECK(licenses(world, 10, "") == "1 bound ann@acme.test, 2 available, 3 available, 4 available, ");
    CHECK(licenses(world, 12, "") == "1 bound ann@acme.test, 2 available, 3 available, 4 revoked, ");
    CHECK(licenses(world, 0, "") == "1 revoked, 2 revoked, 3 revoked, 4 revoked, ");
    CHECK(licenses(world, 12, "revoked") == "4 revoked, ");
    CHECK(licenses(world, 12, "available") == "2 available, 3 available, ");
    CHECK(licenses(world, 12, "bound") == "1 bound ann@acme.test, ");
    CHECK(licenses(world, 12, "expired").empty());
    CHECK(licenses(world, 0, "available").empty());
    CHECK(licenses(world, 12, "revoked", 4) == "4 revoked, ");
    CHECK(licenses(world, 12, "revoked", 3).empty());
    CHECK(contains(products(world, 12), R"("total":4,"available":2,"bound":1,"expired":0,"revoked":1,)"));
    CHECK(contains(products(world, 0), R"("total":4,"available":0,"bound":0,"expired":0,"revoked":4,)"));
}

TEST_CASE("what was revoked stays revoked when the others expire") {
    LiveWorld world;
    const auto all = story();
    world.must_happen(Steps(all.begin(), all.end() - 2));  // without the reversal
    world.must_happen({"2021-01-02T00:00:00Z"});
    CHECK(licenses(world, 0, "") == "1 expired, 2 expired, 3 expired, 4 revoked, ");
    CHECK(licenses(world, 0, "expired") == "1 expired, 2 expired, 3 expired, ");
    CHECK(licenses(world, 0, "revoked") == "4 revoked, ");
    CHECK(contains(products(world, 0), R"("total":4,"available":0,"bound":0,"expired":3,"revoked":1,)"));
}

TEST_CASE("an invoice shows what was credited, and that it was reversed") {
    LiveWorld world;
    world.must_happen(story());
    const auto invoice = [&](std::uint64_t sequence) {
        return only(world.rows([&](schema::Query::Builder query) {
            query.setAccount("acme");
            query.setAsOfSequence(sequence);
            query.initInvoices().setInvoice("i-1");
        }));
    };
    CHECK(contains(invoice(10), R"("status":"paid")"));
    CHECK(contains(invoice(10), R"("credited":null,"creditedQuantity":null})"));
    CHECK(contains(invoice(12), R"("credited":{"amount":"7.50","currency":"USD"},"creditedQuantity":1})"));
    CHECK(contains(invoice(13), R"("status":"reversed")"));
    const auto page = world.ask([](schema::Query::Builder query) {
        query.setAccount("acme");
        query.initInvoices().setStatus("reversed");
    });
    CHECK(page.rows.size() == 1);
}

TEST_CASE("revocation ends access, and the events that did it are named") {
    LiveWorld world;
    world.must_happen(story());
    const auto access = [&](std::uint64_t sequence) {
        return only(world.rows([&](schema::Query::Builder query) {
            query.setAccount("acme");
            query.setAsOfSequence(sequence);
            auto question = query.initAccess();
            question.setEmail("ann@acme.test");
            question.setSku("connect");
        }));
    };
    CHECK(contains(access(14), R"("access":true,"license":1,)"));
    CHECK(access(15) == R"({"access":false,"license":null,"since":null,"until":null,"because":[15]})");
    using Sequences = std::vector<std::uint64_t>;
    const auto of = [&](const std::function<void(schema::History::Builder)>& what) {
        return ask_history(world.projections(),
                           [&](schema::History::Builder history) {
                               history.setAccount("acme");
                               what(history);
                           })
            .sequences;
    };
    CHECK(of([](schema::History::Builder history) { history.setLicense(1); }) == Sequences{8, 10, 15});
    CHECK(of([](schema::History::Builder history) { history.setLicense(3); }) == Sequences{8, 14});
    CHECK(of([](schema::History::Builder history) { history.setEmail("ann@acme.test"); }) == Sequences{5, 10, 15});
    CHECK(of([](schema::History::Builder history) { history.setInvoice("i-1"); }) ==
          Sequences{6, 7, 8, 9, 11, 12, 13, 14, 15});
}

}  // namespace seatledger
