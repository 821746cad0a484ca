// Queues: who is in them, what that is billed as, and since when.
#include <string>
#include <vector>

#include "projections/queries.h"
#include "tests/support/catch.h"
#include "tests/support/given.h"
#include "tests/support/world.h"

namespace seatledger {
namespace {

using namespace testing;

std::string enter(const std::string& queue, const std::string& name, const std::string& role = "agent") {
    return acme("'addQueueMember':{'queue':'" + queue + "','email':'" + name + "@acme.test','role':'" + role + "'}");
}

std::string leave(const std::string& queue, const std::string& name) {
    return acme("'removeQueueMember':{'queue':'" + queue + "','email':'" + name + "@acme.test'}");
}

// Events: 1 center, 2–4 the account, 5 ann, 6 bob, 7 mail, 8 support; 9 ann in support (2nd), 10 ann in mail (3rd),
// 11 ann not in support (4th), 12 bob in mail (5th), 13 ann is anna (6th), 14–16 mail is deleted (7th)
Steps week() {
    return steps(
        "{'defineProduct':{'sku':'center','name':'Center','type':'queues','term':'P1M','billing':'membership',"
        "'unitPrice':{'amount':'40.00','currency':'USD'}}}",
        open_acme(), registered("ann"), registered("bob"), acme("'createQueue':{'queue':'mail','kind':'inbox'}"),
        acme("'createQueue':{'queue':'support','kind':'call'}"), "2020-01-02T00:00:00Z",
        enter("support", "ann", "supervisor"), "2020-01-03T00:00:00Z", enter("mail", "ann"), "2020-01-04T00:00:00Z",
        leave("support", "ann"), "2020-01-05T00:00:00Z", enter("mail", "bob"), "2020-01-06T00:00:00Z",
        acme("'changeEmail':{'email':'ann@acme.test','newEmail':'anna@acme.test'}"), "2020-01-07T00:00:00Z",
        acme("'deleteQueue':{'queue':'mail'}"));
}

Question queues(std::uint64_t sequence, const std::function<void(schema::QueueFilter::Builder)>& filter = {}) {
    return [=](schema::Query::Builder query) {
        query.setAccount("acme");
        query.setAsOfSequence(sequence);
        auto asked = query.initQueues();
        if (filter) filter(asked);
    };
}

std::string person(LiveWorld& world, const std::string& email, std::uint64_t sequence) {
    return only(world.rows([&](schema::Query::Builder query) {
        query.setAccount("acme");
        query.setAsOfSequence(sequence);
        query.initUser().setEmail(email);
    }));
}

using Rows = std::vector<std::string>;

const std::string mail_begin =
    R"({"queue":"mail","kind":"inbox","createdAt":"2020-01-01T00:00:00.000000Z","members":[)";
const std::string ann_in_mail = R"("role":"agent","since":"2020-01-03T00:00:00.000000Z"})";
const std::string bob_in_mail = R"({"email":"bob@acme.test","role":"agent","since":"2020-01-05T00:00:00.000000Z"})";
const std::string empty_support =
    R"({"queue":"support","kind":"call","createdAt":"2020-01-01T00:00:00.000000Z","members":[]})";

}  // namespace

TEST_CASE("queues: each with its members as they were called then; deleted ones are not shown") {
    LiveWorld world;
    world.must_happen(week());
    CHECK(world.rows(queues(13)) ==
          Rows{mail_begin + R"({"email":"anna@acme.test",)" + ann_in_mail + "," + bob_in_mail + "]}", empty_support});
    CHECK(world.rows(queues(12)) ==
          Rows{mail_begin + R"({"email":"ann@acme.test",)" + ann_in_mail + "," + bob_in_mail + "]}", empty_support});
    CHECK(world.rows(queues(8)) == Rows{mail_begin + "]}", empty_support});
    CHECK(world.rows(queues(16)) == Rows{empty_support});
    CHECK(world.rows(queues(0)) == Rows{empty_support});
}

TEST_CASE("queues: by name, by kind and by who is in them") {
    LiveWorld world;
    world.must_happen(week());
    const auto names = [&](std::uint64_t sequence, const std::function<void(schema::QueueFilter::Builder)>& filter) {
        std::string found;
        const auto page = world.ask(queues(sequence, filter));
        REQUIRE_FALSE(page.failure);
        for (const auto row : page.get().getQueues()) found += std::string(row.getQueue().cStr()) + " ";
        return found;
    };
    using Filter = schema::QueueFilter::Builder;
    CHECK(names(13, [](Filter filter) { filter.setQueue("mail"); }) == "mail ");
    CHECK(names(13, [](Filter filter) { filter.setKind("call"); }) == "support ");
    CHECK(names(13, [](Filter filter) { filter.setEmail("Anna@acme.test"); }) == "mail ");
    CHECK(names(10, [](Filter filter) { filter.setEmail("ann@acme.test"); }) == "mail support ");
    CHECK(names(8, [](Filter filter) { filter.setEmail("bob@acme.test"); }).empty());
    CHECK(world.ask(queues(13, [](Filter filter) { filter.setKind("telex"); })).failure ==
          "kind is not one of call, outbound, inbox; give one of these");
}

TEST_CASE("a person's places in queues are billed together, since they were first in one without interruption") {
    LiveWorld world;
    world.must_happen(week());
    CHECK(contains(person(world, "ann@acme.test", 10),
                   R"("queues":[{"queue":"mail","kind":"inbox",)" + ann_in_mail +
                       R"(,{"queue":"support","kind":"call","role":"supervisor",)"
                       R"("since":"2020-01-02T00:00:00.000000Z"}],)"
                       R"("billed":[{"sku":"center","license":null,"queues":["mail","support"],)"
                       R"("since":"2020-01-02T00:00:00.000000Z"}])"));
    // She left the first one, but was in the other by then.
    CHECK(contains(person(world, "ann@acme.test", 11), R"("billed":[{"sku":"center","license":null,"queues":["mail"],)"
                                                       R"("since":"2020-01-02T00:00:00.000000Z"}])"));
    CHECK(contains(person(world, "anna@acme.test", 16), R"("queues":[],"billed":[])"));
    world.must_happen({"2020-01-08T00:00:00Z", enter("support", "anna")});
    CHECK(contains(person(world, "anna@acme.test", 17), R"("since":"2020-01-08T00:00:00.000000Z"}])"));
    CHECK(contains(person(world, "bob@acme.test", 8), R"("queues":[],"billed":[])"));
}

TEST_CASE("places in queues are billed only while a product on offer is billed by membership") {
    LiveWorld world;
    world.must_happen(steps(week(), enter("support", "bob"), "{'retireProduct':{'sku':'center'}}"));
    CHECK(contains(person(world, "bob@acme.test", 17), R"("billed":[{"sku":"center")"));
    CHECK(contains(person(world, "bob@acme.test", 18), R"("role":"agent","since":"2020-01-07T00:00:00.000000Z"}],)"
                                                       R"("billed":[])"));
}

TEST_CASE("places in queues are billed as what was on offer at the account's own time") {
    const auto center = [](const std::string& sku) {
        return "{'defineProduct':{'sku':'" + sku +
               "','name':'Center','type':'queues','term':'P1M','billing':'membership'," +
               "'unitPrice':{'amount':'40.00','currency':'USD'}}}";
    };
    const auto in_2018 = [](const std::string& body) {
        return "{'account':'past','at':'2018-02-01T00:00:00Z'," + body + "}";
    };
    LiveWorld world;
    world.must_happen(steps("2019-01-01T00:00:00Z", center("first"), product("connect"), "2020-01-01T00:00:00Z",
                            "{'retireProduct':{'sku':'first'}}", "2021-01-01T00:00:00Z", center("second")));
    world.must_happen(steps(
        in_2018("'openAccount':{'name':'Past','timeZone':'UTC','currency':'USD','importing':true,'superAdmin':{'email':"
                "'boss@acme.test','name':'Bo'}}"),
        in_2018("'createQueue':{'queue':'support','kind':'call'}"),
        in_2018("'addQueueMember':{'queue':'support','email':'boss@acme.test','role':'agent'}"),
        in_2018(
            "'issueInvoice':{'invoice':'i-1','raisedBy':'boss@acme.test','lines':[{'sku':'connect','quantity':1}]}"),
        in_2018("'recordPayment':{'invoice':'i-1','reference':'r-1','amount':{'amount':'10.00','currency':'USD'}}"),
        in_2018("'bindLicense':{'license':1,'email':'boss@acme.test'}")));
    const auto& answer = world.judge(in_2018("'unbindLicense':{'license':1}"));
    REQUIRE(answer.still_billed.size() == 1);
    CHECK(answer.still_billed[0].sku == "first");
    world.project();
    const auto row = only(world.rows([&](schema::Query::Builder query) {
        query.setAccount("past");
        query.initUser().setEmail("boss@acme.test");
    }));
    INFO(row);
    CHECK(row.find(R"("billed":[{"sku":"first","license":null,"queues":["support"],"since":"2018-02-01T00:00:00)") !=
          row.npos);
}

TEST_CASE("an unbind says which queues are still billed, also when it is asked for again") {
    LiveWorld world;
    world.must_happen(steps(product("connect"), week(), bought("i-1", "connect", 1), bind(1, "bob"),
                            acme("'createQueue':{'queue':'chat','kind':'outbound'}"), enter("chat", "bob"),
                            enter("support", "bob")));
    const auto& answer = world.judge(acme("'unbindLicense':{'license':1}"));
    world.project();
    REQUIRE(answer.still_billed.size() == 1);
    const auto again = answer_still_billed(world.projections(), "acme", UserId(3), answer.last);
    REQUIRE(again.size() == 1);
    for (const auto& billed : {answer.still_billed[0], again[0]}) {
        CHECK(billed.sku == "center");
        CHECK_FALSE(billed.license);
        REQUIRE(billed.queues.size() == 2);
        CHECK(billed.queues[0].id == "chat");
        CHECK(billed.queues[0].kind == schema::QueueKind::OUTBOUND);
        CHECK(billed.queues[1].id == "support");
        CHECK(billed.queues[1].kind == schema::QueueKind::CALL);
    }
}

TEST_CASE("history of a queue, and of who was in it") {
    LiveWorld world;
    world.must_happen(week());
    const auto of_queue = [&](const std::string& queue) {
        return ask_history(world.projections(),
                           [&](schema::History::Builder history) {
                               history.setAccount("acme");
                               history.setQueue(queue);
                           })
            .sequences;
    };
    using Sequences = std::vector<std::uint64_t>;
    CHECK(of_queue("mail") == Sequences{7, 10, 12, 14, 15, 16});
    CHECK(of_queue("support") == Sequences{8, 9, 11});
    CHECK(of_queue("nothing").empty());
    const auto of_ann = ask_history(world.projections(), [&](schema::History::Builder history) {
        history.setAccount("acme");
        history.setEmail("anna@acme.test");
    });
    CHECK(of_ann.sequences == Sequences{5, 9, 10, 11, 13, 14});
}

}  // namespace seatledger
