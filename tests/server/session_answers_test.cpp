// A connection: what it gets.
#include "server/session.h"

#include <algorithm>
#include <thread>

#include "events/text.h"
#include "server/json.h"
#include "tests/support/catch.h"
#include "tests/support/running_server.h"
#include "tests/support/session_steps.h"

namespace seatledger {
namespace {

using namespace testing;
using namespace std::chrono_literals;
// ---- Commands

TEST_CASE("commands are answered in order, with their events and whom they name", "[server][session]") {
    RunningServer server;
    auto client = server.connect();
    const auto answers = submit_to(client, steps(small_company(), bind(1, "ann"), bind(1, "bob"), unbind(1)));
    REQUIRE(answers.size() == 10);
    CHECK(contains(answers[0], R"("events":[{"sequence":1,"account":"acme",)"));
    CHECK(contains(answers[7], R"("licenseBound":{"license":1,"sku":"connect","email":"ann@acme.test"})"));
    CHECK(contains(answers[8], R"({"rejected":"license_must_be_available","message":"license 1)"));
    CHECK(contains(answers[9], R"("stillBilled":[],"phoneKeptUntil":null)"));
}

TEST_CASE("bulk commands are answered row by row", "[server][session]") {
    RunningServer server;
    auto client = server.connect();
    submit_to(client, small_company());
    const std::string rows = "'rows':[{'license':1,'email':'ann@acme.test'},{'license':99,'email':'bob@acme.test'}]";
    auto answers = submit_to(client, {acme("'bindLicenses':{" + rows + "}")});
    CHECK(contains(answers[0], R"("rows":[{"sequence":)"));
    CHECK(contains(answers[0], R"({"rejected":"license_must_exist")"));
    answers = submit_to(client, {acme("'bindLicenses':{" + rows + ",'dryRun':true}")});
    CHECK(contains(answers[0], R"("dryRun":true)"));
}

TEST_CASE("what was done under its request id is answered again, across restarts", "[server][session]") {
    RunningServer server;
    std::vector<std::string> first;
    const auto with_id = [](std::string_view id, std::string_view body) {
        return acme("'requestId':'" + std::string(id) + "'," + std::string(body));
    };
    const Steps commands{
        with_id("r1", "'bindLicense':{'license':1,'email':'ann@acme.test'}"),
        with_id("r2",
                "'bindLicenses':{'rows':[{'license':2,'email':'bob@acme.test'},"
                "{'license':3,'email':'cid@acme.test'}],'atomic':true}"),
        with_id(
            "r3",
            "'bindLicenses':{'rows':[{'license':4,'email':'boss@acme.test'},{'license':77,'email':'ann@acme.test'}]}"),
        with_id("r4", "'unbindLicense':{'license':2}"),
        with_id("r5", "'reassignLicense':{'license':1,'email':'bob@acme.test'}"),
        with_id("r6", "'registerUser':{'email':'dee@acme.test','sku':'connect'}"),
    };
    {
        auto client = server.connect();
        submit_to(client, steps(small_company(), product("phone"), bought("second", "phone", 5),
                                acme("'bindLicense':{'sku':'phone','email':'bob@acme.test'}")));
        first = submit_to(client, commands);
        // What happens later does not change the answer.
        submit_to(client, {acme("'changeEmail':{'email':'bob@acme.test','newEmail':'rob@acme.test'}"),
                           acme("'unbindLicense':{'sku':'phone','email':'rob@acme.test'}")});
    }
    if (GENERATE(false, true)) server.restart();
    auto client = server.connect();
    const auto again = submit_to(client, commands);
    REQUIRE(again.size() == first.size());
    for (std::size_t i = 0; i < first.size(); ++i) {
        auto expected = first[i];
        // A row that was rejected is judged anew.
        if (i == 2) {
            expected.insert(expected.find("},{\"rejected\""), R"(,"replayed":true)");
        } else {
            expected.insert(expected.size() - 1, R"(,"replayed":true)");
        }
        CHECK(again[i] == expected);
    }
    CHECK(contains(again[3], R"("stillBilled":[{"sku":"phone","license":11}])"));
    const auto other = submit_to(client, {with_id("r1", "'unbindLicense':{'license':1}")});
    CHECK(contains(other[0], R"("rejected":"request_id_reused")"));
}

TEST_CASE("what is kept of phones is answered again, row by row", "[server][session]") {
    RunningServer server;
    const auto with_id = [](std::string_view id, std::string_view body) {
        return acme("'requestId':'" + std::string(id) + "'," + std::string(body));
    };
    const Steps commands{
        with_id("p1", "'savePhone':{'email':'ann@acme.test','config':'[1]'}"),
        with_id("p2", "'unbindLicenses':{'rows':[{'license':1},{'license':3},{'license':2}],'atomic':true}"),
        with_id("p3", "'unbindLicense':{'license':13}"),
        with_id("p4",
                "'bindLicenses':{'rows':[{'license':1,'email':'ann@acme.test'},{'license':2,'email':'bob@acme.test'},"
                "{'license':3,'email':'cid@acme.test'}],'atomic':true}"),
        with_id("p5", "'reassignLicense':{'license':1,'email':'boss@acme.test'}"),
        with_id("p6", "'unbindLicenses':{'rows':[{'license':2},{'license':3}]}"),
    };
    auto client = server.connect();
    submit_to(client,
              steps(open_acme(), registered("ann"), registered("bob"), registered("cid"), phone_product("phone"),
                    product("chat"), bought("i-1", "phone", 12), bought("i-2", "chat", 1), bind(1, "ann"),
                    bind(2, "bob"), bind(3, "cid"), bind(13, "ann"), phone_saved("bob")));
    const auto first = submit_to(client, commands);
    for (const auto& answer : first) {
        INFO(answer);
        CHECK_FALSE(contains(answer, "rejected"));
    }
    CHECK(contains(first[0], R"("phoneSaved":{"email":"ann@acme.test","config":"[1]"})"));
    // It is kept since the command before.
    CHECK_FALSE(contains(first[2], R"("phoneKeptUntil":null)"));
    // What happens later does not change the answers.
    submit_to(client, {bind(2, "bob"), bind(1, "ann")});
    if (GENERATE(false, true)) server.restart();
    auto other_client = server.connect();
    const auto again = submit_to(other_client, commands);
    REQUIRE(again.size() == first.size());
    for (std::size_t i = 0; i < first.size(); ++i) {
        auto expected = first[i];
        // Where each row is a commit, it is the rows that were given before.
        const std::string replayed = R"(,"replayed":true)";
        if (i == 5) {
            for (std::size_t at = 0; (at = expected.find(R"(,"stillBilled")", at)) != expected.npos;) {
                const auto end = expected.find('}', expected.find(R"("phoneKeptUntil")", at));
                expected.insert(end, replayed);
                at = end;
            }
        } else {
            expected.insert(expected.size() - 1, replayed);
        }
        CHECK(again[i] == expected);
    }
}

// ---- Questions

TEST_CASE("a question can ask for what was just recorded", "[server][session]") {
    RunningServer server;
    auto client = server.connect();
    submit_to(client, small_company());
    for (int license = 1; license <= 10; ++license) {
        const auto name = std::string("user") + std::to_string(license);
        submit_to(client, {registered(name), bind(license, name)});
        const auto sequence = client.ask(1, ask_status).get().getStatus().getLastSequence();
        auto rows = client.ask(2, [&](ClientMessage::Builder message) {
            auto query = message.initQuery();
            query.setAccount("acme");
            query.setMinSequence(sequence);
            query.initLicenses().setEmail((name + "@acme.test").c_str());
        });
        INFO(rows.failure());
        REQUIRE(rows.get().isRows());
        REQUIRE(rows.get().getRows().getLicenses().size() == 1);
        CHECK(rows.get().getRows().getLicenses()[0].getLicense() == static_cast<std::uint32_t>(license));
    }
}

TEST_CASE("a question for what there is not fails", "[server][session]") {
    RunningServer server;
    auto client = server.connect();
    submit_to(client, small_company());
    const auto ask = [&](auto change) {
        return client
            .ask(2,
                 [&](ClientMessage::Builder message) {
                     auto query = message.initQuery();
                     query.setAccount("acme");
                     query.initLicenses();
                     change(query);
                 })
            .failure();
    };
    CHECK(contains(ask([](auto query) { query.setMinSequence(1'000); }), "the log ends at"));
    CHECK(contains(ask([](auto query) { query.setAsOfSequence(1'000); }), "the log ends at"));
    CHECK(!ask([](auto query) { query.setAccount("nobody"); }).empty());
    CHECK(ask([](auto query) { query.setMinSequence(1); }).empty());
    CHECK(misbehaved(server) == 0);
}

TEST_CASE("history is a page of events", "[server][session]") {
    RunningServer server;
    auto client = server.connect();
    submit_to(client, steps(small_company(), bind(1, "ann")));
    const auto last = client.ask(1, ask_status).get().getStatus().getLastSequence();
    auto reply = client.ask(2, [&](ClientMessage::Builder message) {
        auto history = message.initHistory();
        history.setAccount("acme");
        history.setMinSequence(last);
        history.setLicense(1);
    });
    INFO(reply.failure());
    REQUIRE(reply.get().isEvents());
    CHECK(reply.get().getEvents().getDone());
    CHECK(reply.get().getEvents().getEntries().size() > 0);
}

namespace {

void follow_license(TestClient& client, std::uint64_t id, std::uint32_t license, std::uint64_t from) {
    client.send(id, [=](ClientMessage::Builder message) {
        auto history = message.initHistory();
        history.setAccount("acme");
        history.setFrom(from);
        history.setMinSequence(from);
        history.setFollow(true);
        history.setLicense(license);
    });
}

}  // namespace

TEST_CASE("a history that follows waits for what is recorded later, however long", "[server][session]") {
    RunningServer server([](ServerOptions& options) {
        options.limits.projection_timeout = 50ms;
        options.limits.idle_timeout = 50ms;
    });
    auto writer = server.connect();
    submit_to(writer, small_company());
    const auto last = writer.ask(1, ask_status).get().getStatus().getLastSequence();
    auto client = server.connect();
    follow_license(client, 1, 1, last + 1);
    CHECK(!client.receive(500ms));
    auto late = server.connect();
    submit_to(late, {bind(2, "ann")});
    auto nothing = client.receive();
    REQUIRE(nothing);
    REQUIRE(nothing->get().isEvents());
    CHECK(nothing->get().getEvents().getEntries().size() == 0);
    CHECK(nothing->get().getEvents().getSeen() == last + 1);
    follow_license(client, 2, 1, last + 2);
    auto later = server.connect();
    submit_to(later, {bind(1, "bob")});
    auto bound = client.receive();
    REQUIRE(bound);
    CHECK(bound->id() == 2);
    CHECK(bound->get().getEvents().getEntries().size() > 0);
    CHECK(bound->get().getEvents().getSeen() == last + 2);
    CHECK(misbehaved(server) == 0);
}

TEST_CASE("who follows a history is told at once that the server stops, and that it passes", "[server][session]") {
    RunningServer server([](ServerOptions& options) { options.limits.stop_timeout = 60s; });
    auto client = server.connect();
    submit_to(client, small_company());
    follow_license(client, 1, 1, 1'000'000);
    CHECK(!client.receive(100ms));
    server.begin_to_stop();
    auto failure = client.receive();
    REQUIRE(failure);
    CHECK(failure->id() == 1);
    CHECK(failure->failure() == "the server is stopping");
    CHECK(failure->get().getFailure().getPasses());
    CHECK(client.is_closed());
}

TEST_CASE("digests and rebuilds are answered, and agree", "[server][session]") {
    RunningServer server;
    auto client = server.connect();
    submit_to(client, small_company());
    const auto last = client.ask(1, ask_status).get().getStatus().getLastSequence();
    CHECK(comes_to_hold([&] { return client.ask(1, ask_status).get().getStatus().getProjectedSequence() == last; }));
    auto digests = client.ask(2, [](ClientMessage::Builder message) { message.setDigest(); });
    client.send(3, [](ClientMessage::Builder message) { message.setRebuild(); });
    auto rebuilt = client.receive();
    while (rebuilt && rebuilt->get().isProgress()) rebuilt = client.receive();
    REQUIRE(rebuilt);
    INFO(rebuilt->failure());
    REQUIRE(rebuilt->get().isDigests());
    CHECK(rebuilt->get().getDigests().getDiffer().size() == 0);
    CHECK(rebuilt->get().getDigests().getSequence() == last);
    const auto tables = [](Reply& reply) {
        std::vector<std::string> lines;
        for (const auto table : reply.get().getDigests().getTables()) lines.emplace_back(kj::str(table).cStr());
        return lines;
    };
    CHECK(tables(*rebuilt) == tables(digests));
    CHECK(tables(digests).size() > 5);
    CHECK(serves(server));
}

}  // namespace
}  // namespace seatledger
