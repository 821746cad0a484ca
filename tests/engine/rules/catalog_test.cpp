// The vendor's products.
#include <string>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/given.h"

namespace seatledger {
namespace {

using namespace testing;

const std::string future = "'at':'2020-01-01T00:00:00.000001Z',";
const std::string stranger = "'actor':'nobody@acme.test',";

std::string define(const std::string& sku, const std::string& term, const std::string& price,
                   const std::string& billing = "purchased") {
    return "'defineProduct':{'sku':'" + sku + "','name':'Product','type':'seat','features':['calls','sms'],'term':'" +
           term + "','unitPrice':{'amount':'" + price + "','currency':'USD'},'billing':'" + billing + "'}}";
}

std::string retire(const std::string& sku) { return "{'retireProduct':{'sku':'" + sku + "'}}"; }

}  // namespace

TEST_CASE("defineProduct puts a product on offer") {
    given()
        .when("{" + define("connect", "P1Y", "0.015", "assigned"))
        .then({"{'account':null,'productDefined':{'sku':'connect','name':'Product','type':'seat',"
               "'features':['calls','sms'],'term':'P1Y','unitPrice':{'amount':'0.015','currency':'USD'},"
               "'billing':'assigned','keepsPhone':false}}"});
}

TEST_CASE("sku_must_be_new: a retired product's sku is not new either") {
    given(product("connect")).when(product("connect")).then_rejected(Rule::sku_must_be_new, {"connect"});
    given(product("connect"), retire("connect")).when(product("connect")).then_rejected(Rule::sku_must_be_new);
    given(product("connect")).when(product("Connect")).then({"productDefined"});
}

TEST_CASE("term_must_be_positive: a term of no time at all, however it is written") {
    for (const std::string term : {"P0D", "P0Y0M0D", "PT0S", "P0W", "PT0H0M"}) {
        given().when(product("connect", term)).then_rejected(Rule::term_must_be_positive, {term});
    }
    given().when(product("connect", "PT1S")).then({"productDefined"});
}

TEST_CASE("price_must_not_be_negative: 0 is a price") {
    given().when("{" + define("a", "P1Y", "0")).then({"productDefined"});
    given().when("{" + define("a", "P1Y", "-0.000001")).then_rejected(Rule::price_must_not_be_negative, {"-0.000001"});
    given(product("a"))
        .when("{'changeProduct':{'sku':'a','unitPrice':{'amount':'-1','currency':'USD'}}}")
        .then_rejected(Rule::price_must_not_be_negative, {"-1.00"});
}

TEST_CASE("membership_product_must_be_single: one on offer at a time") {
    const auto center = "{" + define("center", "P1Y", "1", "membership");
    const auto other = "{" + define("other", "P1Y", "1", "membership");
    given(center).when(other).then_rejected(Rule::membership_product_must_be_single, {"center"});
    given(center, retire("center")).when(other).then({"{'productDefined':{'billing':'membership'}}"});
    given(center).when("{" + define("other", "P1Y", "1", "assigned")).then({"productDefined"});
}

TEST_CASE("defineProduct: rejections in order") {
    const auto membership = [](const std::string& sku, const std::string& term, const std::string& price) {
        return define(sku, term, price, "membership");
    };
    check_order(
        {"{" + membership("center", "P1Y", "1")},
        {
            {Rule::value_not_allowed,
             "{" + stranger + future + define("center", "P0D", "-1", "gratis"),
             {"billing", "product center"}},
            {Rule::role_required, "{" + stranger + future + membership("center", "P0D", "-1")},
            {Rule::effective_time_in_order, "{" + future + membership("center", "P0D", "-1")},
            {Rule::sku_must_be_new, "{" + membership("center", "P0D", "-1"), {"center"}},
            {Rule::term_must_be_positive, "{" + membership("other", "P0D", "-1"), {"product other", "P0D"}},
            {Rule::price_must_not_be_negative, "{" + membership("other", "P1Y", "-1"), {"product other", "-1.00"}},
            {Rule::membership_product_must_be_single, "{" + membership("other", "P1Y", "1"), {"center"}},
        },
        "{" + define("other", "P1Y", "1"));
}

TEST_CASE("value_not_allowed: a term or a currency that is none names its product") {
    given()
        .when("{" + define("connect", "a year", "1"))
        .then_rejected(Rule::value_not_allowed, {"term", "product connect"});
    const std::string price = "'unitPrice':{'amount':'1','currency':'XXY'}}}";
    for (const std::string start : {"{'defineProduct':{'sku':'connect','name':'C','type':'t','term':'P1Y',",
                                    "{'changeProduct':{'sku':'connect',"}) {
        given().when(start + price).then_rejected(Rule::value_not_allowed, {"unitPrice.currency", "product connect"});
    }
}

TEST_CASE("changeProduct changes what is said and leaves the rest") {
    const auto defined = "{" + define("connect", "P1Y", "10");
    given(defined)
        .when("{'changeProduct':{'sku':'connect','name':'New'}}")
        .then({"{'productChanged':{'sku':'connect','name':'New','features':['calls','sms'],"
               "'unitPrice':{'amount':'10.00','currency':'USD'}}}"});
    given(defined)
        .when("{'changeProduct':{'sku':'connect','features':['video']}}")
        .then({"{'productChanged':{'name':'Product','features':['video'],'unitPrice':{'amount':'10.00'}}}"});
    given(defined)
        .when("{'changeProduct':{'sku':'connect','features':[]}}")
        .then({"{'productChanged':{'features':[]}}"});
    given(defined, "{'changeProduct':{'sku':'connect','unitPrice':{'amount':'12.5','currency':'EUR'}}}")
        .when("{'changeProduct':{'sku':'connect','name':'New'}}")
        .then({"{'productChanged':{'name':'New','unitPrice':{'amount':'12.50','currency':'EUR'}}}"});
    given(defined, retire("connect")).when("{'changeProduct':{'sku':'connect','name':'New'}}").then({"productChanged"});
}

TEST_CASE("changeProduct: rejections in order") {
    const auto body = [](const std::string& sku, const std::string& more) {
        return "'changeProduct':{'sku':'" + sku + "'" + more + "}}";
    };
    const std::string negative = ",'unitPrice':{'amount':'-1','currency':'USD'}";
    check_order({product("connect")},
                {
                    {Rule::value_not_allowed,
                     "{" + stranger + future + body("nothing", negative + ",'name':''"),
                     {"name", "product nothing"}},
                    {Rule::role_required, "{" + stranger + future + body("nothing", negative)},
                    {Rule::effective_time_in_order, "{" + future + body("nothing", negative)},
                    {Rule::sku_must_exist, "{" + body("nothing", negative), {"nothing"}},
                    {Rule::price_must_not_be_negative, "{" + body("connect", negative), {"product connect", "-1.00"}},
                },
                "{" + body("connect", ""));
}

TEST_CASE("retireProduct: rejections in order") {
    const auto body = [](const std::string& sku) { return "'retireProduct':{'sku':'" + sku + "'}}"; };
    check_order({product("connect"), product("old"), retire("old")},
                {
                    {Rule::value_not_allowed, "{" + stranger + future + body(""), {"sku"}},
                    {Rule::role_required, "{" + stranger + future + body("nothing")},
                    {Rule::effective_time_in_order, "{" + future + body("nothing")},
                    {Rule::sku_must_exist, "{" + body("nothing"), {"nothing"}},
                    {Rule::product_must_be_offered, "{" + body("old"), {"old"}},
                },
                "{" + body("connect"));
}

TEST_CASE("licenses of a retired product run on") {
    const auto world = steps(open_acme(), registered("ann"), product("connect"), invoiced("i-2", "connect", 1),
                             bought("i-1", "connect", 1), retire("connect"));
    given(world).when(bind(1, "ann")).then({"licenseBound"});
    given(world, bind(1, "ann")).when(unbind(1)).then({"licenseUnbound"});
    given(world).when(paid("i-2", "10.00", "bank-9")).then({"invoicePaid", "licensesIssued", "notificationQueued"});
    given(world).when(invoiced("i-3", "connect", 1)).then_rejected(Rule::product_must_be_offered, {"connect"});
}

TEST_CASE("the catalogue belongs to no account") {
    given(open_acme())
        .when("{'account':'acme'," + define("connect", "P1Y", "1"))
        .then_rejected(Rule::value_not_allowed, {"account"});
}

}  // namespace seatledger
