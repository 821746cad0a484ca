// Commands that are repeated under their request id with a password: the answer never says that a password was set
// which was not. Passwords are cheap here where it does not matter how long that takes.
#include "server/repeated_passwords.h"

#include <string>

#include "tests/support/access_steps.h"
#include "tests/support/given.h"

namespace seatledger {
namespace {

using namespace testing;
using namespace std::chrono_literals;

constexpr std::string_view other_password = "another good one";

std::string set_with(const std::string& id, const std::string& name, std::string_view password = good_password) {
    return acme("'requestId':'" + id + "','setPassword':{'email':'" + name + "@acme.test','password':'" +
                std::string(password) + "'}");
}

// `more`: such as ,'password':'…'.
std::string register_with(const std::string& id, const std::string& name, const std::string& more) {
    return acme("'requestId':'" + id + "','registerUser':{'email':'" + name + "@acme.test'" + more + "}");
}

std::string with_password(std::string_view password) { return ",'password':'" + std::string(password) + "'"; }

// What the ledger makes of it: done, replayed, or the rule that it broke.
std::string outcome(const std::string& answer) {
    for (const auto id : rule_ids) {
        if (contains(answer, R"("rejected":")" + std::string(id) + "\"")) return std::string(id);
    }
    return contains(answer, R"("replayed":true)") ? "replayed" : contains(answer, R"("sequence")") ? "done" : answer;
}

// The vendor's.
std::string answer_to(const RunningServer& server, const std::string& command) {
    auto vendor = server.connect();
    return submit_to(vendor, {command}).at(0);
}

std::string outcome_of(const RunningServer& server, const std::string& command) {
    return outcome(answer_to(server, command));
}

bool logs_in(const RunningServer& server, const std::string& name, std::string_view password) {
    return try_log_in(server, name, password).get().isToken();
}

// Only the password that was set is answered as having been set.
void another_password_is_told_apart(RunningServer& server) {
    CHECK(outcome_of(server, set_with("r-1", "ann")) == "done");
    CHECK(outcome_of(server, set_with("r-1", "ann")) == "replayed");
    const auto refused = answer_to(server, set_with("r-1", "ann", other_password));
    CHECK(outcome(refused) == "request_id_reused");
    CHECK(contains(refused, "request id r-1 was used with another password, at sequence "));
    CHECK(contains(refused, "the one given now was not set: give this command a new id"));
    CHECK_FALSE(contains(refused, other_password));
    for (const auto& odd : {std::string(), std::string("short"), std::string(1'025, 'x')}) {
        // Where it is no password at all that is another rule's business only under a new id.
        CHECK(outcome_of(server, set_with("r-1", "ann", odd)) == "request_id_reused");
    }
    CHECK(logs_in(server, "ann", good_password));
    CHECK_FALSE(logs_in(server, "ann", other_password));
    CHECK(outcome_of(server, set_with("r-1", "ann")) == "replayed");
}

// It is the password of that request that counts, not the one in force, and as long as it is kept.
void a_password_is_compared_with_its_own_request(RunningServer& server) {
    CHECK(outcome_of(server, set_with("r-2", "ann", other_password)) == "done");
    CHECK(outcome_of(server, set_with("r-1", "ann")) == "replayed");
    CHECK(outcome_of(server, set_with("r-1", "ann", other_password)) == "request_id_reused");
    server.restart();
    CHECK(outcome_of(server, set_with("r-1", "ann")) == "replayed");
    CHECK(outcome_of(server, set_with("r-2", "ann", good_password)) == "request_id_reused");
    for (int i = 3; i < 7; ++i) {
        CHECK(outcome_of(server, set_with("r-" + std::to_string(i), "ann", "password number " + std::to_string(i))) ==
              "done");
    }
    const auto refused = answer_to(server, set_with("r-1", "ann"));
    CHECK(outcome(refused) == "request_id_reused");
    CHECK(contains(refused, "not kept any more"));
    CHECK(logs_in(server, "ann", "password number 6"));
}

// A password that is given with a registration is compared as well, and that none was given.
void registrations_are_compared_too(RunningServer& server) {
    const auto ordered = [](std::string_view password) {
        return register_with("r-8", "fay", ",'sku':'connect'" + with_password(password));
    };
    CHECK(outcome_of(server, ordered(good_password)) == "done");
    CHECK(outcome_of(server, ordered(good_password)) == "replayed");
    CHECK(outcome_of(server, ordered(other_password)) == "request_id_reused");

    CHECK(outcome_of(server, register_with("r-9", "dan", with_password(good_password))) == "done");
    CHECK(outcome_of(server, register_with("r-9", "dan", with_password(good_password))) == "replayed");
    const auto other = answer_to(server, register_with("r-9", "dan", with_password(other_password)));
    CHECK(outcome(other) == "request_id_reused");
    CHECK(contains(other, "set it with setPassword"));
    const auto none = answer_to(server, register_with("r-9", "dan", ""));
    CHECK(outcome(none) == "request_id_reused");
    CHECK(contains(none, "was used with a password"));

    CHECK(outcome_of(server, register_with("r-10", "eve", "")) == "done");
    CHECK(outcome_of(server, register_with("r-10", "eve", "")) == "replayed");
    const auto some = answer_to(server, register_with("r-10", "eve", with_password(good_password)));
    CHECK(outcome(some) == "request_id_reused");
    CHECK(contains(some, "was used without a password"));
    CHECK_FALSE(logs_in(server, "eve", good_password));
}

// Each of many commands in a submit is compared with its own, also with one that comes in the same submit.
void many_are_compared_one_by_one(RunningServer& server) {
    auto vendor = server.connect();
    const auto answers =
        submit_to(vendor, {set_with("s-1", "bob"), set_with("s-1", "bob"), set_with("s-1", "bob", other_password),
                           unbind(9999), set_with("s-2", "cid", other_password), set_with("s-2", "cid", other_password),
                           set_with("s-1", "bob"), set_with("s-2", "cid"), set_with("s-3", "nobody")});
    std::vector<std::string> outcomes;
    for (const auto& answer : answers) outcomes.push_back(outcome(answer));
    CHECK(outcomes == std::vector<std::string>{"done", "replayed", "request_id_reused", "license_must_exist", "done",
                                               "replayed", "replayed", "request_id_reused", "user_must_be_registered"});
    CHECK(logs_in(server, "bob", good_password));
    CHECK(logs_in(server, "cid", other_password));
}

// With the person's password everything that it could be compared with has gone, and everybody whom it could let in.
void nothing_is_compared_with_an_erased_persons(RunningServer& server) {
    CHECK(outcome_of(server, acme("'erasePerson':{'email':'bob@acme.test'}")) == "done");
    CHECK_FALSE(logs_in(server, "bob", good_password));  // which waits until it is gone
    CHECK(outcome_of(server, set_with("s-1", "bob")) == "replayed");
    CHECK(outcome_of(server, set_with("s-1", "bob", other_password)) == "replayed");
}

}  // namespace

TEST_CASE("request_id_reused: a repeated command with another password is not the same command", "[server][access]") {
    RunningServer server(with_cheap_passwords);
    {
        auto vendor = server.connect();
        for (const auto& answer : submit_to(vendor, small_company())) REQUIRE_FALSE(contains(answer, "rejected"));
    }
    another_password_is_told_apart(server);
    a_password_is_compared_with_its_own_request(server);
    registrations_are_compared_too(server);
    many_are_compared_one_by_one(server);
    nothing_is_compared_with_an_erased_persons(server);
}

TEST_CASE("comparing many repeated passwords holds up nobody else's, and ends with the connection",
          "[server][access]") {
    RunningServer server;
    {
        auto vendor = server.connect();
        for (const auto& answer : submit_to(vendor, small_company())) REQUIRE_FALSE(contains(answer, "rejected"));
    }
    CHECK(outcome_of(server, set_with("r-1", "ann")) == "done");
    auto vendor = server.connect();
    {
        auto greedy = server.connect();
        // So short that they are not hashed before they have been judged; comparing them would take 20 s.
        greedy.send(1, submit(Steps(200, set_with("r-1", "ann", "short"))));
        CHECK(contains(submit_to(vendor, {set_password("bob")})[0], "passwordChanged"));
        CHECK_FALSE(greedy.receive(0ms));
    }
    const auto begin = std::chrono::steady_clock::now();
    CHECK(contains(submit_to(vendor, {set_password("cid")})[0], "passwordChanged"));
    CHECK(std::chrono::steady_clock::now() - begin < 10s);
}

}  // namespace seatledger
