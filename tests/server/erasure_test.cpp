// Who was erased is in no file, no answer and no log line any more, while the log's bytes are what they were.
#include <kj/exception.h>

#include <string>
#include <vector>

#include "engine/vault/key_file.h"
#include "events/block.h"
#include "events/text.h"
#include "tests/support/catch.h"
#include "tests/support/files_with.h"
#include "tests/support/running_server.h"
#include "tests/support/session_steps.h"

namespace seatledger {
namespace {

using namespace testing;
namespace fs = std::filesystem;

const std::string address = "Erase.Me.Please@acme.test";
const std::string other_address = "another-address-of-hers@acme.test";
const std::string name = "Aurelia Unforgettable-Name";

// Everything that the server says of the account, as JSON and in the clear.
std::string everything(RunningServer& server) {
    auto client = server.connect();
    std::string all;
    const auto ask = [&](const std::function<void(schema::Query::Builder)>& fill) {
        auto reply = client.ask(1, [&](ClientMessage::Builder message) {
            auto query = message.initQuery();
            query.setAccount("acme");
            fill(query);
        });
        // Whom nobody is found by, of them nothing is said but the address that was asked for.
        if (reply.failure().starts_with("acme has no user " + address)) return;
        INFO(reply.failure());
        REQUIRE(reply.failure().empty());
        all += kj::str(reply.get()).cStr();
    };
    const auto last = client.ask(2, ask_status).get().getStatus().getLastSequence();
    for (std::uint64_t at = 3; at <= last; ++at) {
        const auto as_of = [&](schema::Query::Builder query) { query.setAsOfSequence(at); };
        ask([&](schema::Query::Builder query) { as_of(query), query.initUsers(); });
        ask([&](schema::Query::Builder query) { as_of(query), query.initLicenses(); });
        ask([&](schema::Query::Builder query) { as_of(query), query.initInvoices(); });
        ask([&](schema::Query::Builder query) { as_of(query), query.initQueues(); });
        ask([&](schema::Query::Builder query) { as_of(query), query.initUser().setEmail(address); });
    }
    auto reply = client.ask(3, [&](ClientMessage::Builder message) {
        auto replay = message.initReplay();
        replay.setCredit(100'000'000);
        replay.setTo(last);
    });
    all += kj::str(reply.get()).cStr();
    for (const auto& event : reply.get().getEvents().getPeople()) all += view(event.getEmail());
    return all;
}

std::string events_of_log(RunningServer& server) {
    auto client = server.connect();
    auto reply = client.ask(3, [&](ClientMessage::Builder message) {
        auto replay = message.initReplay();
        replay.setCredit(100'000'000);
        replay.setTo(9);
    });
    return std::string(view(reply.get().getEvents().getEntries()));
}

std::vector<std::string> digests_of(RunningServer& server, bool rebuilt) {
    auto client = server.connect();
    client.send(5, [&](ClientMessage::Builder message) { rebuilt ? message.setRebuild() : message.setDigest(); });
    while (true) {
        auto reply = client.receive(std::chrono::seconds(30));
        REQUIRE(reply);
        REQUIRE(reply->failure().empty());
        if (!reply->get().isDigests()) continue;
        std::vector<std::string> digests;
        CHECK(reply->get().getDigests().getDiffer().size() == 0);
        for (const auto table : reply->get().getDigests().getTables()) {
            digests.push_back(std::string(view(table.getTable())) + " " + std::string(view(table.getDigest())));
        }
        return digests;
    }
}

const Steps life = steps(
    open_acme(), product("connect"), acme("'registerUser':{'email':'" + address + "','name':'" + name + "'}"),
    acme("'changeEmail':{'email':'" + address + "','newEmail':'" + other_address + "'}"),
    acme("'changeEmail':{'email':'" + other_address + "','newEmail':'" + address + "'}"),
    acme("'setPassword':{'email':'" + address + "','password':'her secret password'}"),
    acme("'issueInvoice':{'invoice':'i-1','raisedBy':'" + address + "','lines':[{'sku':'connect','quantity':2}]}"),
    paid("i-1", "20.00", "bank-1"), acme("'requestId':'r-bind','bindLicense':{'license':1,'email':'" + address + "'}"),
    unbind(1));

const std::string secret = "a-line-that-nobody-may-know-8841";

// Ends with a configuration that is kept until the 9th.
const Steps phone_life = steps(
    open_acme("UTC", "'at':'2020-01-01T00:00:00Z',"), phone_product("connect"),
    acme("'registerUser':{'email':'" + address + "'}"), bought("i-1", "connect", 1),
    acme("'bindLicense':{'license':1,'email':'" + address + "'}"),
    acme("'requestId':'r-save','savePhone':{'email':'" + address + "','config':'{\\'sip\\':\\'" + secret + "\\'}'}"),
    acme("'savePhone':{'email':'" + address + "','config':'[\\'" + secret + "\\']'}"),
    acme("'at':'2020-01-02T00:00:00Z','unbindLicense':{'license':1}"));

// In the place of what is there.
void put(const fs::path& from, const fs::path& to) {
    fs::remove_all(to);
    fs::copy(from, to, fs::copy_options::recursive);
}

// Once the tables have what the log has.
void stop(RunningServer& server) {
    REQUIRE(comes_to_hold([&] {
        auto client = server.connect();
        auto reply = client.ask(1, ask_status);
        const auto status = reply.get().getStatus();
        return status.getProjectedSequence() == status.getLastSequence();
    }));
    server.begin_to_stop();
    server.wait();
}

void submit_all(const RunningServer& server, const Steps& commands) {
    auto client = server.connect();
    for (const auto& answer : submit_to(client, commands)) {
        INFO(answer);
        CHECK_FALSE(contains(answer, "rejected"));
    }
}

const std::string erase = acme("'requestId':'r-erase','erasePerson':{'email':'" + address + "'}");

}  // namespace

TEST_CASE("who was erased is in no file and in no answer, and the log's bytes are what they were",
          "[server][erasure]") {
    RunningServer server;
    submit_all(server, life);
    server.restart();  // so that everything is in files
    CHECK(contains(everything(server), address));
    CHECK(contains(everything(server), name));
    const auto before = events_of_log(server);
    // The wrapped key of the person: the newest one.
    const auto keys = bytes_of_file(server.data() / "vault" / "keys");
    const auto wrapped = keys.substr(keys.size() - 64, 60);
    REQUIRE(files_with(wrapped, server.data()) == std::vector<std::string>{"vault/keys"});
    // In the clear they are in the letter to them, and nowhere else.
    REQUIRE(comes_to_hold([&] { return !files_with(address, server.data() / "outbox").empty(); }));
    for (const auto& text : {address, other_address, name}) {
        for (const auto& file : files_with(text, server.data())) CHECK(file.starts_with("outbox/"));
    }

    auto client = server.connect();
    const auto answer = submit_to(client, {erase})[0];
    INFO(answer);
    CHECK(contains(answer, R"("userRemoved":{"email":null})"));
    CHECK(contains(answer, R"("personErased":{"email":null})"));
    CHECK(files_with(wrapped, server.data()).empty());

    const auto check_nothing_is_left = [&] {
        const auto all = everything(server);
        CHECK_FALSE(contains(all, address));
        CHECK_FALSE(contains(all, other_address));
        CHECK_FALSE(contains(all, name));
        CHECK(files_with(wrapped, server.data()).empty());
        for (const auto& text : {address, other_address, name, std::string("her secret password")}) {
            CHECK(files_with(text, server.data()).empty());
        }
        CHECK(events_of_log(server) == before);
    };
    check_nothing_is_left();
    // Answers that are given again are without them, too.
    auto again = server.connect();
    const auto repeated = submit_to(again, {erase, life[8]});
    CHECK(contains(repeated[0], R"("replayed":true)"));
    for (const auto& one : repeated) CHECK_FALSE(contains(one, address));
    CHECK(contains(repeated[1], R"("licenseBound":{"license":1,"sku":"connect","email":null})"));
    const auto live = digests_of(server, false);
    CHECK(live == digests_of(server, true));
    check_nothing_is_left();
    server.restart();
    check_nothing_is_left();
    CHECK(digests_of(server, false) == live);
    CHECK(server.log().count(address) == 0);
    // The address is free, and finds another person.
    auto client_after = server.connect();
    CHECK(contains(submit_to(client_after, {acme("'registerUser':{'email':'" + address + "'}")})[0], "userRegistered"));
}

TEST_CASE("who was removed is erased by the address that they had, after a restart and in tables that were made anew",
          "[server][erasure]") {
    RunningServer server;
    const auto remove = acme("'removeUser':{'email':'" + address + "'}");
    const auto again = acme("'registerUser':{'email':'" + address + "','name':'Somebody Else'}");
    submit_all(server, steps(life, remove, again, remove, registered("ann")));
    const auto is_made_anew = GENERATE(false, true);
    is_made_anew ? static_cast<void>(digests_of(server, true)) : server.restart();
    CHECK(contains(everything(server), name));
    const auto erase_once = acme("'erasePerson':{'email':'" + address + "'}");
    auto client = server.connect();
    const auto erase_one = [&] {
        const auto answer = submit_to(client, {erase_once})[0];
        INFO(answer);
        CHECK(contains(answer, R"("personErased":{"email":null})"));
        CHECK_FALSE(contains(answer, "userRemoved"));
    };
    erase_one();
    CHECK(contains(everything(server), name));
    CHECK_FALSE(contains(everything(server), "Somebody Else"));
    erase_one();
    const auto all = everything(server);
    for (const auto& text : {address, other_address, name}) {
        CHECK_FALSE(contains(all, text));
        CHECK(files_with(text, server.data()).empty());
    }
    CHECK(contains(all, "ann@acme.test"));
    CHECK(contains(submit_to(client, {erase_once})[0], "user_must_be_registered"));
    const auto live = digests_of(server, false);
    CHECK(live == digests_of(server, true));
    CHECK(contains(submit_to(client, {erase_once})[0], "user_must_be_registered"));
}

TEST_CASE("an erasure that a crash cut short is done on the next start", "[server][erasure]") {
    RunningServer server;
    const TempDir copies;
    {
        auto client = server.connect();
        submit_to(client, life);
    }
    stop(server);
    put(server.data() / "vault", copies.path() / "vault");
    put(server.data() / "projections", copies.path() / "projections");
    server.restart();
    {
        auto client = server.connect();
        submit_to(client, {erase});
    }
    stop(server);
    // As if the event had got into the log, and nothing else anywhere.
    put(copies.path() / "vault", server.data() / "vault");
    put(copies.path() / "projections", server.data() / "projections");
    const auto keys = bytes_of_file(server.data() / "vault" / "keys");
    const auto wrapped = keys.substr(keys.size() - 64, 60);
    REQUIRE(wrapped != std::string(60, '\0'));
    server.restart();
    CHECK(files_with(wrapped, server.data()).empty());
    CHECK_FALSE(contains(everything(server), address));
}

TEST_CASE(
    "a phone configuration that was purged is in no file and in no answer, and the log's bytes are what they were",
    "[server][erasure]") {
    RunningServer server;
    {
        auto client = server.connect();
        const auto answers = submit_to(client, phone_life);
        for (const auto& answer : answers) {
            INFO(answer);
            CHECK_FALSE(contains(answer, "rejected"));
        }
        CHECK(contains(answers[6], secret));
        CHECK(contains(answers.back(), R"("phoneKeptUntil":"2020-01-09T00:00:00.000000Z")"));
        // The last moment at which it is there.
        submit_to(client, {acme("'at':'2020-01-08T23:59:59.999999Z','requestId':'r-last','savePhone':{'email':'" +
                                address + "','config':'[]'}")});
    }
    server.restart();  // so that everything is in files
    CHECK(contains(everything(server), secret));
    const auto before = events_of_log(server);
    // The wrapped key of the configuration: the newest one.
    const auto keys = bytes_of_file(server.data() / "vault" / "keys");
    const auto wrapped = keys.substr(keys.size() - 64, 60);
    REQUIRE(files_with(wrapped, server.data()) == std::vector<std::string>{"vault/keys"});
    CHECK(files_with(secret, server.data()).empty());

    auto client = server.connect();
    // Too late, and by that it is recorded.
    const auto late = acme("'at':'2020-01-09T00:00:00Z','bindLicense':{'license':1,'email':'" + address + "'}");
    CHECK_FALSE(contains(submit_to(client, {late})[0], "phoneRestored"));
    const auto check_nothing_is_left = [&] {
        const auto all = everything(server);
        CHECK_FALSE(contains(all, secret));
        CHECK(contains(all, address));
        CHECK(files_with(wrapped, server.data()).empty());
        CHECK(files_with(secret, server.data()).empty());
        CHECK(events_of_log(server) == before);
    };
    check_nothing_is_left();
    auto again = server.connect();
    const auto repeated = submit_to(again, {phone_life[6]});
    CHECK(contains(repeated[0], R"("replayed":true)"));
    CHECK(contains(repeated[0], R"("config":null)"));
    const auto live = digests_of(server, false);
    CHECK(live == digests_of(server, true));
    check_nothing_is_left();
    server.restart();
    check_nothing_is_left();
    CHECK(digests_of(server, false) == live);
    CHECK(server.log().count(secret) == 0);
}

TEST_CASE("whoever is erased takes a phone configuration with them, with all that was sealed", "[server][erasure]") {
    RunningServer server;
    auto client = server.connect();
    submit_to(client, phone_life);
    const auto keys = bytes_of_file(server.data() / "vault" / "keys");
    const auto wrapped = keys.substr(keys.size() - 64, 60);
    const auto answer = submit_to(client, {erase})[0];
    INFO(answer);
    CHECK(contains(answer, R"("phonePurged":{"email":null})"));
    CHECK(files_with(wrapped, server.data()).empty());
    const auto all = everything(server);
    CHECK_FALSE(contains(all, secret));
    CHECK_FALSE(contains(all, address));
}

TEST_CASE("a rejected configuration is in no log line and in no file", "[server][erasure]") {
    RunningServer server;
    auto client = server.connect();
    submit_to(client, phone_life);
    const auto save = [](const std::string& config) {
        return acme("'savePhone':{'email':'" + address + "','config':'" + config + "'}");
    };
    for (const auto& answer : submit_to(client, {save(secret), save("{" + secret + "}")})) {
        CHECK(contains(answer, "rejected"));
        CHECK_FALSE(contains(answer, secret));
    }
    CHECK(server.log().count(secret) == 0);
    CHECK(files_with(secret, server.data()).empty());
}

TEST_CASE("whoever was erased stays so when the vault alone is restored from an older copy", "[server][erasure]") {
    RunningServer server;
    const TempDir copies;
    submit_all(server, life);
    stop(server);
    const auto keys = bytes_of_file(server.data() / "vault" / "keys");
    const auto wrapped = keys.substr(keys.size() - 64, 60);
    put(server.data() / "vault", copies.path() / "vault");
    server.restart();
    submit_all(server, {erase, product("other")});
    stop(server);
    put(copies.path() / "vault", server.data() / "vault");
    REQUIRE(files_with(wrapped, server.data()) == std::vector<std::string>{"vault/keys"});
    server.restart();
    CHECK(files_with(wrapped, server.data()).empty());
    CHECK_FALSE(contains(everything(server), address));
    CHECK_FALSE(contains(everything(server), name));

    // Where somebody was registered since, their key is missing.
    submit_all(server, steps(registered("ann"), registered("bob")));
    stop(server);
    put(server.data() / "vault", copies.path() / "newer");
    put(copies.path() / "vault", server.data() / "vault");
    CHECK_THROWS_WITH(server.restart(), Catch::Matchers::Contains("the vault is older than the tables") &&
                                            Catch::Matchers::Contains("restore vault/ from a newer copy"));
    put(copies.path() / "newer", server.data() / "vault");
    server.restart();
    CHECK(contains(everything(server), "ann@acme.test"));
}

TEST_CASE("a vault that is newer than the log, which was restored from an older copy, goes on", "[server][erasure]") {
    RunningServer server;
    const TempDir copies;
    submit_all(server, steps(life, registered("dan")));
    stop(server);
    for (const auto* part : {"log", "projections"}) put(server.data() / part, copies.path() / part);
    server.restart();
    submit_all(server, steps(erase, registered("ann"), registered("bob")));
    stop(server);
    for (const auto* part : {"log", "projections"}) put(copies.path() / part, server.data() / part);
    server.restart();
    CHECK_FALSE(contains(everything(server), name));  // erased in the vault, whatever the log says
    submit_all(server, steps(registered("cid"), acme("'erasePerson':{'email':'dan@acme.test'}")));
    server.restart();
    const auto all = everything(server);
    CHECK(contains(all, "cid@acme.test"));
    CHECK_FALSE(contains(all, "dan@acme.test"));
    CHECK_FALSE(contains(all, name));
}

TEST_CASE("a vault that lacks the key of a phone configuration is refused, before anybody is given that key",
          "[server][erasure]") {
    RunningServer server;
    const TempDir copies;
    submit_all(server, Steps(phone_life.begin(), phone_life.begin() + 6));
    stop(server);
    put(server.data() / "vault", copies.path() / "vault");
    server.restart();
    submit_all(server, {phone_life[6]});
    stop(server);
    put(server.data() / "vault", copies.path() / "newer");
    put(copies.path() / "vault", server.data() / "vault");
    CHECK_THROWS_WITH(server.restart(), Catch::Matchers::Contains("restore vault/ from a newer copy"));
    // Nor with tables that have to be made anew.
    fs::remove_all(server.data() / "projections");
    put(copies.path() / "vault", server.data() / "vault");
    CHECK_THROWS_WITH(server.restart(), Catch::Matchers::Contains("newer copy"));
    put(copies.path() / "newer", server.data() / "vault");
    server.restart();
    CHECK(contains(everything(server), secret));
}

TEST_CASE("a phone is configured anew where an older log speaks of a configuration that was purged since",
          "[server][erasure]") {
    RunningServer server;
    const TempDir copies;
    submit_all(server, Steps(phone_life.begin(), phone_life.begin() + 7));
    stop(server);
    put(server.data() / "log", copies.path() / "log");
    put(server.data() / "projections", copies.path() / "projections");
    server.restart();
    submit_all(server,
               {phone_life.back(), acme("'at':'2020-01-10T00:00:00Z','registerUser':{'email':'ann@acme.test'}")});
    stop(server);
    put(copies.path() / "log", server.data() / "log");
    put(copies.path() / "projections", server.data() / "projections");
    server.restart();
    submit_all(server, {acme("'savePhone':{'email':'" + address + "','config':'{\\'anew\\':true}'}")});
    const auto all = everything(server);
    CHECK(contains(all, "anew"));
    CHECK_FALSE(contains(all, secret));
}

}  // namespace seatledger
