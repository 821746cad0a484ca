// Who may do what: the table of the rules, cell by cell.
#include "engine/rules/roles.h"

#include <capnp/schema.h>

#include <map>
#include <set>
#include <string>

#include "tests/support/catch.h"
#include "tests/support/given.h"
#include "tests/support/samples.h"

namespace seatledger {
namespace {

using namespace testing;

// Whom the table gives a dot, beside the vendor: s superAdmin, a admin, b billing, o everybody for themself.
const std::map<std::string, std::string> allowed = {
    {"openAccount", ""},      {"endImport", ""},           {"defineProduct", ""},   {"changeProduct", ""},
    {"retireProduct", ""},    {"issueInvoice", ""},        {"recordPayment", ""},   {"voidInvoice", ""},
    {"grantRole", "s"},       {"revokeRole", "s"},         {"registerUser", "sa"},  {"removeUser", "sa"},
    {"changeEmail", "sa"},    {"bindLicense", "sa"},       {"unbindLicense", "sa"}, {"reassignLicense", "sa"},
    {"bindLicenses", "sa"},   {"unbindLicenses", "sa"},    {"createQueue", "sa"},   {"deleteQueue", "sa"},
    {"addQueueMember", "sa"}, {"removeQueueMember", "sa"}, {"addCard", "s"},        {"removeCard", "s"},
    {"requestLicenses", "s"}, {"cancelOrder", "s"},        {"fulfillOrder", ""},    {"creditInvoice", ""},
    {"reversePayment", ""},   {"setPassword", "o"},        {"erasePerson", "s"},    {"savePhone", "sa"},
    {"openDispute", "sab"},   {"addEvidence", "sab"},      {"resolveDispute", ""},
};

// … and the code with which admin and billing are refused where it is not that of roles.
const std::map<std::string, std::string> own_code = {
    {"requestLicenses", "super_admin_with_card_required"},
    {"cancelOrder", "super_admin_with_card_required"},
};

std::string refusal_of(const std::string& command, const std::string& who) {
    const auto own = own_code.find(command);
    return own != own_code.end() && (who == "admin" || who == "billing") ? own->second : "role_required";
}

bool may(const std::string& command, const std::string& who) {
    const auto& letters = allowed.at(command);
    return (who == "boss" && letters.contains('s')) || (who == "admin" && letters.contains('a')) ||
           (who == "billing" && letters.contains('b')) ||
           (who == "member" && letters.contains('o'));  // whom the samples are about
}

}  // namespace

TEST_CASE("every command of the schema has a sample and a row in the table of roles") {
    std::set<std::string> sampled;
    for (const auto& sample : samples()) sampled.insert(sample.name);
    for (const auto field : capnp::Schema::from<schema::Command>().getUnionFields()) {
        const std::string name = field.getProto().getName().cStr();
        if (name == "none") continue;
        CAPTURE(name);
        CHECK(sampled.contains(name));
        CHECK(allowed.contains(name));
    }
}

TEST_CASE("the vendor may give every command") {
    for (const auto& sample : samples()) {
        World world;
        for (const auto& step : sample_world()) world.must_happen(step);
        const auto outcome = world.judge(sample.command());
        INFO(sample.command() << ": " << (outcome.rejection ? outcome.rejection->message : ""));
        CHECK_FALSE(outcome.rejection);
        REQUIRE_FALSE(outcome.events.empty());
        CHECK(is_event(outcome.events[0], "{'actor':'vendor','via':null}"));
    }
}

TEST_CASE("role_required: a user of the account may give a command as far as the table of roles says") {
    const std::string who = GENERATE("boss", "admin", "billing", "auditor", "member");
    for (const auto& sample : samples()) {
        const auto actor = who + "@acme.test";
        const auto command = sample.command("'actor':'" + actor + "',");
        INFO(command);
        World world;
        for (const auto& step : sample_world()) world.must_happen(step);
        const auto outcome = world.judge(command);
        if (may(sample.name, who)) {
            CHECK_FALSE(outcome.rejection);
            for (const auto& event : outcome.events) {
                CHECK(is_event(event, "{'actor':'" + actor + "','via':'vendor'}"));
            }
        } else {
            REQUIRE(outcome.rejection);
            CHECK(rule_id(outcome.rejection->rule) == refusal_of(sample.name, who));
        }
    }
}

TEST_CASE("role_required: the message names the person, the command and every role that has it") {
    for (const auto& sample : samples()) {
        const auto& letters = allowed.at(sample.name);
        if (letters.contains('o')) continue;
        std::vector<std::string> mentioned = {"member@acme.test", sample.name, "the vendor"};
        if (letters.contains('s')) mentioned.push_back("superAdmin");
        if (letters.contains('a')) mentioned.push_back(", admin");
        given(sample_world())
            .when(sample.command("'actor':'member@acme.test',"))
            .then_rejected(Rule::role_required, mentioned);
    }
}

TEST_CASE("role_required: nobody acts who is not registered in the account, or no longer") {
    const auto world = steps(sample_world(),
                             "{'account':'globex','openAccount':{'name':'Globex',"
                             "'superAdmin':{'email':'gil@example.com'}}}");
    const std::string bind = "'bindLicense':{'license':2,'email':'boss@acme.test'}}";
    given(world)
        .when("{'account':'acme','actor':'gil@example.com'," + bind)
        .then_rejected(Rule::role_required, {"gil@example.com is not registered in acme"});
    given(world, acme("'removeUser':{'email':'admin@acme.test'}"))
        .when("{'account':'acme','actor':'admin@acme.test'," + bind)
        .then_rejected(Rule::role_required, {"admin@acme.test is not registered in acme"});
}

TEST_CASE("a role counts from the event that grants it to the event that revokes it") {
    const auto command = acme("'actor':'member@acme.test','unbindLicense':{'license':1}");
    given(sample_world(), granted("member", "admin")).when(command).then({"licenseUnbound"});
    given(sample_world(), granted("member", "admin"), acme("'revokeRole':{'email':'member@acme.test','role':'admin'}"))
        .when(command)
        .then_rejected(Rule::role_required);
    // An address that somebody else bears by now says nothing about them.
    given(sample_world(), acme("'removeUser':{'email':'admin@acme.test'}"), registered("admin"))
        .when(acme("'actor':'admin@acme.test','unbindLicense':{'license':1}"))
        .then_rejected(Rule::role_required, {"admin@acme.test may not do this"});
}

TEST_CASE("an actor's address is compared without regard to case") {
    given(sample_world())
        .when(acme("'actor':'ADMIN@Acme.Test','unbindLicense':{'license':1}"))
        .then({"{'actor':'admin@acme.test','licenseUnbound':{'license':1}}"});
}

}  // namespace seatledger
