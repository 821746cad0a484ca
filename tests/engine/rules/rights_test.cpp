// What each role may read, and do besides giving commands: the table of the rules, cell by cell; and who may send a
// command in whose name.
#include <algorithm>
#include <map>
#include <string>

#include "engine/rules/roles.h"
#include "events/text.h"
#include "tests/support/catch.h"
#include "tests/support/given.h"
#include "tests/support/samples.h"

namespace seatledger {
namespace {

using namespace testing;
using rules::Extent;
using rules::Right;
using schema::Role;

struct Row {
    Right right;
    std::string all;  // who has the right: s superAdmin, a admin, b billing, u auditor, m member
    std::string own;  // who has it for themself
};

const std::vector<Row> table = {
    {Right::read_seats, "sabu", "m"}, {Right::read_bills, "sabu", ""}, {Right::read_history, "sabu", "m"},
    {Right::read_events, "sabu", ""}, {Right::read_ledger, "", ""},    {Right::manage_tokens, "s", ""},
};

const std::map<char, Role> roles = {
    {'s', Role::SUPER_ADMIN}, {'a', Role::ADMIN}, {'b', Role::BILLING}, {'u', Role::AUDITOR}, {'m', Role::MEMBER}};

Roles only(Role role) {
    Roles set;
    set.add(role);
    return set;
}

const Caller ann{"acme", UserId(7), {}};

std::string cell(Right right, const Caller& caller, Roles has, std::string_view account = "acme") {
    const auto extent = rules::authorize(right, account, caller, has);
    if (!extent) return std::string(rule_id(extent.error().rule));
    return *extent == Extent::everybody ? "all" : "own";
}

std::string expected(const Row& row, char letter) {
    if (row.all.contains(letter)) return "all";
    return row.own.contains(letter) ? "own" : "role_required";
}

}  // namespace

TEST_CASE("role_required: every role reads what the table of roles says") {
    for (const auto& row : table) {
        CAPTURE(static_cast<int>(row.right));
        CHECK(cell(row.right, vendor_caller, {}) == "all");
        CHECK(cell(row.right, vendor_caller, {}, "") == "all");
        for (const auto& [letter, role] : roles) {
            CAPTURE(letter);
            CHECK(cell(row.right, ann, only(role)) == expected(row, letter));
        }
        CHECK(cell(row.right, ann, Roles()) == expected(row, 'm'));  // everyone registered is a member
    }
}

TEST_CASE("role_required: nobody reads another account, nor what belongs to none") {
    for (const auto& row : table) {
        CHECK(cell(row.right, ann, only(Role::SUPER_ADMIN), "globex") == "role_required");
        CHECK(cell(row.right, ann, only(Role::SUPER_ADMIN), "") == "role_required");
        CHECK(cell(row.right, {"acme", {}, {}}, {}, "acme") == "all");  // the vendor, limited to acme
        CHECK(cell(row.right, {"acme", {}, {}}, {}, "globex") == "role_required");
        CHECK(cell(row.right, {"acme", {}, {}}, {}, "") == "role_required");
    }
}

TEST_CASE("role_required: a token that is limited to a role gives no more than that role has") {
    for (const auto& row : table) {
        for (const auto& [letter, role] : roles) {
            CAPTURE(static_cast<int>(row.right), letter);
            const std::string limited = row.all.contains(letter) ? "all" : row.own.empty() ? "role_required" : "own";
            CHECK(cell(row.right, {"acme", UserId(7), role}, only(Role::SUPER_ADMIN)) ==
                  (row.all.empty() ? "role_required" : limited));
            CHECK(cell(row.right, {"acme", {}, role}, {}) == (row.all.contains(letter) ? "all" : "role_required"));
        }
    }
}

TEST_CASE("role_required: what is refused to a reader names the roles that have it") {
    const auto refused = rules::authorize(Right::read_bills, "acme", ann, only(Role::MEMBER));
    REQUIRE_FALSE(refused);
    CHECK(refused.error().message ==
          "you may not do this; to read invoices, orders, disputes and what is billed needs one of: the vendor, "
          "superAdmin, "
          "admin, billing, auditor");
}

// ---- commands

namespace {

// The person of the account, as themself.
Caller caller(World& world, const std::string& who, std::optional<Role> role = {}) {
    auto& state = world.state();
    return {"acme", state.user_of(state.account("acme")->number, FoldedAddress(who + "@acme.test")), role};
}

World small_world() {
    World world;
    for (const auto& step : sample_world()) world.must_happen(step);
    return world;
}

// The code with which a token that is limited to the role is refused the command, which its role has not.
std::string refusal_of(const std::string& command, Role role) {
    const bool is_order = command == "requestLicenses" || command == "cancelOrder";
    const bool is_told_apart = is_order && (role == Role::ADMIN || role == Role::BILLING);
    return is_told_apart ? "super_admin_with_card_required" : "role_required";
}

std::string refused(World& world, const std::string& command, const Caller& sender) {
    const auto outcome = world.judge(command, sender);
    return outcome.rejection ? std::string(rule_id(outcome.rejection->rule)) : "";
}

}  // namespace

TEST_CASE("a person's own command says that they did it, and nobody else") {
    auto world = small_world();
    const auto outcome = world.judge(unbind(1), caller(world, "admin"));
    REQUIRE_FALSE(outcome.rejection);
    CHECK(is_event(outcome.events[0], "{'actor':'admin@acme.test','via':null}"));
}

TEST_CASE("role_required: a person may send what their roles may do, whoever sends it") {
    auto world = small_world();
    CHECK(refused(world, unbind(1), caller(world, "member")) == "role_required");
    CHECK(refused(world, unbind(1), caller(world, "billing")) == "role_required");
    CHECK(refused(world, acme("'voidInvoice':{'invoice':'open-2'}"), caller(world, "boss")) == "role_required");
    CHECK(refused(world, "{'retireProduct':{'sku':'connect'}}", caller(world, "boss")) == "role_required");
    CHECK(refused(world, unbind(1), caller(world, "boss")).empty());
}

TEST_CASE("role_required: only the vendor acts in somebody's name, and limited to an account only there") {
    auto world = small_world();
    CHECK(refused(world, acme("'actor':'boss@acme.test','unbindLicense':{'license':1}"), caller(world, "admin")) ==
          "role_required");
    CHECK(refused(world, "{'account':'past','unbindLicense':{'license':1}}", caller(world, "boss")) == "role_required");
    CHECK(refused(world, "{'account':'past','endImport':{}}", {"acme", {}, {}}) == "role_required");
    // … and is not told whether there is one.
    CHECK(refused(world, "{'account':'nowhere','unbindLicense':{'license':1}}", caller(world, "boss")) ==
          "role_required");
    CHECK(refused(world, unbind(1), {"acme", {}, {}}).empty());
}

TEST_CASE("role_required: a limited token needs both, the role and what it is limited to") {
    auto world = small_world();
    CHECK(refused(world, unbind(1), caller(world, "boss", Role::AUDITOR)) == "role_required");
    CHECK(refused(world, unbind(1), {"acme", {}, Role::AUDITOR}) == "role_required");
    CHECK(refused(world, unbind(1), caller(world, "member", Role::ADMIN)) == "role_required");
    CHECK(refused(world, unbind(1), caller(world, "boss", Role::ADMIN)).empty());
    CHECK(refused(world, bind(1, "boss"), {"", {}, Role::ADMIN}).empty());
}

TEST_CASE("role_required: a limited token gives nobody a password, since who has one may do all that the person may") {
    for (const auto& [letter, role] : roles) {
        CAPTURE(letter);
        auto world = small_world();
        const auto set = acme("'setPassword':{'email':'boss@acme.test','password':'a good password'}");
        CHECK(refused(world, set, caller(world, "boss", role)) == "role_required");
        CHECK(refused(world, set, {"acme", {}, role}) == "role_required");
        CHECK(refused(world, set, {"", {}, role}) == "role_required");
    }
}

TEST_CASE("role_required: a limited token gives no command that its role has not, be it a person's or the vendor's") {
    for (const auto& sample : samples()) {
        if (sample.account != "acme") continue;
        for (const auto& [letter, role] : roles) {
            CAPTURE(sample.name, letter);
            const auto which = ReceivedCommand(sample.command()).get().which();
            const auto list = rules::roles_for(which);
            const bool may = std::ranges::find(list, role) != list.end() && sample.name != "setPassword";
            const auto refusal = may ? "" : refusal_of(sample.name, role);
            auto world = small_world();
            CHECK(refused(world, sample.command(), {"acme", {}, role}) == refusal);
            auto another = small_world();
            if (sample.name == "setPassword") continue;  // boss sets nobody else's
            CHECK(refused(another, sample.command(), caller(another, "boss", role)) == refusal);
        }
    }
}

// ---- programs: tokens that are limited to a role, and of no person

TEST_CASE("role_required: a program acts in nobody's name, not even with the role that has the command") {
    for (const auto& [letter, role] : roles) {
        CAPTURE(letter);
        for (const std::string account : {"acme", ""}) {
            auto world = small_world();
            CHECK(refused(world, acme("'actor':'boss@acme.test','unbindLicense':{'license':1}"), {account, {}, role}) ==
                  "role_required");
        }
    }
    // Limited to an account only it is the vendor there.
    auto world = small_world();
    CHECK(refused(world, acme("'actor':'boss@acme.test','unbindLicense':{'license':1}"), {"acme", {}, {}}).empty());
}

TEST_CASE("effective_time_in_order: a program does not say when something took effect") {
    const auto command = acme("'at':'2020-01-01T00:00:00Z','unbindLicense':{'license':1}");
    auto world = small_world();
    for (const std::string account : {"acme", ""}) {
        CHECK(refused(world, command, {account, {}, Role::SUPER_ADMIN}) == "effective_time_in_order");
        CHECK(refused(world, command, {account, {}, Role::ADMIN}) == "effective_time_in_order");
    }
    CHECK(refused(world, command, {"acme", {}, {}}).empty());
}

TEST_CASE("super_admin_with_card_required: a program orders with a super admin's role and a card on file") {
    const auto order = acme("'requestLicenses':{'sku':'connect','quantity':1}");
    const auto with_person = acme("'registerUser':{'email':'ann@acme.test','sku':'other'}");
    const Caller super_admin{"acme", {}, Role::SUPER_ADMIN};
    for (const auto& command : {order, with_person}) {
        auto world = small_world();
        world.must_happen(product("other"));
        const auto outcome = world.judge(command, super_admin);
        REQUIRE_FALSE(outcome.rejection);
        // Nobody is there to be named, so it is the vendor's.
        for (const auto& event : outcome.events) CHECK(is_event(event, "{'actor':'vendor','via':null}"));
    }
    for (const auto& command : {order, with_person}) {
        auto world = small_world();
        world.must_happen(product("other"));
        world.must_happen(acme("'removeCard':{'token':'tok-1'}"));
        CHECK(refused(world, command, super_admin) == "super_admin_with_card_required");
        CHECK(refused(world, command, {"", {}, Role::SUPER_ADMIN}) == "super_admin_with_card_required");
        CHECK(refused(world, command, {"acme", {}, {}}).empty());  // the vendor, in acme, needs none
    }
    // What a role may not order it does not order with a person either, nor by the token of somebody who might.
    for (const bool is_program : {true, false}) {
        auto world = small_world();
        world.must_happen(product("other"));
        const auto limited = is_program ? Caller{"acme", {}, Role::ADMIN} : caller(world, "boss", Role::ADMIN);
        const auto outcome = world.judge(with_person, limited);
        REQUIRE(outcome.rejection);
        CHECK(rule_id(outcome.rejection->rule) == "super_admin_with_card_required");
        CHECK(outcome.rejection->message.find("a token limited to admin") != std::string::npos);
    }
}

TEST_CASE("role_required: who was removed sends nothing any more") {
    auto world = small_world();
    const auto admin = caller(world, "admin");
    world.must_happen(acme("'removeUser':{'email':'admin@acme.test'}"));
    CHECK(refused(world, unbind(1), admin) == "role_required");
}

TEST_CASE("effective_time_in_order: only the vendor says when something took effect") {
    auto world = small_world();
    const auto command = acme("'at':'2020-01-01T00:00:00Z','unbindLicense':{'license':1}");
    CHECK(refused(world, command, caller(world, "boss")) == "effective_time_in_order");
    CHECK(refused(world, command, vendor_caller).empty());
}

TEST_CASE("role_required: everybody sets their own password, and the vendor everybody's") {
    const auto set = [](const std::string& who) {
        return acme("'setPassword':{'email':'" + who + "@acme.test','password':'a good password'}");
    };
    for (const std::string who : {"boss", "admin", "billing", "auditor", "member"}) {
        CAPTURE(who);
        auto world = small_world();
        CHECK(refused(world, set(who), caller(world, who)).empty());
        CHECK(refused(world, set(who), vendor_caller).empty());
        CHECK(refused(world, set(who == "boss" ? "admin" : "boss"), caller(world, who)) == "role_required");
        CHECK(refused(world, set("nobody"), caller(world, who)) == "role_required");
        // In another way of writing it is the same address.
        CHECK(refused(world, acme("'setPassword':{'email':'" + who + "@ACME.test','password':'a good password'}"),
                      caller(world, who))
                  .empty());
    }
}

}  // namespace seatledger
