// Disputes: their rows, as of any time, their history, and what erasure leaves of them.
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/given.h"
#include "tests/support/world.h"

namespace seatledger {
namespace {

using namespace testing;

using Rows = std::vector<std::string>;
using Filter = schema::DisputeFilter::Builder;

const std::string digest(64, 'a');

// Events: 1 connect, 2–4 the account, 5 ann, 6–9 i-1 issued and paid; on the 2nd 10 dispute 1 about it by boss, 11 its
// evidence, on the 3rd 12 dispute 2 about a bill that names ann, 13–14 a credit for dispute 1, 15 dispute 1 resolved.
Steps days() {
    return steps(
        product("connect"), open_acme(), registered("ann"), bought("i-1", "connect", 2), "2020-01-02T00:00:00Z",
        acme("'actor':'boss@acme.test','openDispute':{'invoice':'i-1','line':1,'claim':'one too many'}"),
        acme("'actor':'boss@acme.test','addEvidence':{'dispute':1,'note':'a letter','sha256':'" + digest + "'}"),
        "2020-01-03T00:00:00Z",
        acme("'openDispute':{'claim':'she left','bill':{'sha256':'" + digest +
             "','row':7,'text':'connect;ann@acme.test','date':'2020-01-01'}}"),
        acme("'creditInvoice':{'invoice':'i-1','line':1,'quantity':1,'amount':{'amount':'10.00','currency':"
             "'USD'},'reason':'agreed','dispute':1}"),
        acme("'resolveDispute':{'dispute':1,'verdict':'upheld','note':'it was'}"));
}

Question disputes(std::uint64_t sequence, const std::function<void(Filter)>& filter = {}) {
    return [=](schema::Query::Builder query) {
        query.setAccount("acme");
        query.setAsOfSequence(sequence);
        auto asked = query.initDisputes();
        if (filter) filter(asked);
    };
}

std::string first(const std::string& status, const std::string& resolved, const std::string& credited,
                  const std::string& evidence, const std::string& because) {
    return R"({"dispute":1,"status":")" + status +
           R"(","invoice":"i-1","line":1,"sha256":null,"row":null,"text":null,"first":null,"claim":"one too many",)"
           R"("openedBy":"boss@acme.test","openedAt":"2020-01-02T00:00:00.000000Z",)" +
           resolved + R"("credited":)" + credited + R"(,"evidence":[)" + evidence + R"(],"because":[)" + because + "]}";
}

const std::string not_resolved = R"("verdict":null,"note":null,"resolvedAt":null,)";
const std::string letter =
    R"({"note":"a letter","sha256":")" + digest + R"(","by":"boss@acme.test","at":"2020-01-02T00:00:00.000000Z"})";

std::string second(const std::string& text, const std::string& claim) {
    return R"({"dispute":2,"status":"open","invoice":null,"line":null,"sha256":")" + digest + R"(","row":7,"text":)" +
           text + R"(,"first":null,"claim":)" + claim +
           R"(,"openedBy":"vendor","openedAt":"2020-01-03T00:00:00.000000Z",)" + not_resolved +
           R"("credited":null,"evidence":[],"because":[12]})";
}

}  // namespace

TEST_CASE("disputes: what each says, as of any event") {
    LiveWorld world;
    world.must_happen(days());
    CHECK(world.rows(disputes(9)).empty());
    CHECK(world.rows(disputes(10)) == Rows{first("open", not_resolved, "null", "", "10")});
    CHECK(world.rows(disputes(11)) == Rows{first("open", not_resolved, "null", letter, "10,11")});
    const auto last =
        first("resolved", R"("verdict":"upheld","note":"it was","resolvedAt":"2020-01-03T00:00:00.000000Z",)",
              R"({"amount":"10.00","currency":"USD"})", letter, "10,11,13,15");
    CHECK(world.rows(disputes(15)) == Rows{last, second(R"("connect;ann@acme.test")", R"("she left")")});
    CHECK(world.rows(disputes(15, [](Filter filter) { filter.setStatus("resolved"); })) == Rows{last});
    CHECK(world.rows(disputes(15, [](Filter filter) { filter.setInvoice("i-1"); })) == Rows{last});
    CHECK(world.rows(disputes(15, [](Filter filter) { filter.setDispute(2); })).size() == 1);
    CHECK(world.ask(disputes(15, [](Filter filter) { filter.setDispute(3); })).failure);
    CHECK(world.ask(disputes(15, [](Filter filter) { filter.setStatus("closed"); })).failure);
}

TEST_CASE("history: a dispute's events, and those of the people and the invoice that it is about") {
    LiveWorld world;
    world.must_happen(days());
    const auto history = [&](const std::function<void(schema::History::Builder)>& subject) {
        return ask_history(world.projections(), [&](schema::History::Builder asked) {
            asked.setAccount("acme");
            subject(asked);
        });
    };
    using Sequences = std::vector<std::uint64_t>;
    CHECK(history([](auto asked) { asked.setDispute(1); }).sequences == Sequences{10, 11, 13, 15});
    CHECK(history([](auto asked) { asked.setDispute(2); }).sequences == Sequences{12});
    CHECK(history([](auto asked) { asked.setDispute(3); }).failure);
    CHECK(history([](auto asked) { asked.setEmail("ann@acme.test"); }).sequences == Sequences{5, 12});
    const auto invoice = history([](auto asked) { asked.setInvoice("i-1"); }).sequences;
    CHECK(std::ranges::find(invoice, 10) != invoice.end());
    CHECK(std::ranges::find(invoice, 12) == invoice.end());
}

TEST_CASE("with whom a dispute concerns its texts are erased, and it stays") {
    LiveWorld world;
    world.must_happen(steps(days(), acme("'resolveDispute':{'dispute':2,'verdict':'rejected'}"),
                            acme("'erasePerson':{'email':'ann@acme.test'}")));
    CHECK(world.rows(disputes(15, [](Filter filter) { filter.setDispute(2); })) == Rows{second("null", "null")});
    // The other one is not about her.
    CHECK(contains(world.rows(disputes(15))[0], "one too many"));
}

TEST_CASE("the catalogue's own history is for everybody, as of any time") {
    LiveWorld world;
    world.must_happen(steps(days(), "2020-02-01T00:00:00Z",
                            "{'changeProduct':{'sku':'connect','unitPrice':{'amount':'12.00','currency':'USD'}}}",
                            "2020-03-01T00:00:00Z", "{'retireProduct':{'sku':'connect'}}"));
    using Sequences = std::vector<std::uint64_t>;
    const auto catalog = [&](const std::function<void(schema::History::Builder)>& when) {
        return ask_history(world.projections(), [&](schema::History::Builder asked) {
            asked.setAll();
            when(asked);
        });
    };
    CHECK(catalog([](auto) {}).sequences == Sequences{1, 16, 17});
    CHECK(catalog([](auto asked) { asked.setAsOfSequence(16); }).sequences == Sequences{1, 16});
    CHECK(catalog([](auto asked) { asked.setAsOf(instant("2020-02-01T00:00:00Z").micros); }).sequences ==
          Sequences{1, 16});
    CHECK(catalog([](auto asked) { asked.setKnownAt(instant("2020-01-31T00:00:00Z").micros); }).sequences ==
          Sequences{1});
    CHECK(catalog([](auto asked) { asked.setFrom(2); }).sequences == Sequences{16, 17});
    CHECK(catalog([](auto asked) { asked.setLimit(2); }).next == Sequence(17));
    CHECK(catalog([](auto asked) { asked.setLicense(1); }).failure);
}

}  // namespace seatledger
