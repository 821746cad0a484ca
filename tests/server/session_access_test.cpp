// Who is let in by a token, what they may do then, and that it ends when the token does. The vendor issues the tokens
// here, so nothing waits for a password; those are in log_in_test.cpp.
#include <algorithm>
#include <thread>

#include "tests/support/access_steps.h"
#include "tests/support/given.h"

namespace seatledger {
namespace {

using namespace testing;
using namespace std::chrono_literals;

Steps company() { return steps(small_company(), granted("ann", "admin"), granted("bob", "superAdmin")); }

TestClient::Fill users(std::string_view account = "acme") {
    return [account = std::string(account)](ClientMessage::Builder message) {
        auto query = message.initQuery();
        query.setAccount(text(account));
        query.initUsers();
    };
}

TestClient::Fill follow(std::string_view account, std::uint64_t from) {
    return [account = std::string(account), from](ClientMessage::Builder message) {
        auto replay = message.initReplay();
        if (!account.empty()) replay.setAccount(text(account));
        replay.setFrom(from);
        replay.setFollow(true);
        replay.setCredit(1u << 30);
    };
}

std::uint64_t last_sequence(const RunningServer& server) {
    auto vendor = server.connect();
    return vendor.ask(1, ask_status).get().getStatus().getLastSequence();
}

std::string only_answer(TestClient& client, const std::string& command) { return submit_to(client, {command}).at(0); }

void set_up(const RunningServer& server, const Steps& commands) {
    auto vendor = server.connect();
    for (const auto& answer : submit_to(vendor, commands)) REQUIRE_FALSE(contains(answer, "rejected"));
}

// ---- What people do

// A person's command says that they did it, and its repetition is theirs alone.
void commands_are_their_senders(RunningServer& server) {
    auto ann = connect_as(server, "ann");
    auto bob = connect_as(server, "bob");
    const auto command = acme("'requestId':'r-1','bindLicense':{'license':1,'email':'cid@acme.test'}");
    const auto first = only_answer(ann, command);
    CHECK(contains(first, R"("actor":"ann@acme.test","via":null)"));
    const auto again = only_answer(ann, command);
    CHECK(contains(again, R"("replayed":true)"));
    CHECK(contains(again, R"("actor":"ann@acme.test")"));
    submit_to(ann, {unbind(1)});
    CHECK(contains(only_answer(bob, command), "request_id_reused"));
    auto vendor = server.connect();
    CHECK(contains(only_answer(vendor, command), "request_id_reused"));
}

// Only the vendor names an actor or a time.
void only_the_vendor_names_an_actor_or_a_time(RunningServer& server) {
    auto ann = connect_as(server, "ann");
    const auto end = last_sequence(server);
    CHECK(
        contains(only_answer(ann, acme("'actor':'bob@acme.test','bindLicense':{'license':1,'email':'cid@acme.test'}")),
                 R"("rejected":"role_required")"));
    // Not even their own name.
    CHECK(
        contains(only_answer(ann, acme("'actor':'ann@acme.test','bindLicense':{'license':1,'email':'cid@acme.test'}")),
                 R"("rejected":"role_required")"));
    CHECK(contains(
        only_answer(ann, acme("'at':'2000-01-01T00:00:00Z','bindLicense':{'license':1,'email':'cid@acme.test'}")),
        R"("rejected":"effective_time_in_order")"));
    CHECK(last_sequence(server) == end);
}

// An atomic bulk command of a person is theirs, row by row, or not done at all.
void atomic_bulk_is_done_or_not(RunningServer& server) {
    auto ann = connect_as(server, "ann");
    auto cid = connect_as(server, "cid");
    const auto bulk = [](const std::string& second) {
        return acme(
            "'bindLicenses':{'atomic':true,'rows':[{'license':1,'email':'bob@acme.test'},{'license':2,'email':'" +
            second + "@acme.test'}]}");
    };
    const auto end = last_sequence(server);
    CHECK(contains(only_answer(cid, bulk("cid")), "role_required"));
    CHECK(contains(only_answer(ann, bulk("nobody")), "user_must_be_registered"));
    CHECK(last_sequence(server) == end);
    const auto done = only_answer(ann, bulk("cid"));
    CHECK_FALSE(contains(done, "rejected"));
    CHECK(last_sequence(server) == end + 2);
    std::size_t of_ann = 0;
    for (auto at = done.find("ann@acme.test"); at != std::string::npos; at = done.find("ann@acme.test", at + 1))
        ++of_ann;
    CHECK(of_ann == 2);
    CHECK_FALSE(contains(done, R"("via":"vendor")"));
}

// Reads and requests are refused for their rule, and the connection goes on.
void what_is_refused_names_its_rule(RunningServer& server) {
    auto cid = connect_as(server, "cid");
    CHECK(rule_of(cid.ask(1, users())) == "role_required");
    CHECK(rule_of(cid.ask(2, users("globex"))) == "role_required");
    CHECK(rule_of(cid.ask(3, follow("acme", 1))) == "role_required");
    CHECK(rule_of(cid.ask(4, follow("", 1))) == "role_required");
    CHECK(rule_of(cid.ask(5, ask_status)) == "role_required");
    CHECK(rule_of(cid.ask(6, [](auto message) { message.setDigest(); })) == "role_required");
    CHECK(rule_of(cid.ask(7, [](auto message) { message.setRebuild(); })) == "role_required");
    CHECK(rule_of(cid.ask(8, list_tokens())) == "role_required");
    CHECK(rule_of(cid.ask(9, issue({}))) == "role_required");
    CHECK(rule_of(cid.ask(10, revoke(1))) == "role_required");
    auto oneself = cid.ask(11, [](ClientMessage::Builder message) {
        auto query = message.initQuery();
        query.setAccount("acme");
        query.initUser().setEmail("cid@acme.test");
    });
    CHECK(oneself.get().getRows().getUser().size() == 1);
}

// Who was removed reads nothing any more, nor is whoever has their address now served by their token.
void who_was_removed_does_nothing_any_more(RunningServer& server) {
    auto ann = connect_as(server, "ann");
    CHECK(ann.ask(1, users()).get().isRows());
    set_up(server, {acme("'removeUser':{'email':'ann@acme.test'}")});
    CHECK(rule_of(ann.ask(2, users())) == "role_required");
    set_up(server, steps(registered("ann"), granted("ann", "admin")));
    CHECK(rule_of(ann.ask(3, users())) == "role_required");
    CHECK(contains(only_answer(ann, bind(1, "cid")), "role_required"));
}

// ---- Until when

// A token that is revoked lets nobody in, and cuts off whom it let in.
void revoked_tokens_cut_off(RunningServer& server) {
    const auto token = token_for(server, {"acme", "ann"});
    TestClient follower(server.port(), token.shown);
    TestClient idle(server.port(), token.shown);
    follower.send(7, follow("acme", 1));
    REQUIRE(follower.receive().value().get().isEvents());
    auto vendor = server.connect();
    REQUIRE(vendor.ask(1, revoke(token.number)).get().isTokens());
    CHECK(contains(idle.receive().value().failure(), "not good any more"));
    CHECK(idle.is_closed());
    CHECK(contains(follower.receive().value().failure(), "not good any more"));  // the replay's
    CHECK(contains(follower.receive().value().failure(), "not good any more"));
    CHECK(follower.is_closed());
    TestClient late(server.port());
    late.say_hello(token.shown);
    CHECK(contains(late.receive().value().failure(), "the token is wrong, or not good any more"));
    CHECK(contains(vendor.ask(2, revoke(token.number)).failure(), "there is no token"));
}

TEST_CASE("a request by a revoked token is not done, even before the connection is cut off", "[server][access]") {
    RunningServer server([](ServerOptions& options) { options.limits.tick = 1h; });
    set_up(server, company());
    const auto token = token_for(server, {"acme", "ann"});
    TestClient ann(server.port(), token.shown);
    auto vendor = server.connect();
    REQUIRE(vendor.ask(1, revoke(token.number)).get().isTokens());
    const auto end = last_sequence(server);
    CHECK(contains(ann.ask(1, submit({bind(1, "cid")})).failure(), "not good any more"));
    CHECK(last_sequence(server) == end);
}

// A token is good until it expires, and cuts off then.
void expired_tokens_cut_off(RunningServer& server) {
    const auto token = token_for(server, {"acme", "ann", "", now_and(300ms)});
    TestClient ann(server.port(), token.shown);
    CHECK(ann.ask(1, users()).get().isRows());
    CHECK(contains(ann.receive().value().failure(), "not good any more"));
    CHECK(ann.is_closed());
    CHECK(system_now() >= token.expires_at);
    auto vendor = server.connect();
    CHECK(rule_of(vendor.ask(1, issue({"acme", "ann", "", now_and(-1ms)}))) == "value_not_allowed");
}

// A role that is revoked ends what it let follow, at the event that says so.
void revoked_roles_end_replays(RunningServer& server) {
    auto ann = connect_as(server, "ann");
    const auto end = last_sequence(server);
    ann.send(7, follow("acme", end));
    REQUIRE(ann.receive().value().get().isEvents());
    set_up(server, steps(acme("'revokeRole':{'email':'ann@acme.test','role':'admin'}"), registered("dan")));
    auto refused = ann.receive();
    REQUIRE(refused);
    CHECK(rule_of(std::move(*refused)) == "role_required");
    CHECK(rule_of(ann.ask(8, users())) == "role_required");
}

// Logging out ends the token, but not the vendor's own.
void logging_out_ends_the_token(RunningServer& server) {
    const auto token = token_for(server, {"acme", "ann"});
    const auto log_out = [](ClientMessage::Builder message) { message.setLogOut(); };
    TestClient ann(server.port(), token.shown);
    CHECK(ann.ask(1, log_out).get().getTokens()[0].getNumber() == token.number);
    CHECK(contains(ann.receive().value().failure(), "not good any more"));
    CHECK(ann.is_closed());
    auto vendor = server.connect();
    CHECK(contains(vendor.ask(1, log_out).failure(), "vendor's own"));
    CHECK(vendor.ask(2, ask_status).get().isStatus());
    CHECK(rule_of(vendor.ask(3, revoke(0))).empty());
    CHECK(serves(server));
}

// A token issues no other one once it has been revoked, not even if that was asked for before.
void revoked_tokens_issue_none(RunningServer& server) {
    const auto token = token_for(server, {"acme", "bob"});
    TestClient bob(server.port(), token.shown);
    Bytes bytes;
    for (const std::uint64_t id : {1, 2}) {
        capnp::MallocMessageBuilder message;
        auto root = message.initRoot<ClientMessage>();
        root.setId(id);
        (id == 1 ? revoke(token.number) : issue({"acme", "bob"}))(root);
        const auto one = to_bytes(message);
        bytes.insert(bytes.end(), one.begin(), one.end());
    }
    bob.send_bytes(bytes);
    while (auto reply = bob.receive()) CHECK_FALSE(reply->get().isToken());
}

// ---- Limited tokens

// A token limited to an account or a role gives no more than that.
void limited_tokens_give_no_more(RunningServer& server) {
    TestClient of_acme(server.port(), token_for(server, {"acme"}).shown);
    CHECK(of_acme.ask(1, users()).get().isRows());
    CHECK(rule_of(of_acme.ask(2, users("globex"))) == "role_required");
    CHECK(rule_of(of_acme.ask(3, follow("", 1))) == "role_required");
    CHECK(contains(only_answer(of_acme, "{'retireProduct':{'sku':'connect'}}"), "role_required"));
    TestClient auditor(server.port(), token_for(server, {"acme", "bob", "auditor"}).shown);
    CHECK(auditor.ask(1, users()).get().isRows());
    CHECK(contains(only_answer(auditor, bind(1, "cid")), "role_required"));
    CHECK(rule_of(auditor.ask(2, list_tokens())) == "role_required");
}

// What has a role and is no person acts as the role does, and not as the vendor.
void programs_are_not_the_vendor(RunningServer& server) {
    TestClient program(server.port(), token_for(server, {"acme", "", "superAdmin"}).shown);
    const std::string order = "'requestLicenses':{'sku':'connect','quantity':1}";
    const std::string bound = "'bindLicense':{'license':1,'email':'cid@acme.test'}";
    const auto end = last_sequence(server);
    CHECK(contains(only_answer(program, acme("'at':'2000-01-01T00:00:00Z'," + bound)),
                   R"("rejected":"effective_time_in_order")"));
    CHECK(contains(only_answer(program, acme("'actor':'ann@acme.test'," + bound)), R"("rejected":"role_required")"));
    CHECK(contains(only_answer(program, acme(order)), R"("rejected":"super_admin_with_card_required")"));
    CHECK(rule_of(program.ask(1, follow("", 1))) == "role_required");
    CHECK(rule_of(program.ask(2, ask_status)) == "role_required");
    CHECK(last_sequence(server) == end);
    CHECK(program.ask(3, users()).get().isRows());
    set_up(server, {acme("'addCard':{'token':'tok-1','last4':'4242','expires':'2027-05'}")});
    CHECK(contains(only_answer(program, acme(order)), R"("actor":"vendor","via":null)"));
    // What it repeats is its own, as everybody's is.
    const auto repeated = acme("'requestId':'p-1','grantRole':{'email':'cid@acme.test','role':'billing'}");
    CHECK(contains(only_answer(program, repeated), R"("sequence")"));
    CHECK(contains(only_answer(program, repeated), R"("replayed":true)"));
    auto vendor = server.connect();
    CHECK(contains(only_answer(vendor, repeated), "request_id_reused"));
}

// … and manages the tokens of people and those that it issued, but issues none for people.
void programs_manage_tokens(RunningServer& server) {
    TestClient program(server.port(), token_for(server, {"acme", "", "superAdmin"}).shown);
    const auto vendors = token_for(server, {"acme"});
    const auto of_a_reader = token_for(server, {"acme", "", "auditor"});
    const auto anns = token_for(server, {"acme", "ann"});
    CHECK(rule_of(program.ask(1, issue({"acme", "ann"}))) == "role_required");
    const auto issued = token_in(program.ask(2, issue({})));
    for (const auto number : {vendors.number, of_a_reader.number}) {
        CHECK(contains(program.ask(3, revoke(number)).failure(), "there is no token"));
    }
    for (const auto number : {anns.number, issued.number}) CHECK(program.ask(4, revoke(number)).get().isTokens());
}

// A token limited to an account does nothing that belongs to no account.
void what_belongs_to_no_account_is_not_for_limited_tokens(RunningServer& server) {
    TestClient limited(server.port(), token_for(server, {"acme"}).shown);
    CHECK(rule_of(limited.ask(1, ask_status)) == "role_required");
    CHECK(rule_of(limited.ask(2, [](auto message) { message.setDigest(); })) == "role_required");
    CHECK(rule_of(limited.ask(3, [](auto message) { message.setRebuild(); })) == "role_required");
}

// A limited token issues none that may do more, or for longer.
void limited_tokens_issue_no_other_ones(RunningServer& server) {
    {  // of an account
        TestClient limited(server.port(), token_for(server, {"acme"}).shown);
        CHECK(rule_of(limited.ask(1, issue({"globex"}))) == "role_required");
        TestClient issued(server.port(), token_in(limited.ask(2, issue({}))).shown);
        CHECK(issued.ask(1, users()).get().isRows());
        CHECK(rule_of(issued.ask(2, users("globex"))) == "role_required");
    }
    {  // of a role
        TestClient limited(server.port(), token_for(server, {"acme", "", "superAdmin"}).shown);
        CHECK(rule_of(limited.ask(1, issue({"acme", "", "admin"}))) == "role_required");
        TestClient issued(server.port(), token_in(limited.ask(2, issue({"acme"}))).shown);
        CHECK(contains(only_answer(issued, acme("'voidInvoice':{'invoice':'first'}")), "role_required"));
    }
    {  // that expires
        const auto end = now_and(1h);
        for (const std::string person : {"", "bob"}) {
            TestClient limited(server.port(), token_for(server, {"acme", person, "", end}).shown);
            CHECK(rule_of(limited.ask(1, issue({"acme", person, "", now_and(2h)}))) == "role_required");
            CHECK(token_in(limited.ask(2, issue({"acme", person, "", now_and(30min)}))).expires_at < end);
            CHECK(token_in(limited.ask(3, issue({"acme", person}))).expires_at == end);
        }
    }
}

// A person issues tokens of their own, and is told where they ask for another's.
void people_issue_their_own_tokens(RunningServer& server) {
    auto bob = connect_as(server, "bob");
    CHECK(rule_of(bob.ask(1, issue({"acme", "ann"}))) == "role_required");
    CHECK(rule_of(bob.ask(2, issue({"globex"}))) == "role_required");
    TestClient reader(server.port(), token_in(bob.ask(3, issue({"acme", "bob", "auditor"}))).shown);
    CHECK(reader.ask(1, users()).get().isRows());
    CHECK(contains(only_answer(reader, bind(1, "cid")), "role_required"));
    CHECK(token_in(bob.ask(4, issue({}))).number != 0);
}

// A super admin sees and revokes the tokens of their people, and not the vendor's.
void super_admins_manage_their_peoples_tokens(RunningServer& server) {
    const auto vendors = token_for(server, {"acme"});
    const auto anns = token_for(server, {"acme", "ann"});
    auto bob = connect_as(server, "bob");
    auto listed = bob.ask(1, list_tokens());
    std::vector<std::string> emails;
    for (const auto row : listed.get().getTokens()) emails.emplace_back(view(row.getEmail()));
    CHECK(emails == std::vector<std::string>{"ann@acme.test", "bob@acme.test"});
    CHECK(contains(bob.ask(2, revoke(vendors.number)).failure(), "there is no token"));
    CHECK(bob.ask(3, revoke(anns.number)).get().isTokens());
    TestClient late(server.port());
    late.say_hello(anns.shown);
    CHECK(late.receive().value().get().isFailure());
}

}  // namespace

// A server takes a while, so each is for several promises.

TEST_CASE("people do as themselves what their roles may, and no more", "[server][access]") {
    RunningServer server;
    set_up(server, company());
    commands_are_their_senders(server);
    only_the_vendor_names_an_actor_or_a_time(server);
    what_is_refused_names_its_rule(server);
    atomic_bulk_is_done_or_not(server);
    who_was_removed_does_nothing_any_more(server);
}

TEST_CASE("a token is good until it expires, is revoked or logged out, and then cuts off", "[server][access]") {
    RunningServer server;
    set_up(server, company());
    revoked_tokens_cut_off(server);
    revoked_tokens_issue_none(server);
    expired_tokens_cut_off(server);
    logging_out_ends_the_token(server);
    revoked_roles_end_replays(server);
}

TEST_CASE("a token gives no more than it is limited to, and issues none that does", "[server][access]") {
    RunningServer server;
    set_up(server,
           steps(company(),
                 "{'account':'globex','openAccount':{'name':'Globex','superAdmin':{'email':'boss@globex.test'}}}"));
    super_admins_manage_their_peoples_tokens(server);
    limited_tokens_give_no_more(server);
    what_belongs_to_no_account_is_not_for_limited_tokens(server);
    limited_tokens_issue_no_other_ones(server);
    programs_are_not_the_vendor(server);
    programs_manage_tokens(server);
    people_issue_their_own_tokens(server);
}

}  // namespace seatledger
