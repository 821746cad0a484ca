// Licenses: bind, unbind, reassign.
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/given.h"

namespace seatledger {
namespace {

using namespace testing;

const std::string future = "'at':'2020-01-03T00:00:00.000001Z',";
const std::string stranger = "'actor':'nobody@acme.test',";
const std::string nowhere = "{'account':'nowhere'," + stranger + future;

std::string bind_any(const std::string& sku, const std::string& name) {
    return acme("'bindLicense':{'sku':'" + sku + "','email':'" + name + "@acme.test'}");
}

std::string unbind_of(const std::string& sku, const std::string& name) {
    return acme("'unbindLicense':{'sku':'" + sku + "','email':'" + name + "@acme.test'}");
}

std::string reassign(int license, const std::string& name) {
    return acme("'reassignLicense':{'license':" + std::to_string(license) + ",'email':'" + name + "@acme.test'}");
}

// Licenses 1 to 3 of connect and 4 of center, in the hands of nobody.
Steps world() {
    return steps(open_acme(), registered("ann"), registered("bob"), product("connect"), product("center"),
                 bought("i-1", "connect", 3), bought("i-2", "center", 1));
}

// … after two days: 5 (old) has expired, 1 is ann's, 2 is bob's, 3 is free; none of full is free.
Steps used_world() {
    return steps(world(), product("old", "P1D"), bought("i-3", "old", 1), bind(5, "boss"), product("full"),
                 bought("i-4", "full", 1), bind(6, "boss"), bind(1, "ann"), bind(2, "bob"), "2020-01-03T00:00:00Z");
}

}  // namespace

// ---- bindLicense

TEST_CASE("a license is bound to a person and shows whose it is") {
    given(world())
        .when(acme("'actor':'boss@acme.test','bindLicense':{'license':2,'email':'ann@acme.test'}"))
        .then({"{'account':'acme','actor':'boss@acme.test','via':'vendor','effectiveAt':'2020-01-01T00:00:00.000000Z',"
               "'licenseBound':{'license':2,'email':'ann@acme.test','sku':'connect'}}"});
}

TEST_CASE("an administrator may bind a license to themself") {
    given(world())
        .when(acme("'actor':'boss@acme.test','bindLicense':{'license':2,'email':'boss@acme.test'}"))
        .then({"licenseBound"});
}

TEST_CASE("by sku the free license that ends first is bound, of several the lowest number") {
    const auto all =
        steps(world(), "2020-02-01T00:00:00Z", bought("i-9", "connect", 1),
              acme("'issueInvoice':{'invoice':'short','raisedBy':'boss@acme.test','lines':[{'sku':'connect',"
                   "'quantity':2,'term':'P1M'}]}"),
              paid("short", "20.00", "b"));
    given(all).when(bind_any("connect", "ann")).then({"{'licenseBound':{'license':6}}"});
    given(all, bind(6, "bob")).when(bind_any("connect", "ann")).then({"{'licenseBound':{'license':7}}"});
    given(all, bind(6, "bob"), bind(7, "boss"))
        .when(bind_any("connect", "ann"))
        .then({"{'licenseBound':{'license':1}}"});
    given(all, bind(6, "bob"), bind(7, "boss"), unbind(6))
        .when(bind_any("connect", "ann"))
        .then({"{'licenseBound':{'license':6}}"});
    given(all, bind(1, "bob"), "2020-03-01T00:00:00Z")  // the short ones have ended
        .when(bind_any("connect", "ann"))
        .then({"{'licenseBound':{'license':2}}"});
}

TEST_CASE("no_license_available: none was issued, none is free, or the free ones have expired") {
    given(open_acme(), product("connect"))
        .when(bind_any("connect", "boss"))
        .then_rejected(Rule::no_license_available, {"connect", "acme"});
    given(world(), bind(4, "bob"))
        .when(bind_any("center", "ann"))
        .then_rejected(Rule::no_license_available, {"center"});
    given(world(), "2021-01-01T00:00:00Z")
        .when(bind_any("connect", "ann"))
        .then_rejected(Rule::no_license_available, {"connect"});
}

TEST_CASE("license_must_exist: the message says which there are") {
    given(open_acme()).when(bind(1, "boss")).then_rejected(Rule::license_must_exist, {"license 1", "none"});
    for (const int license : {5, 100}) {
        const auto named = "license " + std::to_string(license);
        given(world()).when(bind(license, "ann")).then_rejected(Rule::license_must_exist, {named, "1 to 4"});
        given(world()).when(unbind(license)).then_rejected(Rule::license_must_exist, {named, "1 to 4"});
        given(world()).when(reassign(license, "ann")).then_rejected(Rule::license_must_exist, {named, "1 to 4"});
    }
    given(world())
        .when(acme("'bindLicense':{'license':4294967295,'email':'ann@acme.test'}"))
        .then_rejected(Rule::license_must_exist, {"license 4294967295"});
}

TEST_CASE("user_must_not_hold_product: one license of a product per user at a time") {
    given(world(), bind(1, "ann"))
        .when(bind(2, "ann"))
        .then_rejected(Rule::user_must_not_hold_product, {"ann@acme.test", "license 1", "connect"});
    given(world(), bind(1, "ann")).when(bind(4, "ann")).then({"licenseBound"});
    given(world(), bind(1, "ann"), unbind(1)).when(bind(2, "ann")).then({"licenseBound"});
    given(world(), bind(1, "ann"), reassign(1, "bob")).when(bind(2, "ann")).then({"licenseBound"});
}

TEST_CASE("bindLicense by license: rejections in order") {
    const auto body = [](const std::string& license, const std::string& name) {
        return "'bindLicense':{'license':" + license + ",'email':'" + name + "@acme.test'}";
    };
    // bound: to somebody else, of a product that the person has.
    check_order(used_world(),
                {
                    {Rule::value_not_allowed,
                     nowhere + "'bindLicense':{'license':9,'sku':'connect','email':'nobody@acme.test'}}",
                     {"sku"}},
                    {Rule::account_must_exist, nowhere + body("9", "nobody") + "}", {"nowhere"}},
                    {Rule::role_required, acme(stranger + future + body("9", "nobody"))},
                    {Rule::effective_time_in_order, acme(future + body("9", "nobody"))},
                    {Rule::user_must_be_registered, acme(body("9", "nobody")), {"nobody@acme.test", "acme"}},
                    {Rule::license_must_exist, acme(body("9", "ann")), {"license 9"}},
                    {Rule::license_must_not_be_expired, acme(body("5", "boss")), {"license 5", "2020-01-02T00:00:00"}},
                    {Rule::license_must_be_available, acme(body("2", "ann")), {"license 2", "bob@acme.test"}},
                    {Rule::user_must_not_hold_product, acme(body("3", "ann")), {"ann@acme.test", "license 1"}},
                },
                acme(body("3", "boss")));
}

TEST_CASE("bindLicense by sku: rejections in order") {
    const auto body = [](const std::string& sku, const std::string& name) {
        return "'bindLicense':{'sku':'" + sku + "','email':'" + name + "@acme.test'}";
    };
    check_order(used_world(),
                {
                    {Rule::value_not_allowed, nowhere + "'bindLicense':{'email':'nobody@acme.test'}}", {"license"}},
                    {Rule::account_must_exist, nowhere + body("nothing", "nobody") + "}"},
                    {Rule::role_required, acme(stranger + future + body("nothing", "nobody"))},
                    {Rule::effective_time_in_order, acme(future + body("nothing", "nobody"))},
                    {Rule::user_must_be_registered, acme(body("nothing", "nobody")), {"nobody@acme.test"}},
                    {Rule::sku_must_exist, acme(body("nothing", "ann")), {"nothing"}},
                    {Rule::no_license_available, acme(body("full", "boss")), {"full"}},
                    {Rule::user_must_not_hold_product, acme(body("connect", "ann")), {"ann@acme.test", "license 1"}},
                },
                acme(body("connect", "boss")));
}

// ---- unbindLicense

TEST_CASE("an unbound license is free again and may be bound to anyone, any number of times") {
    const auto once = steps(bind(1, "ann"), unbind(1), bind(1, "bob"), unbind(1));
    given(world(), once, once, once).when(bind(1, "ann")).then({"{'licenseBound':{'license':1}}"});
}

TEST_CASE("a license is unbound by its number or by product and person") {
    given(world(), bind(2, "ann"))
        .when(unbind(2))
        .then({"{'licenseUnbound':{'license':2,'email':'ann@acme.test','sku':'connect'}}"});
    given(world(), bind(4, "ann"), bind(2, "ann"))
        .when(unbind_of("connect", "ANN"))
        .then({"{'licenseUnbound':{'license':2,'email':'ann@acme.test','sku':'connect'}}"});
}

TEST_CASE("taking a license away never takes another product's away") {
    given(world(), bind(1, "ann"), bind(4, "ann"), unbind(1))
        .when(unbind_of("center", "ann"))
        .then({"{'licenseUnbound':{'license':4}}"});
}

TEST_CASE("license_must_be_bound: free, expired, or somebody else's") {
    given(world()).when(unbind(1)).then_rejected(Rule::license_must_be_bound, {"license 1"});
    given(world(), bind(1, "ann"), unbind(1)).when(unbind(1)).then_rejected(Rule::license_must_be_bound, {"license 1"});
    given(world(), bind(1, "ann"), "2021-01-01T00:00:00Z")
        .when(unbind(1))
        .then_rejected(Rule::license_must_be_bound, {"license 1", "expired on 2021-01-01T00:00:00"});
    given(world(), bind(1, "ann"))
        .when(unbind_of("connect", "bob"))
        .then_rejected(Rule::license_must_be_bound, {"bob@acme.test", "connect"});
    given(world(), bind(1, "ann"), "2021-01-01T00:00:00Z")
        .when(unbind_of("connect", "ann"))
        .then_rejected(Rule::license_must_be_bound, {"ann@acme.test"});
}

TEST_CASE("unbindLicense: rejections in order") {
    const auto license = [](const std::string& number) { return "'unbindLicense':{'license':" + number + "}"; };
    const auto sku = [](const std::string& product, const std::string& name) {
        return "'unbindLicense':{'sku':'" + product + "','email':'" + name + "@acme.test'}";
    };
    check_order(
        used_world(),
        {
            {Rule::value_not_allowed, nowhere + "'unbindLicense':{'license':9,'email':'ann@acme.test'}}", {"email"}},
            {Rule::account_must_exist, nowhere + license("9") + "}"},
            {Rule::role_required, acme(stranger + future + license("9"))},
            {Rule::effective_time_in_order, acme(future + license("9"))},
            {Rule::license_must_exist, acme(license("9")), {"license 9"}},
            {Rule::license_must_be_bound, acme(license("3")), {"license 3"}},
        },
        acme(license("1")));
    check_order(used_world(),
                {
                    {Rule::value_not_allowed, nowhere + "'unbindLicense':{'sku':'nothing'}}", {"email"}},
                    {Rule::account_must_exist, nowhere + sku("nothing", "nobody") + "}"},
                    {Rule::role_required, acme(stranger + future + sku("nothing", "nobody"))},
                    {Rule::effective_time_in_order, acme(future + sku("nothing", "nobody"))},
                    {Rule::user_must_be_registered, acme(sku("nothing", "nobody")), {"nobody@acme.test"}},
                    {Rule::sku_must_exist, acme(sku("nothing", "ann")), {"nothing"}},
                    {Rule::license_must_be_bound, acme(sku("full", "ann")), {"ann@acme.test", "full"}},
                },
                acme(sku("connect", "ann")));
}

// ---- reassignLicense

TEST_CASE("reassignLicense is an unbind and a bind in one commit") {
    given(world(), bind(1, "ann"))
        .when(reassign(1, "bob"))
        .then({"{'licenseUnbound':{'license':1,'email':'ann@acme.test','sku':'connect'}}",
               "{'licenseBound':{'license':1,'email':'bob@acme.test','sku':'connect'}}"});
    given(world(), bind(1, "ann"), bind(2, "bob"))
        .when(reassign(1, "bob"))
        .then_rejected(Rule::user_must_not_hold_product, {"bob@acme.test", "license 2"});
    given(world(), bind(1, "ann"), reassign(1, "bob"))
        .when(unbind(1))
        .then({"{'licenseUnbound':{'email':'bob@acme.test'}}"});
    // To whoever has it: they held the product, but under this very license.
    given(world(), bind(1, "ann")).when(reassign(1, "ann")).then({"licenseUnbound", "licenseBound"});
}

TEST_CASE("reassignLicense: rejections in order") {
    const auto body = [](const std::string& license, const std::string& name) {
        return "'reassignLicense':{'license':" + license + ",'email':'" + name + "@acme.test'}";
    };
    check_order(used_world(),
                {
                    {Rule::value_not_allowed, nowhere + "'reassignLicense':{'email':'nobody@acme.test'}}", {"license"}},
                    {Rule::account_must_exist, nowhere + body("9", "nobody") + "}"},
                    {Rule::role_required, acme(stranger + future + body("9", "nobody"))},
                    {Rule::effective_time_in_order, acme(future + body("9", "nobody"))},
                    {Rule::user_must_be_registered, acme(body("9", "nobody")), {"nobody@acme.test"}},
                    {Rule::license_must_exist, acme(body("9", "ann")), {"license 9"}},
                    {Rule::license_must_not_be_expired, acme(body("5", "ann")), {"license 5", "2020-01-02T00:00:00"}},
                    {Rule::user_must_not_hold_product, acme(body("3", "ann")), {"ann@acme.test", "license 1"}},
                    {Rule::license_must_be_bound, acme(body("3", "boss")), {"license 3"}},
                },
                acme(body("1", "boss")));
}

// ---- bindLicenses, unbindLicenses: what they share with every command; their rows are judged by the rules above.

TEST_CASE("bindLicenses and unbindLicenses: rejections in order") {
    const std::string name = GENERATE("bindLicenses", "unbindLicenses");
    const auto body = [&](const std::string& rows) { return "'" + name + "':{'rows':[" + rows + "]}"; };
    const std::string bad = "{'sku':'connect','email':'ann@acme.test'},{'sku':'connect'}";
    const std::string row = "{'sku':'nothing','email':'nobody@acme.test'}";
    check_order(used_world(),
                {
                    {Rule::value_not_allowed, nowhere + body("") + "}", {"rows"}},
                    {Rule::value_not_allowed, nowhere + body(bad) + "}", {"rows[1].email"}},
                    {Rule::account_must_exist, nowhere + body(row) + "}"},
                    {Rule::role_required, acme(stranger + future + body(row)), {"nobody@acme.test"}},
                    {Rule::effective_time_in_order, acme(future + body(row))},
                    {Rule::user_must_be_registered, acme(body(row)), {"nobody@acme.test"}},
                },
                acme(body(name == "bindLicenses" ? "{'license':3,'email':'boss@acme.test'}" : "{'license':1}")));
}

}  // namespace seatledger
