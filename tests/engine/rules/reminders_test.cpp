// Reminders that terms end, and in which language somebody is written to.
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/given.h"

namespace seatledger {
namespace {

using namespace testing;

// What may happen again and again.
const std::string change = "'setPassword':{'email':'boss@acme.test','password':'a good password'}";

// Both licenses of connect end on 2021-01-01T00:00:00Z.
Steps one_year() { return steps(open_acme(), registered("ann"), product("connect"), bought("i-1", "connect", 2)); }

std::string reminder(const std::string& effective_at, int days, const std::string& ends_on,
                     const std::string& email = "boss@acme.test") {
    return "{'actor':'ledger','via':null,'requestId':null,'effectiveAt':'" + effective_at +
           "','notificationQueued':{'email':'" + email +
           "','letter':'termEnds','invoice':null,'daysLeft':" + std::to_string(days) + ",'endsOn':'" + ends_on + "'}}";
}

// An invoice of one license of connect whose line has an end of its own, and its payment now.
Steps bought_until(const std::string& invoice, const std::string& valid_until, const std::string& sku = "connect") {
    return {acme("'issueInvoice':{'invoice':'" + invoice + "','raisedBy':'boss@acme.test','lines':[{'sku':'" + sku +
                 "','quantity':1,'validUntil':'" + valid_until + "'}]}"),
            paid(invoice, "10.00", "b-" + invoice)};
}

}  // namespace

TEST_CASE("30 and 7 times 24 h before a term ends the super admin is reminded, at that very instant") {
    given(one_year(), "2020-12-01T23:59:59.999999Z").when(acme(change)).then_nothing_due();
    given(one_year(), "2020-12-02T00:00:00Z")
        .when(acme(change))
        .then_due({reminder("2020-12-02T00:00:00.000000Z", 30, "2021-01-01")});
    given(one_year(), "2020-12-02T00:00:00.000001Z")
        .when(acme(change))
        .then_due({reminder("2020-12-02T00:00:00.000000Z", 30, "2021-01-01")});
    const auto reminded = steps(one_year(), "2020-12-02T00:00:00Z", acme(change));
    given(reminded, "2020-12-24T23:59:59.999999Z").when(acme(change)).then_nothing_due();
    given(reminded, "2020-12-25T00:00:00Z")
        .when(acme(change))
        .then_due({reminder("2020-12-25T00:00:00.000000Z", 7, "2021-01-01")});
    given(reminded, "2021-02-01T00:00:00Z")
        .when(acme(change))
        .then_due({reminder("2020-12-25T00:00:00.000000Z", 7, "2021-01-01"), "licensesExpired"});
}

TEST_CASE("every super admin is reminded, who was removed or lost the role is not, other roles are not") {
    const auto people =
        steps(one_year(), registered("eve"), registered("sam"), granted("eve", "superAdmin"),
              granted("sam", "superAdmin"), granted("ann", "admin"),
              acme("'revokeRole':{'email':'sam@acme.test','role':'superAdmin'}"), "2020-12-02T00:00:00Z");
    given(people)
        .when(acme(change))
        .then_due({reminder("2020-12-02T00:00:00.000000Z", 30, "2021-01-01"),
                   reminder("2020-12-02T00:00:00.000000Z", 30, "2021-01-01", "eve@acme.test")});
    given(one_year(), granted("ann", "superAdmin"), acme("'removeUser':{'email':'boss@acme.test'}"),
          "2020-12-02T00:00:00Z")
        .when(acme("'registerUser':{'email':'new@acme.test'}"))
        .then_due({reminder("2020-12-02T00:00:00.000000Z", 30, "2021-01-01", "ann@acme.test")});
}

TEST_CASE("one letter is about all that ends on a day of the account's calendar, before the first of it") {
    // In Sydney the first of January 2021 began at 13:00 UTC.
    const auto world =
        steps(open_acme("Australia/Sydney"), product("connect"), bought_until("i-1", "2020-12-31T18:00:00Z"),
              bought_until("i-2", "2020-12-31T13:00:00Z"), bought_until("i-3", "2021-01-01T12:59:59.999999Z"),
              bought_until("i-4", "2020-12-31T12:59:59.999999Z"), bought_until("i-5", "2021-01-01T13:00:00Z"));
    given(world, "2020-12-03T00:00:00Z")
        .when(acme(change))
        .then_due({reminder("2020-12-01T12:59:59.999999Z", 30, "2020-12-31"),
                   reminder("2020-12-01T13:00:00.000000Z", 30, "2021-01-01"),
                   reminder("2020-12-02T13:00:00.000000Z", 30, "2021-01-02")});
    given(world, "2020-12-03T00:00:00Z")
        .when(acme(change))
        .then_due({"{'notificationQueued':{'endsBy':'2020-12-31T12:59:59.999999Z'}}",
                   "{'notificationQueued':{'endsBy':'2021-01-01T12:59:59.999999Z'}}",
                   "{'notificationQueued':{'endsBy':'2021-01-02T12:59:59.999999Z'}}"});
}

TEST_CASE("what was revoked is not reminded of, unless something else ends that day") {
    const auto credited = [](int quantity) {
        return acme("'creditInvoice':{'invoice':'i-1','line':1,'quantity':" + std::to_string(quantity) +
                    ",'amount':{'amount':'1.00','currency':'USD'},'reason':'x'}");
    };
    given(one_year(), credited(2), "2020-12-30T00:00:00Z").when(acme(change)).then_nothing_due();
    given(one_year(), credited(1), "2020-12-02T00:00:00Z").when(acme(change)).then_due({"notificationQueued"});
    // The first of the day is gone; the letter is due before the second.
    const auto two = steps(open_acme(), product("connect"), bought_until("i-1", "2021-01-01T06:00:00Z"),
                           bought_until("i-2", "2021-01-01T18:00:00Z"),
                           acme("'reversePayment':{'invoice':'i-1','reason':'x'}"), "2020-12-03T00:00:00Z");
    given(two).when(acme(change)).then_due({reminder("2020-12-02T18:00:00.000000Z", 30, "2021-01-01")});
}

TEST_CASE("whose reminder would have been due when they were bought, or before, get the other one only") {
    const auto world = steps(open_acme(), product("connect"));
    given(world, bought_until("i-1", "2020-01-31T00:00:00Z"), "2020-02-01T00:00:00Z")
        .when(acme(change))
        .then_due({reminder("2020-01-24T00:00:00.000000Z", 7, "2020-01-31"), "licensesExpired"});
    given(world, bought_until("i-1", "2020-01-31T00:00:00.000001Z"), "2020-01-01T00:00:00.000001Z")
        .when(acme(change))
        .then_due({reminder("2020-01-01T00:00:00.000001Z", 30, "2020-01-31")});
    given(world, bought_until("i-1", "2020-01-08T00:00:00Z"), "2020-02-01T00:00:00Z")
        .when(acme(change))
        .then_due({"licensesExpired"});
    // Short terms keep nobody from being reminded of long ones.
    given(world, bought_until("i-1", "2020-06-01T00:00:00Z"), bought_until("i-2", "2020-01-05T00:00:00Z"),
          "2020-05-02T00:00:00Z")
        .when(acme(change))
        .then_due({"licensesExpired", reminder("2020-05-02T00:00:00.000000Z", 30, "2020-06-01")});
}

TEST_CASE("what is bought after the letter of its day is in the next one, and has none of its own") {
    const auto world =
        steps(open_acme(), product("connect"), bought_until("i-1", "2020-03-01T06:00:00Z"), "2020-01-31T06:00:00Z",
              acme(change), "2020-01-31T07:00:00Z", bought_until("i-2", "2020-03-01T18:00:00Z"));
    given(world, "2020-02-29T00:00:00Z")
        .when(acme(change))
        .then_due({reminder("2020-02-23T06:00:00.000000Z", 7, "2020-03-01")});
}

TEST_CASE("while its past is brought in an account gets no reminders, and later only those that are still to come") {
    const auto world = steps(
        "{'account':'acme','at':'2019-01-01T00:00:00Z','openAccount':{'name':'Acme','importing':true,'superAdmin':{"
        "'email':'boss@acme.test'}}}",
        product("connect"), bought_until("i-1", "2020-01-20T00:00:00Z"), bought_until("i-2", "2020-03-01T00:00:00Z"),
        acme("'endImport':{}"));
    given(world, "2020-02-01T00:00:00Z")
        .when(acme(change))
        .then_due({reminder("2020-01-13T00:00:00.000000Z", 7, "2020-01-20"), "licensesExpired",
                   reminder("2020-01-31T00:00:00.000000Z", 30, "2020-03-01")});
    given("2020-12-31T00:00:00Z", world).when(acme(change)).then_nothing_due();
}

TEST_CASE("where a day ends in no year that there is, its letter is about all that comes after") {
    given(open_acme(), product("connect"), bought_until("i-1", "9999-12-31T23:59:59Z"), "9999-12-10T00:00:00Z")
        .when(acme(change))
        .then_due({"{'notificationQueued':{'endsOn':'9999-12-31','endsBy':'9999-12-31T23:59:59.999999Z'}}"});
}

TEST_CASE("what ends at the last instant that there is is reminded of once") {
    given(open_acme(), product("connect"), bought_until("i-1", "9999-12-31T23:59:59.999999Z"), "9999-12-31T00:00:00Z")
        .when(acme(change))
        .then_due({"{'notificationQueued':{'daysLeft':30,'endsBy':'9999-12-31T23:59:59.999999Z'}}",
                   "{'notificationQueued':{'daysLeft':7,'endsBy':'9999-12-31T23:59:59.999999Z'}}"});
}

TEST_CASE("people are written to in the language that was said for them, else in that of their account, else English") {
    const auto open = [](const std::string& account, const std::string& person) {
        return acme("'openAccount':{'name':'A'" + account + ",'superAdmin':{'email':'boss@acme.test'" + person + "}}");
    };
    const auto opened = [](const std::string& account, const std::string& person) {
        return std::vector<std::string>{"{'accountOpened':{'language':'" + account + "'}}",
                                        "{'userRegistered':{'language':'" + person + "'}}", "roleGranted"};
    };
    given().when(open("", "")).then(opened("en", "en"));
    given().when(open(",'language':'ru'", "")).then(opened("ru", "ru"));
    given().when(open(",'language':'ru'", ",'language':'pt'")).then(opened("ru", "pt"));
    const auto in_russia = open(",'language':'ru'", "");
    given(in_russia).when(registered("ann")).then({"{'userRegistered':{'language':'ru'}}"});
    given(in_russia)
        .when(acme("'registerUser':{'email':'ann@acme.test','language':'en'}"))
        .then({"{'userRegistered':{'language':'en'}}"});
}

TEST_CASE("value_not_allowed: a language is one of those that there are letters in") {
    for (const std::string wrong : {"de", "RU", "pt-BR", "english", " "}) {
        given(open_acme())
            .when(acme("'registerUser':{'email':'ann@acme.test','language':'" + wrong + "'}"))
            .then_rejected(Rule::value_not_allowed, {"language", "en, ru, pt"});
        given()
            .when(acme("'openAccount':{'name':'A','language':'" + wrong + "','superAdmin':{'email':'b@acme.test'}}"))
            .then_rejected(Rule::value_not_allowed, {"language", "en, ru, pt"});
        given()
            .when(acme("'openAccount':{'name':'A','superAdmin':{'email':'b@acme.test','language':'" + wrong + "'}}"))
            .then_rejected(Rule::value_not_allowed, {"superAdmin.language", "en, ru, pt"});
    }
    given()
        .when(acme("'openAccount':{'name':'A','language':'','superAdmin':{'email':'b@acme.test'}}"))
        .then_rejected(Rule::value_not_allowed, {"language"});
}

}  // namespace seatledger
