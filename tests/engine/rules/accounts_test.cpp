// Accounts, people and their roles.
#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/given.h"

namespace seatledger {
namespace {

using namespace testing;

const std::string future = "'at':'2020-01-01T00:00:00.000001Z',";
const std::string stranger = "'actor':'nobody@acme.test',";

// The rejections that every command of an account shares, in order; `bad` has a value that is not allowed, `body`
// breaks all the rules that come later.
std::vector<Breaks> common(const std::string& bad, const std::string& body, std::vector<Breaks> later = {}) {
    const std::string nowhere = "{'account':'nowhere'," + stranger + future;
    std::vector<Breaks> rows = {
        {Rule::value_not_allowed, nowhere + bad + "}"},
        {Rule::account_must_exist, nowhere + body + "}", {"nowhere"}},
        {Rule::role_required, acme(stranger + future + body), {"nobody@acme.test"}},
        {Rule::effective_time_in_order, acme(future + body), {"2020-01-01T00:00:00.000001Z"}},
    };
    rows.insert(rows.end(), later.begin(), later.end());
    return rows;
}

std::string removed(std::string_view name) {
    return acme("'removeUser':{'email':'" + std::string(name) + "@acme.test'}");
}

std::string renamed(std::string_view from, std::string_view to) {
    return acme("'changeEmail':{'email':'" + std::string(from) + "@acme.test','newEmail':'" + std::string(to) +
                "@acme.test'}");
}

}  // namespace

// ---- openAccount, endImport

TEST_CASE("openAccount makes the account and its super admin") {
    given()
        .when(open_acme("Europe/Berlin"))
        .then({"{'account':'acme','actor':'vendor','accountOpened':{'name':'Acme','timeZone':'Europe/Berlin',"
               "'currency':'USD','importing':false}}",
               "{'userRegistered':{'email':'boss@acme.test','name':'Bo'}}",
               "{'roleGranted':{'email':'boss@acme.test','role':'superAdmin'}}"});
}

TEST_CASE("openAccount takes UTC and USD where nothing is said") {
    given()
        .when(acme("'openAccount':{'name':'Acme','superAdmin':{'email':'boss@acme.test'}}"))
        .then({"{'accountOpened':{'timeZone':'UTC','currency':'USD'}}", "userRegistered", "roleGranted"});
}

TEST_CASE("an account's id is 1 to 64 of a-z, 0-9 and -") {
    const auto open = [](const std::string& id) {
        return "{'account':'" + id + "','openAccount':{'name':'A','superAdmin':{'email':'a@example.com'}}}";
    };
    for (const std::string id : {"a", "0", "-", "a-b-9", "zzzz"})
        given().when(open(id)).then({"accountOpened", "userRegistered", "roleGranted"});
    given().when(open(std::string(64, 'a'))).then({"accountOpened", "userRegistered", "roleGranted"});
    for (const std::string id : {"", "A", "a b", "a_b", "ä", "a.b", "a/b"}) {
        given().when(open(id)).then_rejected(Rule::value_not_allowed, {"account"});
    }
    given().when(open(std::string(65, 'a'))).then_rejected(Rule::value_not_allowed, {"account"});
}

TEST_CASE("openAccount: rejections in order") {
    const auto open = [](const std::string& zone, const std::string& email) {
        return "'openAccount':{'name':'Acme','timeZone':'" + zone + "','superAdmin':{'email':'" + email + "'}}";
    };
    check_order({open_acme()},
                {
                    {Rule::value_not_allowed, acme(stranger + future + open("Nowhere/At_All", "boss")), {"timeZone"}},
                    {Rule::role_required, acme(stranger + future + open("UTC", "boss")), {"nobody@acme.test"}},
                    {Rule::effective_time_in_order, acme(future + open("UTC", "boss"))},
                    {Rule::account_must_be_new, acme(open("UTC", "boss")), {"acme"}},
                    {Rule::email_must_be_valid, "{'account':'globex'," + open("UTC", "boss") + "}", {"\"boss\""}},
                },
                "{'account':'globex'," + open("UTC", "boss@acme.test") + "}");
}

TEST_CASE("endImport: rejections in order") {
    const auto opened =
        "{'account':'past','openAccount':{'name':'Past','importing':true,"
        "'superAdmin':{'email':'boss@acme.test'}}}";
    auto rows = common("'requestId':'','endImport':{}", "'endImport':{}");
    rows.push_back({Rule::value_not_allowed, acme("'endImport':{}"), {"acme"}});
    check_order({open_acme(), opened}, rows, "{'account':'past','endImport':{}}");
}

// ---- E-mail

TEST_CASE("email_must_be_valid: one @ with something on both sides, no space or control character, 254 bytes") {
    const auto registering = [](const std::string& email) { return acme("'registerUser':{'email':'" + email + "'}"); };
    const std::string longest = std::string(254 - 10, 'a') + "@acme.test";
    for (const std::string& email :
         {std::string("a@b"), std::string("Ann.O+x@acme.test"), std::string("ä@ö.test"), longest}) {
        given(open_acme()).when(registering(email)).then({"{'userRegistered':{'email':'" + email + "'}}"});
    }
    for (const std::string& email :
         {std::string("ann"), std::string("@acme.test"), std::string("ann@"), std::string("@"), std::string("a@b@c"),
          std::string("a b@acme.test"), std::string("ann@acme.test "), std::string(""), std::string("a\\t@acme.test"),
          std::string("a\\u007f@acme.test"), "a" + longest}) {
        given(open_acme()).when(registering(email)).then_rejected(Rule::email_must_be_valid, {"e-mail"});
        given(open_acme())
            .when(acme("'changeEmail':{'email':'boss@acme.test','newEmail':'" + email + "'}"))
            .then_rejected(Rule::email_must_be_valid, {"e-mail"});
    }
}

TEST_CASE("an address is compared without regard to ASCII case and kept as written") {
    given(open_acme(), acme("'registerUser':{'email':'Ann@ACME.test'}"))
        .when(acme("'removeUser':{'email':'aNN@acme.TEST'}"))
        .then({"{'userRemoved':{'email':'Ann@ACME.test'}}"});
    given(open_acme(), acme("'registerUser':{'email':'ann@acme.test'}"))
        .when(acme("'registerUser':{'email':'ANN@acme.test'}"))
        .then_rejected(Rule::email_must_be_new, {"ANN@acme.test"});
    // Beyond ASCII there is no folding.
    given(open_acme(), acme("'registerUser':{'email':'ä@acme.test'}"))
        .when(acme("'registerUser':{'email':'Ä@acme.test'}"))
        .then({"userRegistered"});
}

TEST_CASE("the same address may be registered in several accounts") {
    given(open_acme(), registered("ann"),
          "{'account':'globex','openAccount':{'name':'G','superAdmin':{'email':'ann@acme.test'}}}")
        .when("{'account':'globex','registerUser':{'email':'boss@acme.test'}}")
        .then({"{'account':'globex','userRegistered':{'email':'boss@acme.test'}}"});
}

TEST_CASE("an address that a removed person bore may be used again and is then another person") {
    World world;
    for (const auto& step : steps(open_acme(), registered("ann"), granted("ann", "admin"))) world.must_happen(step);
    const auto number = world.state().account("acme")->number;
    const auto first = world.state().user_of(number, "ann@acme.test");
    world.must_happen(removed("ann"));
    CHECK_FALSE(world.state().user_of(number, "ann@acme.test"));
    world.must_happen(registered("ann"));
    const auto second = world.state().user_of(number, "ann@acme.test");
    CHECK(second);
    CHECK(second != first);
    CHECK(world.state().user(number, first)->removed);
    CHECK(world.state().user(number, first)->roles == Roles());
}

// ---- registerUser

TEST_CASE("registerUser with a sku binds a free license to the new person") {
    given(open_acme(), product("connect"), bought("i-1", "connect", 2), bind(1, "boss"))
        .when(acme("'registerUser':{'email':'ann@acme.test','name':'Ann','sku':'connect'}"))
        .then({"{'userRegistered':{'email':'ann@acme.test','name':'Ann'}}",
               "{'licenseBound':{'license':2,'email':'ann@acme.test','sku':'connect'}}"});
}

TEST_CASE("registerUser with a sku of which none is free needs the right to order") {
    const auto ann = acme("'registerUser':{'email':'ann@acme.test','sku':'connect'}");
    const auto by_boss = acme("'actor':'boss@acme.test','registerUser':{'email':'ann@acme.test','sku':'connect'}");
    const auto by_admin = acme("'actor':'adam@acme.test','registerUser':{'email':'ann@acme.test','sku':'connect'}");
    const auto card = acme("'addCard':{'token':'tok-1','last4':'4242','expires':'2027-05'}");
    const auto nothing_free = steps(open_acme(), registered("adam"), granted("adam", "admin"), product("connect"),
                                    bought("i-1", "connect", 1), bind(1, "boss"));
    const Steps ordered = {"{'userRegistered':{'email':'ann@acme.test'}}",
                           "{'licensesRequested':{'order':1,'email':'ann@acme.test','sku':'connect','quantity':1,"
                           "'due':'2020-01-03T00:00:00.000000Z'}}"};
    given(nothing_free).when(ann).then(ordered);  // the vendor may order for everybody
    given(nothing_free, card).when(by_boss).then(ordered);
    given(nothing_free)
        .when(by_boss)
        .then_rejected(Rule::super_admin_with_card_required,
                       {"connect", "acme", "addCard", "sales representative", "without a license"});
    given(nothing_free, card)
        .when(by_admin)
        .then_rejected(Rule::super_admin_with_card_required, {"adam@acme.test", "sales representative"});
    // What is retired cannot be ordered by anybody; what is free of it is bound.
    const auto retired = "{'retireProduct':{'sku':'connect'}}";
    given(open_acme(), product("connect"), retired).when(ann).then_rejected(Rule::product_must_be_offered, {"connect"});
    given(open_acme(), product("connect"), bought("i-1", "connect", 1), retired)
        .when(ann)
        .then({"userRegistered", "licenseBound"});
}

TEST_CASE("registerUser: rejections in order") {
    const auto body = [](const std::string& email, const std::string& sku) {
        return "'registerUser':{'email':'" + email + "','sku':'" + sku + "'}";
    };
    const auto bad = "'registerUser':{'email':'ann','name':'" + std::string(257, 'n') + "','sku':'nothing'}";
    const auto rows =
        common(bad, body("ann", "nothing"),
               {
                   {Rule::email_must_be_valid, acme(body("ann", "nothing")), {"\"ann\""}},
                   {Rule::email_must_be_new, acme(body("BOSS@acme.test", "nothing")), {"BOSS@acme.test", "acme"}},
                   {Rule::sku_must_exist, acme(body("ann@acme.test", "nothing")), {"nothing"}},
                   {Rule::product_must_be_offered, acme(body("ann@acme.test", "old")), {"old"}},
                   {Rule::super_admin_with_card_required,
                    acme("'actor':'boss@acme.test'," + body("ann@acme.test", "connect")),
                    {"connect"}},
               });
    check_order(steps(open_acme(), product("connect"), product("old"), "{'retireProduct':{'sku':'old'}}",
                      product("free"), bought("i-1", "free", 1)),
                rows, acme(body("ann@acme.test", "free")));
}

// ---- removeUser

TEST_CASE("removeUser takes the person's roles away") {
    given(open_acme(), registered("ann"), granted("ann", "admin"), removed("ann"), registered("ann"))
        .when(acme("'actor':'ann@acme.test','removeUser':{'email':'boss@acme.test'}"))
        .then_rejected(Rule::role_required);
}

TEST_CASE("user_must_hold_nothing: the message lists what is held") {
    given(open_acme(), product("connect"), product("center"), bought("i-1", "connect", 2), bought("i-2", "center", 1),
          registered("ann"), bind(2, "ann"), bind(3, "ann"))
        .when(removed("ann"))
        .then_rejected(Rule::user_must_hold_nothing, {"ann@acme.test", "license 2 of connect", "license 3 of center"});
}

TEST_CASE("what was unbound or has expired is not held") {
    const auto world =
        steps(open_acme(), product("connect", "P1D"), bought("i-1", "connect", 1), registered("ann"), bind(1, "ann"));
    given(world, unbind(1)).when(removed("ann")).then({"userRemoved"});
    given(world, "2020-01-01T23:59:59.999999Z").when(removed("ann")).then_rejected(Rule::user_must_hold_nothing);
    given(world, "2020-01-02T00:00:00Z").when(removed("ann")).then({"userRemoved"});
}

TEST_CASE("removeUser: rejections in order") {
    const auto body = [](const std::string& email) { return "'removeUser':{'email':'" + email + "'}"; };
    const auto holds =
        steps(open_acme(), product("connect"), bought("i-1", "connect", 1), bind(1, "boss"), registered("ann"));
    check_order(holds,
                common(body(""), body("nobody@acme.test"),
                       {{Rule::user_must_be_registered, acme(body("nobody@acme.test")), {"nobody@acme.test"}},
                        {Rule::user_must_hold_nothing, acme(body("boss@acme.test")), {"boss@acme.test", "license 1"}}}),
                acme(body("ann@acme.test")));
    given(holds, unbind(1)).when(removed("boss")).then_rejected(Rule::last_super_admin, {"boss@acme.test"});
}

// ---- erasePerson

TEST_CASE("erasePerson means who bears the address, and else who was removed last of those who bore it then") {
    const auto erase = acme("'erasePerson':{'email':'BOB@acme.test'}");
    // Not in the order in which they were registered.
    const auto removals =
        steps(open_acme(), registered("ann"), registered("bob"), removed("bob"), renamed("ann", "bob"), removed("bob"));
    given(removals, registered("bob")).when(erase).then({"userRemoved", "personErased"});
    given(removals, registered("bob"), erase).when(erase).then({"personErased"});
    given(removals, erase, erase).when(erase).then_rejected(Rule::user_must_be_registered, {"BOB@acme.test", "acme"});

    World world;
    for (const auto& step : removals) world.must_happen(step);
    world.must_happen(registered("bob"));
    const auto number = world.state().account("acme")->number;
    for (const UserId next : {UserId(4), UserId(2), UserId(3)}) {
        CHECK_FALSE(world.state().user(number, next)->email.empty());
        world.must_happen(erase);
        CHECK(world.state().user(number, next)->email.empty());
    }
}

TEST_CASE("erasePerson means nobody who bears another address by now, or who bore another one when they were removed") {
    const auto rename = renamed("ann", "anna");
    const auto erase = acme("'erasePerson':{'email':'ann@acme.test'}");
    given(open_acme(), registered("ann"), rename).when(erase).then_rejected(Rule::user_must_be_registered);
    given(open_acme(), registered("ann"), rename, removed("anna"))
        .when(erase)
        .then_rejected(Rule::user_must_be_registered);
    given(open_acme(), registered("ann"), rename, removed("anna"), acme("'erasePerson':{'email':'anna@acme.test'}"))
        .when(acme("'erasePerson':{'email':'anna@acme.test'}"))
        .then_rejected(Rule::user_must_be_registered);
    // In another account they are another person.
    given(open_acme(), registered("ann"), removed("ann"),
          "{'account':'globex','openAccount':{'name':'G','superAdmin':{'email':'boss@acme.test'}}}")
        .when("{'account':'globex','erasePerson':{'email':'ann@acme.test'}}")
        .then_rejected(Rule::user_must_be_registered, {"globex"});
}

TEST_CASE("erasePerson: rejections in order") {
    const auto body = [](const std::string& email) { return "'erasePerson':{'email':'" + email + "'}"; };
    const auto holds = steps(open_acme(), product("connect"), bought("i-1", "connect", 1), registered("ann"),
                             removed("ann"), registered("ann"), bind(1, "ann"));
    // Somebody else who could be erased is not, as long as the one who bears the address cannot.
    given(holds)
        .when(acme(body("ann@acme.test")))
        .then_rejected(Rule::user_must_hold_nothing, {"ann@acme.test", "license 1"});
    given(holds).when(acme(body("boss@acme.test"))).then_rejected(Rule::last_super_admin, {"boss@acme.test"});
    given(holds).when(acme(body("nobody@acme.test"))).then_rejected(Rule::user_must_be_registered);
}

// ---- changeEmail

TEST_CASE("changeEmail keeps the person, with licenses and roles") {
    const auto world = steps(open_acme(), product("connect"), bought("i-1", "connect", 1), registered("ann"),
                             granted("ann", "admin"), bind(1, "ann"));
    given(world)
        .when(renamed("ann", "anna"))
        .then({"{'emailChanged':{'email':'ann@acme.test','newEmail':'anna@acme.test'}}"});
    given(world, renamed("ann", "anna"))
        .when(acme("'actor':'anna@acme.test','unbindLicense':{'sku':'connect','email':'anna@acme.test'}"))
        .then({"{'licenseUnbound':{'license':1,'email':'anna@acme.test'}}"});
    given(world, renamed("ann", "anna"))
        .when(bind(1, "ann"))
        .then_rejected(Rule::user_must_be_registered, {"ann@acme.test"});
    given(world, renamed("ann", "anna")).when(registered("ann")).then({"userRegistered"});
    given(world, renamed("ann", "anna")).when(registered("anna")).then_rejected(Rule::email_must_be_new);
}

TEST_CASE("changeEmail may change the case of one's own address, but not take another's") {
    given(open_acme(), registered("ann"))
        .when(renamed("ann", "Ann"))
        .then({"{'emailChanged':{'email':'ann@acme.test','newEmail':'Ann@acme.test'}}"});
    given(open_acme(), registered("ann"), renamed("ann", "Ann"))
        .when(removed("ann"))
        .then({"{'userRemoved':{'email':'Ann@acme.test'}}"});
    given(open_acme(), registered("ann"))
        .when(renamed("ann", "BOSS"))
        .then_rejected(Rule::email_must_be_new, {"BOSS@acme.test"});
}

TEST_CASE("changeEmail: rejections in order") {
    const auto body = [](const std::string& email, const std::string& to) {
        return "'changeEmail':{'email':'" + email + "','newEmail':'" + to + "'}";
    };
    check_order(
        {open_acme(), registered("ann")},
        common(
            body("", "x"), body("nobody@acme.test", "x"),
            {{Rule::email_must_be_valid, acme(body("nobody@acme.test", "x")), {"\"x\""}},
             {Rule::email_must_be_new, acme(body("nobody@acme.test", "ann@acme.test")), {"ann@acme.test"}},
             {Rule::user_must_be_registered, acme(body("nobody@acme.test", "new@acme.test")), {"nobody@acme.test"}}}),
        acme(body("ann@acme.test", "new@acme.test")));
}

// ---- grantRole, revokeRole

TEST_CASE("last_super_admin: one always stays") {
    const auto revoke = [](const std::string& name) {
        return acme("'revokeRole':{'email':'" + name + "@acme.test','role':'superAdmin'}");
    };
    const auto two = steps(open_acme(), registered("ann"), granted("ann", "superAdmin"));
    given(open_acme()).when(revoke("boss")).then_rejected(Rule::last_super_admin, {"boss@acme.test", "acme"});
    given(two).when(revoke("boss")).then({"{'roleRevoked':{'email':'boss@acme.test','role':'superAdmin'}}"});
    given(two, revoke("boss")).when(revoke("ann")).then_rejected(Rule::last_super_admin, {"ann@acme.test"});
    given(two, removed("boss")).when(removed("ann")).then_rejected(Rule::last_super_admin, {"ann@acme.test"});
    given(two, removed("boss")).when(revoke("ann")).then_rejected(Rule::last_super_admin);
    // Another role may go.
    given(open_acme(), granted("boss", "admin"))
        .when(acme("'revokeRole':{'email':'boss@acme.test','role':'admin'}"))
        .then({"roleRevoked"});
}

TEST_CASE("value_not_allowed: what is had is not granted, and what is not had is not revoked") {
    const auto revoked = [](const std::string& name, const std::string& role) {
        return acme("'revokeRole':{'email':'" + name + "@acme.test','role':'" + role + "'}");
    };
    const auto world = steps(open_acme(), registered("ann"));
    for (const std::string role : {"superAdmin", "admin", "billing", "auditor", "member"}) {
        CAPTURE(role);
        given(world).when(revoked("ann", role)).then_rejected(Rule::value_not_allowed, {"role: ann@acme.test", role});
        const auto has = steps(world, granted("ann", role));
        given(has)
            .when(granted("ann", role))
            .then_rejected(Rule::value_not_allowed, {"role: ann@acme.test", role, "already"});
        given(has).when(revoked("ann", role)).then({"{'roleRevoked':{'email':'ann@acme.test','role':'" + role + "'}}"});
        given(has, revoked("ann", role)).when(revoked("ann", role)).then_rejected(Rule::value_not_allowed);
        given(has, revoked("ann", role)).when(granted("ann", role)).then({"roleGranted"});
    }
    // Had from the beginning, and by nobody else.
    given(world).when(granted("boss", "superAdmin")).then_rejected(Rule::value_not_allowed, {"boss@acme.test"});
    // Who was removed took it with them.
    given(world, granted("ann", "admin"), removed("ann"), registered("ann"))
        .when(revoked("ann", "admin"))
        .then_rejected(Rule::value_not_allowed);
}

TEST_CASE("the last super admin of each account is its own") {
    given(open_acme(), "{'account':'globex','openAccount':{'name':'G','superAdmin':{'email':'boss@acme.test'}}}")
        .when(removed("boss"))
        .then_rejected(Rule::last_super_admin, {"acme"});
}

TEST_CASE("grantRole and revokeRole: rejections in order") {
    const std::string name = GENERATE("grantRole", "revokeRole");
    const auto body = [&](const std::string& email, const std::string& role) {
        return "'" + name + "':{'email':'" + email + "','role':'" + role + "'}";
    };
    auto rows = common(
        body("nobody@acme.test", "king"), body("nobody@acme.test", "superAdmin"),
        {{Rule::user_must_be_registered, acme(body("nobody@acme.test", "superAdmin")), {"nobody@acme.test", "acme"}}});
    // Whether it is had is known once the person is.
    if (name == "grantRole") {
        rows.push_back({Rule::value_not_allowed, acme(body("boss@acme.test", "superAdmin")), {"role: boss@acme.test"}});
    } else {
        rows.push_back({Rule::value_not_allowed, acme(body("ann@acme.test", "superAdmin")), {"role: ann@acme.test"}});
        rows.push_back({Rule::last_super_admin, acme(body("boss@acme.test", "superAdmin"))});
    }
    check_order({open_acme(), registered("ann"), granted("ann", "auditor")}, rows,
                acme(body("ann@acme.test", name == "grantRole" ? "superAdmin" : "auditor")));
}

}  // namespace seatledger
