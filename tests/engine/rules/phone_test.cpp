// Phone configurations: saved, kept for 7 days when the last license goes that they need, restored, purged.
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

std::string reassign(int license, const std::string& name) {
    return acme("'reassignLicense':{'license':" + std::to_string(license) + ",'email':'" + name + "@acme.test'}");
}

std::string reverse(const std::string& invoice) {
    return acme("'reversePayment':{'invoice':'" + invoice + "','reason':'chargeback'}");
}

std::string credit(const std::string& invoice, int quantity) {
    return acme("'creditInvoice':{'invoice':'" + invoice + "','line':1,'quantity':" + std::to_string(quantity) +
                ",'amount':{'amount':'0.00','currency':'USD'},'reason':'r'}");
}

std::string person(const std::string& command, const std::string& name) {
    return acme("'" + command + "':{'email':'" + name + "@acme.test'}");
}

// Licenses 1 and 2 of connect, 3 of mobile, which both keep phones, and 4 of chat, which does not. Ann has 1 and 4, and
// a configuration. It is the 2nd.
Steps world() {
    return steps(open_acme(), registered("ann"), registered("bob"), phone_product("connect"), phone_product("mobile"),
                 product("chat"), bought("i-1", "connect", 2), bought("i-2", "mobile", 1), bought("i-3", "chat", 1),
                 "2020-01-02T00:00:00Z", bind(1, "ann"), bind(4, "ann"), phone_saved("ann"));
}

// … and it is kept from then on.
Steps kept() { return steps(world(), unbind(1)); }

const std::string a_moment_before = "2020-01-08T23:59:59.999999Z";
const std::string until = "2020-01-09T00:00:00Z";
const std::string retained = "{'phoneRetained':{'email':'ann@acme.test','until':'2020-01-09T00:00:00.000000Z'}}";
const std::string restored = "{'phoneRestored':{'email':'ann@acme.test'}}";
const std::string purged = "{'phonePurged':{'email':'ann@acme.test'}}";

Phone phone_of_ann(const Steps& steps) {
    World world;
    for (const auto& step : steps) world.must_happen(step);
    return world.state().user(AccountNumber(1), UserId(2))->phone;
}

// The text as it is: neither ' nor " stands for anything else.
std::string save_raw(const std::string& config) {
    std::string escaped;
    for (const char c : config) {
        if (c == '"' || c == '\\') escaped += '\\';
        escaped += c == '\'' ? "\\u0027" : std::string(1, c);
    }
    return acme("'savePhone':{'email':'ann@acme.test','config':'" + escaped + "'}");
}

}  // namespace

// ---- savePhone

TEST_CASE("a configuration is saved as it was sent, for who has a license that keeps phones") {
    given(world())
        .when(acme("'actor':'boss@acme.test','savePhone':{'email':'ANN@acme.test','config':' {\\'line\\' : 2}'}"))
        .then({"{'actor':'boss@acme.test','via':'vendor','phoneSaved':{'email':'ann@acme.test','config':' {\\'line\\' "
               ": 2}'}}"});
    given(world(), bind(3, "bob")).when(phone_saved("bob")).then({"{'phoneSaved':{'email':'bob@acme.test'}}"});
}

TEST_CASE("all versions of a configuration have one key until it is purged, and then another") {
    const auto first = phone_of_ann(world()).key;
    CHECK(first);
    CHECK(phone_of_ann(steps(world(), phone_saved("ann", "2"))).key == first);
    CHECK(phone_of_ann(steps(kept(), bind(1, "ann"), phone_saved("ann", "2"))).key == first);
    CHECK_FALSE(phone_of_ann(steps(kept(), until, registered("cid"))).key);
    const auto second = phone_of_ann(steps(kept(), until, bind(1, "ann"), phone_saved("ann", "2"))).key;
    CHECK(second);
    CHECK(second != first);
}

TEST_CASE("user_must_hold_phone_product: none, of other products, expired, or taken away") {
    const auto rule = Rule::user_must_hold_phone_product;
    given(world()).when(phone_saved("bob")).then_rejected(rule, {"bob@acme.test"});
    given(world(), unbind(4), bind(4, "bob")).when(phone_saved("bob")).then_rejected(rule);
    given(kept()).when(phone_saved("ann")).then_rejected(rule, {"ann@acme.test"});
    given(world(), "2020-12-31T23:59:59.999999Z").when(phone_saved("ann")).then({"phoneSaved"});
    given(world(), "2021-01-01T00:00:00Z").when(phone_saved("ann")).then_rejected(rule);
}

TEST_CASE("config_too_large: more than 32 KiB, whatever it is") {
    const auto json = [](std::size_t bytes) { return "[" + std::string(bytes - 2, ' ') + "]"; };
    given(world()).when(phone_saved("ann", json(32'768))).then({"phoneSaved"});
    given(world()).when(phone_saved("ann", json(32'769))).then_rejected(Rule::config_too_large, {"32769", "32768"});
    given(world()).when(phone_saved("ann", std::string(40'000, 'x'))).then_rejected(Rule::config_too_large);
}

TEST_CASE("config_must_be_json: any JSON value is, and nothing else") {
    const auto nested = [](std::size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); };
    for (const auto& config : std::vector<std::string>{"null", "1", "-1.5e300", "\"text\"", "{}", "[]",
                                                       "{\"a\":[1,{\"b\":\"\\u00e4 ä\"}],\"c\":null}",
                                                       " [ true , false ] ", "{\"a\":1,\"a\":2}", nested(64)}) {
        INFO(config);
        World world;
        for (const auto& step : seatledger::world()) world.must_happen(step);
        const auto outcome = world.judge(save_raw(config));
        CHECK_FALSE(outcome.rejection);
    }
    for (const auto& config : std::vector<std::string>{"", " ", "{", "{}{}", "[1,]", "{a:1}", "nul", "01", "'a'",
                                                       "\"\\x\"", "[1] x", "// x", "NaN", nested(65)}) {
        INFO(config);
        World world;
        for (const auto& step : seatledger::world()) world.must_happen(step);
        const auto outcome = world.judge(save_raw(config));
        REQUIRE(outcome.rejection);
        CHECK(outcome.rejection->rule == Rule::config_must_be_json);
        // What is in it is nobody's business but theirs.
        CHECK((config.size() < 4 || outcome.rejection->message.find(config) == std::string::npos));
    }
    given(world()).when(acme("'savePhone':{'email':'ann@acme.test'}")).then_rejected(Rule::config_must_be_json);
}

TEST_CASE("savePhone: rejections in order") {
    const auto body = [](const std::string& email, const std::string& config) {
        return "'savePhone':{'email':'" + email + "','config':'" + config + "'}";
    };
    const std::string large(40'000, 'x');
    check_order(
        steps(world(), "2020-01-03T00:00:00Z"),
        {
            {Rule::value_not_allowed, nowhere + body("", large) + "}", {"email"}},
            {Rule::account_must_exist, nowhere + body("nobody@acme.test", large) + "}", {"nowhere"}},
            {Rule::role_required, acme(stranger + future + body("nobody@acme.test", large))},
            {Rule::effective_time_in_order, acme(future + body("nobody@acme.test", large))},
            {Rule::user_must_be_registered, acme(body("nobody@acme.test", large)), {"nobody@acme.test", "acme"}},
            {Rule::user_must_hold_phone_product, acme(body("bob@acme.test", large)), {"bob@acme.test"}},
            {Rule::config_too_large, acme(body("ann@acme.test", large)), {"40000"}},
            {Rule::config_must_be_json, acme(body("ann@acme.test", "x"))},
        },
        acme(body("ann@acme.test", "1")));
}

// ---- The last license goes

TEST_CASE("a configuration is kept for 7 days from the unbind of the last license that needs it") {
    given(world()).when(unbind(1)).then({"licenseUnbound", retained});
    given(world())
        .when(acme("'unbindLicense':{'sku':'connect','email':'ann@acme.test'}"))
        .then({"licenseUnbound", retained});
    given(world()).when(reassign(1, "bob")).then({"licenseUnbound", retained, "licenseBound"});
    given(world())
        .when(acme("'unbindLicenses':{'rows':[{'license':4},{'license':1}]}"))
        .then({"licenseUnbound", "licenseUnbound", retained});
}

TEST_CASE("a configuration is kept when the last license is revoked") {
    given(world())
        .when(credit("i-1", 2))
        .then({"invoiceCredited", "{'licensesRevoked':{'first':2}}", "{'licensesRevoked':{'first':1}}", retained});
    given(world())
        .when(reverse("i-1"))
        .then({"paymentReversed", "{'licensesRevoked':{'first':2}}", "{'licensesRevoked':{'first':1}}", retained});
    given(world()).when(credit("i-1", 1)).then({"invoiceCredited", "{'licensesRevoked':{'first':2}}"});
}

TEST_CASE("a configuration is kept when the last license expires, from the end of its term") {
    const std::string of_term =
        "{'effectiveAt':'2021-01-01T00:00:00.000000Z','actor':'ledger','phoneRetained':{'email'"
        ":'ann@acme.test','until':'2021-01-08T00:00:00.000000Z'}}";
    given(world(), "2021-01-03T00:00:00Z")
        .when(registered("cid"))
        .then_due({"notificationQueued", "notificationQueued", "{'licensesExpired':{'first':1}}", of_term,
                   "{'licensesExpired':{'first':3}}", "{'licensesExpired':{'first':4}}"});
    given(world(), "2021-02-01T00:00:00Z")
        .when(registered("cid"))
        .then_due({"notificationQueued", "notificationQueued", "licensesExpired", of_term, "licensesExpired",
                   "licensesExpired",
                   "{'effectiveAt':'2021-01-08T00:00:00.000000Z','actor':'ledger','phonePurged':{'email':'ann@acme."
                   "test'}}"});
    // Both at the same instant: it is kept once.
    given(world(), bind(3, "ann"), "2021-01-03T00:00:00Z")
        .when(registered("cid"))
        .then_due({"notificationQueued", "notificationQueued", "licensesExpired", of_term, "licensesExpired",
                   "licensesExpired"});
}

TEST_CASE("of several licenses that keep phones only the last one counts") {
    const auto both = steps(world(), bind(3, "ann"));
    given(both).when(unbind(1)).then({"licenseUnbound"});
    given(both).when(unbind(3)).then({"licenseUnbound"});
    given(both, unbind(3)).when(unbind(1)).then({"licenseUnbound", retained});
    given(both).when(reverse("i-1")).then({"paymentReversed", "licensesRevoked", "licensesRevoked"});
    given(both)
        .when(acme("'unbindLicenses':{'rows':[{'license':3},{'license':1}]}"))
        .then({"licenseUnbound", "licenseUnbound", retained});
    // In one commit, of one invoice.
    const auto of_one_invoice =
        steps(open_acme(), registered("ann"), registered("bob"), phone_product("connect"), phone_product("mobile"),
              acme("'issueInvoice':{'invoice':'i-1','raisedBy':'boss@acme.test','lines':[{'sku':'connect','quantity':2}"
                   ",{'sku':'mobile','quantity':2}]}"),
              paid("i-1", "40.00", "b-1"), "2020-01-02T00:00:00Z", bind(1, "ann"), bind(4, "ann"), bind(3, "bob"),
              phone_saved("ann"), phone_saved("bob"));
    given(of_one_invoice)
        .when(reverse("i-1"))
        .then({"paymentReversed", "{'licensesRevoked':{'first':2}}", "{'licensesRevoked':{'first':1}}",
               "{'licensesRevoked':{'first':4}}", retained, "{'licensesRevoked':{'first':3}}",
               "{'phoneRetained':{'email':'bob@acme.test','until':'2020-01-09T00:00:00.000000Z'}}"});
}

TEST_CASE("nothing is kept of who has saved nothing, nor by licenses of other products") {
    given(world(), bind(2, "bob")).when(unbind(2)).then({"licenseUnbound"});
    given(world()).when(unbind(4)).then({"licenseUnbound"});
    given(kept()).when(unbind(4)).then({"licenseUnbound"});
    given(kept(), until, bind(1, "ann")).when(unbind(1)).then({"licenseUnbound"});  // purged by then
}

TEST_CASE("a configuration is kept until the ledger's last instant where 7 days are more") {
    const auto at_the_end = steps(open_acme(), registered("ann"), phone_product("connect", "P7979Y11M30D"),
                                  bought("i-1", "connect", 1), bind(1, "ann"), phone_saved("ann"));
    given(at_the_end, "9999-12-30T00:00:00Z")
        .when(unbind(1))
        .then({"licenseUnbound", "{'phoneRetained':{'until':'9999-12-31T23:59:59.999999Z'}}"});
}

// ---- … and comes back

TEST_CASE("binding a license that keeps phones restores what is kept, in the same commit") {
    given(kept()).when(bind(1, "ann")).then({"licenseBound", restored});
    given(kept()).when(bind(3, "ann")).then({"{'licenseBound':{'sku':'mobile'}}", restored});
    given(kept())
        .when(acme("'bindLicense':{'sku':'connect','email':'ann@acme.test'}"))
        .then({"licenseBound", restored});
    given(kept(), bind(2, "bob")).when(reassign(2, "ann")).then({"licenseUnbound", "licenseBound", restored});
    given(kept())
        .when(acme("'bindLicenses':{'rows':[{'license':1,'email':'ann@acme.test'},{'license':3,'email':'ann@acme.test'"
                   "}]}"))
        .then({"licenseBound", restored, "licenseBound"});
    given(kept(), bind(1, "ann")).when(bind(3, "ann")).then({"licenseBound"});
    given(kept()).when(bind(1, "bob")).then({"licenseBound"});
    given(steps(kept(), unbind(4))).when(bind(4, "ann")).then({"licenseBound"});
}

TEST_CASE("a license that was ordered for somebody restores their configuration when it is issued") {
    const auto all =
        steps(open_acme(), phone_product("connect"), phone_product("mobile"), bought("i-1", "connect", 1),
              "2020-01-02T00:00:00Z", acme("'registerUser':{'email':'ann@acme.test','sku':'mobile'}"), bind(1, "ann"),
              phone_saved("ann"), unbind(1), acme("'fulfillOrder':{'order':1,'invoice':'i-2'}"));
    given(all)
        .when(paid("i-2", "10.00", "b-2"))
        .then({"invoicePaid", "licensesIssued", "orderFulfilled", "licenseBound", restored});
}

TEST_CASE("a configuration is restored until its instant, and at its instant it is purged") {
    given(kept(), a_moment_before).when(bind(1, "ann")).then_nothing_due().then({"licenseBound", restored});
    given(kept(), until)
        .when(bind(1, "ann"))
        .then_due({"{'effectiveAt':'2020-01-09T00:00:00.000000Z','actor':'ledger','phonePurged':{'email':'ann@acme."
                   "test'}}"})
        .then({"licenseBound"});
    given(kept(), a_moment_before).when(registered("cid")).then_nothing_due();
    given(kept(), "2020-02-01T00:00:00Z").when(registered("cid")).then_due({purged});
}

TEST_CASE("what was restored is not purged, and is kept anew from when the license goes again") {
    const auto back = steps(kept(), "2020-01-05T00:00:00Z", bind(1, "ann"));
    given(back, until).when(registered("cid")).then_nothing_due();
    given(back).when(unbind(1)).then({"licenseUnbound", "{'phoneRetained':{'until':'2020-01-12T00:00:00.000000Z'}}"});
    given(back, unbind(1), "2020-01-11T23:59:59.999999Z").when(registered("cid")).then_nothing_due();
    given(back, unbind(1), "2020-01-12T00:00:00Z").when(registered("cid")).then_due({purged});
}

TEST_CASE("a license may end and another be bound at the same instant") {
    const auto day = steps(open_acme(), registered("ann"), phone_product("day", "P1D"), phone_product("connect"),
                           bought("i-1", "day", 1), bought("i-2", "connect", 1), bind(1, "ann"), phone_saved("ann"));
    given(day, "2020-01-02T00:00:00Z")
        .when(bind(2, "ann"))
        .then_due({"licensesExpired", retained})
        .then({"licenseBound", restored});
    given(day, bind(2, "ann"), "2020-01-02T00:00:00Z").when(registered("cid")).then_due({"licensesExpired"});
    // The 7 days end with the term of another, which is bound to nobody.
    given(day, "2020-01-09T00:00:00Z").when(bind(2, "ann")).then_due({"licensesExpired", retained, purged});
}

TEST_CASE("reassigning a license to whoever has it takes it and gives it: kept, and restored at once") {
    given(world()).when(reassign(1, "ann")).then({"licenseUnbound", retained, "licenseBound", restored});
    given(world(), reassign(1, "ann"), until).when(registered("cid")).then_nothing_due();
    given(world(), bind(3, "ann")).when(reassign(1, "ann")).then({"licenseUnbound", "licenseBound"});
}

// ---- People who go

TEST_CASE("whoever is erased takes a configuration with them that was kept") {
    const auto gone = steps(kept(), unbind(4));
    given(gone).when(person("erasePerson", "ann")).then({"userRemoved", purged, "personErased"});
    given(gone, person("erasePerson", "ann"), until).when(registered("cid")).then_nothing_due();
    given(gone, until).when(person("erasePerson", "ann")).then_due({purged}).then({"userRemoved", "personErased"});
}

TEST_CASE("a configuration that is kept outlives the person's removal, and nobody else gets it") {
    const auto gone = steps(kept(), unbind(4), person("removeUser", "ann"));
    given(gone, registered("ann")).when(bind(1, "ann")).then({"licenseBound"});
    given(gone, until).when(registered("ann")).then_due({"phonePurged"});
}

}  // namespace seatledger
