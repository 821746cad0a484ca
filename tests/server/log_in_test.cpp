// Log-in with a password, over connections. Where it does not matter how long that takes, passwords are cheap here.
#include "server/log_in.h"

#include <filesystem>
#include <fstream>
#include <thread>

#include "engine/vault/kept_passwords.h"
#include "tests/support/access_steps.h"
#include "tests/support/ledger_box.h"

namespace seatledger {
namespace {

using namespace testing;
using namespace std::chrono_literals;

constexpr std::string_view wrong = "the account, the e-mail address or the password is wrong";

void set_up(const RunningServer& server, const Steps& commands) {
    auto vendor = server.connect();
    for (const auto& answer : submit_to(vendor, commands)) REQUIRE_FALSE(contains(answer, "rejected"));
}

bool is_let_in(const RunningServer& server, const std::string& token) {
    TestClient client(server.port());
    client.say_hello(token);
    return client.receive().value().get().isHello();
}

// Everything that lies in files of the directory.
std::string all_files(const std::filesystem::path& directory) {
    std::string all;
    for (const auto& entry : std::filesystem::recursive_directory_iterator(directory)) {
        if (!entry.is_regular_file()) continue;
        const auto before = all.size();
        all.resize(before + entry.file_size());
        std::ifstream(entry.path(), std::ios::binary)
            .read(all.data() + before, static_cast<std::streamsize>(entry.file_size()));
    }
    return all;
}

// Of many commands in a submit each password is its own person's.
void check_many_commands(RunningServer& server) {
    auto vendor = server.connect();
    const auto answers = submit_to(
        vendor, {registered("dan"), set_password("bob", "the password of bob"), bind(2, "dan"),
                 set_password("cid", "too short"), set_password("nobody", "the password of none"),
                 acme("'registerUser':{'email':'eve@acme.test','password':'the password of eve'}"), unbind(2)});
    CHECK(contains(answers[3], "password_must_be_long"));
    CHECK(contains(answers[4], "user_must_be_registered"));
    CHECK(try_log_in(server, "bob", "the password of bob").get().isToken());
    CHECK(try_log_in(server, "eve", "the password of eve").get().isToken());
    CHECK(try_log_in(server, "eve", "the password of none").failure() == wrong);
}

TEST_CASE("who knows the password is let in, at once, until it is changed; nobody else is", "[server][access]") {
    RunningServer server(with_cheap_passwords);
    set_up(server, steps(small_company(), granted("ann", "admin"), set_password("ann")));
    TestClient ann(server.port());
    const auto before = system_now();
    const auto first = token_in(ann.ask(1, log_in("acme", "ANN@acme.TEST", std::string(good_password))));
    CHECK(first.expires_at.micros - before.micros >= std::chrono::microseconds(12h).count());
    CHECK(first.expires_at.micros - system_now().micros <= std::chrono::microseconds(12h).count());
    CHECK(contains(submit_to(ann, {bind(1, "cid")})[0], R"("actor":"ann@acme.test","via":null)"));
    CHECK(is_let_in(server, first.shown));
    CHECK(contains(ann.ask(2, log_in("acme", "ann@acme.test", std::string(good_password))).failure(), "has been said"));

    // An address that nobody has, and one without a password, are answered as a wrong password is.
    for (const auto* name : {"ann", "bob", "nobody"}) {
        TestClient client(server.port());
        auto refused = client.ask(1, log_in("acme", std::string(name) + "@acme.test", "correct horse batterz"));
        CHECK(refused.failure() == wrong);
        CHECK(rule_of(std::move(refused)).empty());
        CHECK(client.is_closed());
    }

    const auto second = token_in(try_log_in(server, "ann"));
    CHECK(submit_to(ann, {set_password("ann", "another good one")}).size() == 1);
    CHECK(is_let_in(server, first.shown));         // by which it was changed
    CHECK_FALSE(is_let_in(server, second.shown));  // by whom else it may have been had
    CHECK(try_log_in(server, "ann").failure() == wrong);
    CHECK(try_log_in(server, "ann", "another good one").get().isToken());
    set_up(server, {acme("'removeUser':{'email':'ann@acme.test'}")});
    CHECK(try_log_in(server, "ann", "another good one").failure() == wrong);
    check_many_commands(server);
}

// What no address and no account is as long as is wrong without being looked at.
void check_long_ones(RunningServer& server) {
    TestClient client(server.port());
    CHECK(client.ask(1, log_in("acme", std::string(255, 'x'), "correct horse battery")).failure() == wrong);
    TestClient other(server.port());
    CHECK(other.ask(1, log_in(std::string(65, 'x'), "ann@acme.test", "correct horse battery")).failure() == wrong);
    TestClient large(server.port());
    large.send(1, log_in("acme", "ann@acme.test", std::string(5'000, 'x')));
    CHECK(contains(large.receive().value().failure(), "at most 4096"));
    CHECK(large.is_closed());
    CHECK(serves(server));
}

TEST_CASE("three guesses are free, and then one has to wait, also of many at once", "[server][access]") {
    RunningServer server;
    check_long_ones(server);
    std::vector<std::unique_ptr<TestClient>> clients;
    for (int i = 0; i < 6; ++i) {
        clients.push_back(std::make_unique<TestClient>(server.port()));
        clients.back()->send(1, log_in("acme", "nobody@acme.test", "correct horse batterz"));
    }
    int failed = 0;
    int slowed_down = 0;
    for (const auto& client : clients) {
        const auto failure = client->receive().value().failure();
        failed += failure == wrong ? 1 : 0;
        slowed_down += contains(failure, "try again in 1 s") ? 1 : 0;
        CHECK(client->is_closed());
    }
    CHECK(failed == 3);
    CHECK(slowed_down == 3);
    CHECK(try_log_in(server, "ann").failure() == wrong);  // at once
}

TEST_CASE("a machine that fills the waiting room holds up neither tokens nor itself", "[server][access]") {
    RunningServer server([](ServerOptions& options) {
        options.limits.log_ins_waiting_of_address_max = 1;
        options.limits.password_cost.p = 2;  // 0.2 s, in which the rest happens
    });
    set_up(server, small_company());
    const auto token = token_for(server, {"acme", "ann"});
    TestClient first(server.port());
    first.send(1, log_in("acme", "bob@acme.test", "correct horse batterz"));
    CHECK(contains(try_log_in(server, "ann").failure(), "too many are logging in"));
    // Before the password has been looked at.
    auto vendor = server.connect();
    CHECK(vendor.ask(1, revoke(token.number)).get().isTokens());
    CHECK_FALSE(first.receive(0ms));
    CHECK(first.receive().value().failure() == wrong);
    CHECK(try_log_in(server, "ann").failure() == wrong);
}

TEST_CASE("many passwords of one submit hold up no other one, and no token that is revoked", "[server][access]") {
    RunningServer server;
    set_up(server, small_company());
    const auto token = token_for(server, {"acme", "ann"});
    TestClient greedy(server.port(), token.shown);
    greedy.send(1, submit(Steps(200, set_password("ann"))));  // would take 20 s
    auto vendor = server.connect();
    CHECK(contains(submit_to(vendor, {set_password("bob")})[0], "passwordChanged"));
    CHECK_FALSE(greedy.receive(0ms));
    REQUIRE(vendor.ask(1, revoke(token.number)).get().isTokens());
    for (int i = 0; i < 2; ++i) CHECK(contains(greedy.receive().value().failure(), "not good any more"));
    CHECK(greedy.is_closed());
    auto history = vendor.ask(2, [](ClientMessage::Builder message) {
        auto asked = message.initHistory();
        asked.setAccount("acme");
        asked.setEmail("ann@acme.test");
    });
    for (const auto& entry : entries_of(history.get().getEvents().getEntries())) {
        CHECK_FALSE(read_event(entry).isPasswordChanged());
    }
}

TEST_CASE("a log-in that is looked at while the password is changed is by the new one or none", "[server][access]") {
    RunningServer server;
    set_up(server, steps(small_company(), set_password("ann")));
    auto vendor = server.connect();
    TestClient guesser(server.port());
    vendor.send(1, submit({set_password("ann", "another good one")}));
    // Looked at as soon as the new password has been hashed, which is before it has been recorded.
    std::this_thread::sleep_for(10ms);
    guesser.send(1, log_in("acme", "ann@acme.test", std::string(good_password)));
    REQUIRE(vendor.receive().value().get().isAnswers());
    auto reply = guesser.receive();
    REQUIRE(reply);
    if (reply->get().isToken()) CHECK_FALSE(is_let_in(server, std::string(view(reply->get().getToken().getToken()))));
}

TEST_CASE("a password and a token are in no line of the log, no event and no file", "[server][access]") {
    RunningServer server(with_cheap_passwords);
    set_up(server, steps(small_company(), set_password("ann")));
    const auto token = token_in(try_log_in(server, "ann"));
    CHECK(try_log_in(server, "ann", "a wrong password!").get().isFailure());
    std::string events;
    {
        TestClient stranger(server.port());
        stranger.say_hello(token.shown + "0");
        CHECK(stranger.receive().value().get().isFailure());
        auto vendor = server.connect();
        auto page = vendor.ask(1, [](ClientMessage::Builder message) { message.initReplay().setCredit(1u << 30); });
        const auto entries = page.get().getEvents().getEntries().asChars();
        events.assign(entries.begin(), entries.size());
    }
    REQUIRE(contains(events, "connect"));  // what they would be found by
    server.begin_to_stop();
    server.wait();
    const auto files = all_files(server.data());
    REQUIRE(contains(files, "connect"));
    for (const std::string_view secret :
         {good_password, std::string_view("a wrong password!"), std::string_view(token.shown)}) {
        CHECK_FALSE(contains(events, secret));
        CHECK_FALSE(contains(files, secret));
        CHECK(server.log().count(secret) == 0);
    }
    CHECK(server.log().count("ann@acme.test") == 0);
    CHECK(server.log().count("a log-in failed") == 1);
}

// ---- With a table that is durable

TEST_CASE("passwords and tokens are good after a restart, and what was revoked is not", "[server][access]") {
    RunningServer server(with_cheap_passwords);
    set_up(server,
           steps(small_company(), set_password("ann"), set_password("bob"), set_password("bob", "another good one")));
    const auto first = token_in(try_log_in(server, "ann"));
    const auto second = token_for(server, {"acme", "cid", "member"});
    const auto revoked = token_for(server, {"acme", "cid"});
    {
        auto vendor = server.connect();
        REQUIRE(vendor.ask(1, revoke(revoked.number)).get().isTokens());
    }
    server.restart();
    CHECK(is_let_in(server, first.shown));
    CHECK(is_let_in(server, second.shown));
    CHECK_FALSE(is_let_in(server, revoked.shown));
    CHECK(try_log_in(server, "ann").get().isToken());
    CHECK(try_log_in(server, "bob").failure() == wrong);
    CHECK(try_log_in(server, "bob", "another good one").get().isToken());
    CHECK(token_for(server, {"acme", "cid"}).number > revoked.number);
}

TEST_CASE("a log-in ends with its password, and with the person, also where ending it was cut short",
          "[server][access]") {
    RunningServer server(with_cheap_passwords);
    set_up(server, steps(small_company(), set_password("ann"), set_password("bob"), set_password("cid")));
    const auto anns = token_in(try_log_in(server, "ann"));
    const auto bobs = token_in(try_log_in(server, "bob"));
    const auto cids = token_in(try_log_in(server, "cid"));
    const auto issued = token_for(server, {"acme", "ann"});
    const auto stop = [&] {
        server.begin_to_stop();
        server.wait();
    };
    const auto tokens = [&] {
        const auto rows = open_rocksdb_private_table(server.data() / "vault" / "rows").value();
        std::vector<PrivateTable::Row> found;
        rows->scan("token/", [&](std::string_view key, std::string_view value) {
            found.push_back({std::string(key), std::string(value)});
            return true;
        });
        return found;
    };
    stop();
    const auto before = tokens();
    REQUIRE(before.size() == 4);
    server.restart();
    set_up(server, steps(set_password("ann", "another good one"), acme("'removeUser':{'email':'bob@acme.test'}")));
    CHECK_FALSE(is_let_in(server, anns.shown));
    CHECK_FALSE(is_let_in(server, bobs.shown));
    stop();
    CHECK(tokens().size() == 2);
    // As if the events had got into the log, and nothing had been ended.
    REQUIRE(open_rocksdb_private_table(server.data() / "vault" / "rows").value()->write(before).has_value());
    server.restart();
    CHECK_FALSE(is_let_in(server, anns.shown));
    CHECK_FALSE(is_let_in(server, bobs.shown));
    CHECK(is_let_in(server, cids.shown));
    CHECK(is_let_in(server, issued.shown));
    stop();
    CHECK(tokens().size() == 2);
}

TEST_CASE("the log-in by which the password was changed goes on, also after a restart", "[server][access]") {
    RunningServer server(with_cheap_passwords);
    set_up(server, steps(small_company(), set_password("ann")));
    TestClient ann(server.port());
    const auto token = token_in(ann.ask(1, log_in("acme", "ann@acme.test", std::string(good_password))));
    CHECK(contains(submit_to(ann, {set_password("ann", "another good one")})[0], "passwordChanged"));
    CHECK(is_let_in(server, token.shown));
    server.restart();
    CHECK(is_let_in(server, token.shown));
    CHECK(try_log_in(server, "ann", "another good one").get().isToken());
    set_up(server, {set_password("ann", "the third good one")});
    CHECK_FALSE(is_let_in(server, token.shown));
}

TEST_CASE("a password is the person's until another one is recorded, or they are removed", "[server][access]") {
    LedgerBox box;
    const TempDir directory;
    const Secrets secrets = box.secrets();
    const auto set = acme("'setPassword':{'email':'ann@acme.test','password':'correct horse battery'}");
    box.must_happen(steps(open_acme(), registered("ann"), set));
    const auto first = box.log().last();
    const UserId ann(2);
    const auto projections = Projections::open(directory.path(), box.log(), secrets).value();
    projections->start();
    const auto keep = [&](Sequence sequence) {
        const PrivateTable::Row row[] = {password_row(secrets.rows, AccountNumber(1), ann, {sequence, "hash"})};
        REQUIRE(secrets.rows.write(row).has_value());
    };
    const auto is_still = [&](Sequence password) {
        projections->log_grew();
        REQUIRE(projections->wait_for(box.log().last()));
        return is_still_password(*projections, secrets.rows, "acme", ann, password);
    };
    CHECK_FALSE(is_still(first));  // nothing is kept
    keep(first);
    CHECK(is_still(first));
    CHECK_FALSE(is_still(Sequence()));
    CHECK_FALSE(is_still_password(*projections, secrets.rows, "globex", ann, first));
    CHECK_FALSE(is_still_password(*projections, secrets.rows, "acme", UserId(3), first));

    // For an event that never got into the log, and in whose place something else did.
    const auto next = first.next();
    keep(next);
    CHECK(is_still(first));
    box.must_happen({registered("bob")});
    CHECK(is_still(first));
    CHECK_FALSE(is_still(next.next()));

    box.must_happen({set});
    const auto second = box.log().last();
    keep(second);
    CHECK_FALSE(is_still(first));
    CHECK(is_still(second));
    box.must_happen({acme("'removeUser':{'email':'ann@acme.test'}")});
    CHECK_FALSE(is_still(second));
    REQUIRE(projections->stop().has_value());
}

// ---- Where it cannot be done

TEST_CASE("a log-in while the tables are behind is told so, soon, and neither hangs nor lets anybody in",
          "[server][access]") {
    namespace fs = std::filesystem;
    RunningServer server([](ServerOptions& options) {
        with_cheap_passwords(options);
        options.limits.projection_timeout = 300ms;
    });
    set_up(server, steps(small_company(), set_password("ann"), set_password("bob")));
    REQUIRE(try_log_in(server, "ann").get().isToken());  // for which the tables have all of it
    const auto rows = server.data() / "vault" / "rows";
    const auto away = server.data() / "vault" / "away";
    // What is erased cannot be purged there, so nothing that comes after it gets into the tables.
    fs::rename(rows, away);
    set_up(server, {acme("'erasePerson':{'email':'cid@acme.test'}")});
    const auto begin = std::chrono::steady_clock::now();
    for (const auto* name : {"ann", "bob", "nobody"}) {
        TestClient client(server.port());
        auto refused = client.ask(1, log_in("acme", std::string(name) + "@acme.test", std::string(good_password)));
        INFO(name << ": " << refused.failure());
        CHECK(contains(refused.failure(), "the projections have "));
        CHECK(contains(refused.failure(), "; ask for the status, or again later"));
        CHECK(client.is_closed());
    }
    CHECK(std::chrono::steady_clock::now() - begin < 10s);
    CHECK(server.connect().ask(1, ask_status).get().isStatus());
    fs::rename(away, rows);
    server.restart();
    CHECK(try_log_in(server, "ann").get().isToken());
    CHECK(try_log_in(server, "cid").failure() == wrong);
}

TEST_CASE("an account has so many tokens at a time, and is told what to do then", "[server][access]") {
    constexpr std::size_t tokens_max = 4;
    CHECK(ServerLimits().tokens_of_account_max == 10'000);
    RunningServer server([](ServerOptions& options) {
        with_cheap_passwords(options);
        options.limits.tokens_of_account_max = tokens_max;
    });
    set_up(server, steps(small_company(), granted("bob", "superAdmin"), set_password("ann"), set_password("bob"),
                         "{'account':'globex','openAccount':{'name':'G','superAdmin':{'email':'boss@acme.test'}}}"));
    TestClient bob(server.port());
    REQUIRE(bob.ask(1, log_in("acme", "bob@acme.test", std::string(good_password))).get().isToken());
    std::vector<TokenInHand> issued;
    for (std::uint64_t id = 2; id <= tokens_max; ++id) issued.push_back(token_in(bob.ask(id, issue({}))));
    auto refused = bob.ask(10, issue({}));
    CHECK(contains(refused.failure(), "acme has 4 tokens; revoke some first"));
    CHECK(rule_of(std::move(refused)).empty());
    // Of another account nothing is known by that, and people log in.
    CHECK(token_for(server, {"globex", "boss"}).number != 0);
    CHECK(try_log_in(server, "ann").get().isToken());
    for (int i = 0; i < 2; ++i) REQUIRE(bob.ask(20 + i, revoke(issued[i].number)).get().isTokens());
    CHECK(bob.ask(30, issue({})).get().isToken());
    CHECK(contains(bob.ask(31, issue({})).failure(), "acme has 4 tokens"));
    CHECK(token_for(server, {"acme", "ann"}).number != 0);  // the vendor's own business
}

}  // namespace
}  // namespace seatledger
