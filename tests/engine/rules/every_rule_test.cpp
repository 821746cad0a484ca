// Every rule of rejection.h can be broken by a command, and its message names what is concerned.
#include <map>
#include <set>
#include <string>
#include <vector>

#include "engine/rules/rejection.h"
#include "tests/support/catch.h"
#include "tests/support/ledger_box.h"
#include "tests/support/samples.h"

namespace seatledger {
namespace {

using namespace testing;

struct Broken {
    Rule rule;
    std::string command;                 // in sample_world() with what is in `before`
    std::vector<std::string> mentioned;  // the person, license or value concerned, and who or what it clashes with
    Steps before = {};
};

std::string long_text(int features) {
    std::string list;
    for (int i = 0; i < features; ++i) list += (i == 0 ? "'" : ",'") + std::string(256, 'f') + "'";
    return "{'changeProduct':{'sku':'connect','features':[" + list + "]}}";
}

std::string issue(const std::string& invoice, const std::string& lines) {
    return acme("'issueInvoice':{'invoice':'" + invoice + "','raisedBy':'boss@acme.test','lines':[" + lines + "]}");
}

const std::string term_expired = "2021-01-01T00:00:00Z";

// One way to break each rule; the tests of each topic have the others.
const std::vector<Broken> broken = {
    {Rule::request_id_reused,
     acme("'requestId':'r-1','unbindLicense':{'license':2}"),
     {"r-1", "another command"},
     {acme("'requestId':'r-1','unbindLicense':{'license':1}")}},
    {Rule::value_not_allowed, acme("'grantRole':{'email':'member@acme.test','role':'king'}"), {"role", "superAdmin"}},
    {Rule::account_must_exist, "{'account':'nowhere','unbindLicense':{'license':1}}", {"nowhere", "openAccount"}},
    {Rule::role_required,
     acme("'actor':'member@acme.test','unbindLicense':{'license':1}"),
     {"member@acme.test", "admin"}},
    {Rule::effective_time_in_order,
     acme("'at':'2019-12-31T00:00:00Z','unbindLicense':{'license':1}"),
     {"2019-12-31T00:00:00.000000Z", "2020-01-01T00:00:00.000000Z", "acme"}},
    {Rule::invoice_must_exist, acme("'voidInvoice':{'invoice':'i-9'}"), {"i-9", "acme"}},
    {Rule::order_must_exist, acme("'cancelOrder':{'order':9}"), {"order 9", "acme"}},
    {Rule::line_must_exist,
     acme("'creditInvoice':{'invoice':'paid-1','line':2,'amount':{'amount':'1.00','currency':'USD'},'reason':'r'}"),
     {"paid-1", "line 2"}},
    {Rule::dispute_must_exist,
     acme("'creditInvoice':{'invoice':'paid-1','line':1,'amount':{'amount':'1.00','currency':'USD'},'reason':'r',"
          "'dispute':3}"),
     {"dispute 3"}},
    {Rule::credit_must_fit,
     acme("'creditInvoice':{'invoice':'paid-1','line':1,'amount':{'amount':'30.01','currency':'USD'},'reason':'r'}"),
     {"30.01 USD", "30.00 USD", "line 1", "paid-1"}},
    {Rule::invoice_must_be_paid, acme("'reversePayment':{'invoice':'open-1','reason':'r'}"), {"open-1", "open"}},
    {Rule::license_must_not_be_revoked,
     bind(1, "boss"),
     {"license 1", "paid-1"},
     {acme("'reversePayment':{'invoice':'paid-1','reason':'r'}")}},
    {Rule::card_must_exist, acme("'removeCard':{'token':'tok-9'}"), {"acme"}},
    {Rule::account_must_be_new, open_acme(), {"acme"}},
    {Rule::email_must_be_valid, acme("'registerUser':{'email':'ann(at)acme.test'}"), {"ann(at)acme.test"}},
    {Rule::email_must_be_new, acme("'registerUser':{'email':'boss@acme.test'}"), {"boss@acme.test", "acme"}},
    {Rule::user_must_be_registered, bind(2, "nobody"), {"nobody@acme.test", "acme", "registerUser"}},
    {Rule::user_must_hold_nothing,
     acme("'removeUser':{'email':'member@acme.test'}"),
     {"member@acme.test", "license 1 of connect", "queue support"}},
    {Rule::last_super_admin, acme("'removeUser':{'email':'boss@acme.test'}"), {"boss@acme.test", "acme"}},
    {Rule::password_must_be_long,
     acme("'setPassword':{'email':'boss@acme.test','password':'eleven char'}"),
     {"11 characters", "12"}},
    {Rule::sku_must_be_new, product("connect"), {"connect"}},
    {Rule::sku_must_exist, "{'retireProduct':{'sku':'nothing'}}", {"nothing"}},
    {Rule::product_must_be_offered,
     invoiced("i-9", "connect", 1),
     {"connect"},
     {"{'retireProduct':{'sku':'connect'}}"}},
    {Rule::term_must_be_positive, product("other", "PT0S"), {"PT0S"}},
    {Rule::price_must_not_be_negative,
     "{'changeProduct':{'sku':'connect','unitPrice':{'amount':'-0.50','currency':'USD'}}}",
     {"-0.50"}},
    {Rule::membership_product_must_be_single,
     "{'defineProduct':{'sku':'b','name':'B','type':'seat','term':'P1M','billing':'membership','unitPrice':{'amount':'"
     "1',"
     "'currency':'USD'}}}",
     {"center"},
     {"{'defineProduct':{'sku':'center','name':'C','type':'seat','term':'P1M','billing':'membership','unitPrice':{"
      "'amount':'1','currency':'USD'}}}"}},
    {Rule::super_admin_with_card_required,
     acme("'actor':'admin@acme.test','registerUser':{'email':'ann@acme.test','sku':'other'}"),
     {"other", "acme", "admin@acme.test", "sales representative"},
     {product("other")}},
    {Rule::token_must_not_be_a_card_number,
     acme("'addCard':{'token':'4242 4242 4242 4242','last4':'4242','expires':'2027-05'}"),
     {"4242"}},
    {Rule::order_must_be_open,
     acme("'fulfillOrder':{'order':1,'invoice':'order-2'}"),
     {"order 1", "order-1"},
     {acme("'fulfillOrder':{'order':1,'invoice':'order-1'}")}},
    {Rule::invoice_must_be_new, invoiced("paid-1", "connect", 1), {"paid-1", "acme"}},
    {Rule::invoice_must_have_lines, issue("i-9", ""), {"i-9"}},
    {Rule::quantity_must_be_positive, issue("i-9", "{'sku':'connect','quantity':1000001}"), {"line 1", "1000001"}},
    {Rule::invoice_must_be_open, acme("'voidInvoice':{'invoice':'paid-1'}"), {"paid-1", "paid"}},
    {Rule::payment_must_match, paid("open-1", "9.99", "b-1"), {"open-1", "10.00 USD", "9.99 USD"}},
    {Rule::payment_must_be_new, paid("open-1", "10.00", "bank-paid-1"), {"bank-paid-1", "acme"}},
    {Rule::license_must_exist, unbind(4), {"license 4", "acme", "1 to 3"}},
    {Rule::no_license_available,
     acme("'bindLicense':{'sku':'other','email':'boss@acme.test'}"),
     {"other", "acme"},
     {product("other")}},
    {Rule::license_must_not_be_expired, bind(2, "boss"), {"license 2", "2021-01-01T00:00:00.000000Z"}, {term_expired}},
    {Rule::license_must_be_available, bind(1, "boss"), {"license 1", "member@acme.test"}},
    {Rule::user_must_not_hold_product, bind(2, "member"), {"member@acme.test", "license 1", "connect"}},
    {Rule::license_must_be_bound, unbind(2), {"license 2"}},
    {Rule::user_must_hold_phone_product, phone_saved("admin"), {"admin@acme.test"}},
    {Rule::config_too_large, phone_saved("member", std::string(32'769, ' ')), {"32769 bytes", "32768"}},
    {Rule::config_must_be_json, phone_saved("member", "{line:1}"), {"JSON"}},
    {Rule::queue_must_be_new, acme("'createQueue':{'queue':'support','kind':'call'}"), {"support", "acme"}},
    {Rule::queue_must_exist, acme("'deleteQueue':{'queue':'sales'}"), {"sales", "acme", "createQueue"}},
    {Rule::member_must_be_new,
     acme("'addQueueMember':{'queue':'support','email':'member@acme.test','role':'supervisor'}"),
     {"member@acme.test", "support", "agent"}},
    {Rule::member_must_exist,
     acme("'removeQueueMember':{'queue':'support','email':'boss@acme.test'}"),
     {"boss@acme.test", "support"}},
    {Rule::person_must_not_be_in_dispute,
     acme("'erasePerson':{'email':'billing@acme.test'}"),
     {"dispute 2", "billing@acme.test", "resolveDispute"},
     {acme("'openDispute':{'invoice':'paid-1','line':1,'claim':'billing@acme.test says so'}")}},
    {Rule::dispute_too_late,
     "{'account':'late','openDispute':{'claim':'c','bill':{'sha256':'" + std::string(64, 'a') +
         "','row':1,'text':'t','date':'2019-12-01'}}}",
     {"2019-12-01T00:00:00.000000Z", "P10D"},
     {"{'account':'late','openAccount':{'name':'Late','disputeWindow':'P10D','superAdmin':{'email':'boss@acme.test'}}"
      "}"}},
    {Rule::dispute_must_be_open,
     acme("'addEvidence':{'dispute':1,'note':'n'}"),
     {"dispute 1", "openDispute"},
     {acme("'resolveDispute':{'dispute':1,'verdict':'upheld'}")}},
    {Rule::amount_out_of_range,
     issue("i-9",
           "{'sku':'connect','quantity':1000000,'unitPrice':{'amount':'9300000000',"
           "'currency':'USD'}}"),
     {"line 1"}},
    {Rule::event_too_large, long_text(256), {"65,535"}},
};

}  // namespace

TEST_CASE("every rule has a command that breaks it") {
    std::set<std::string_view> tried;
    for (const auto& example : broken) {
        LedgerBox box;
        box.must_happen(steps(sample_world(), example.before));
        const auto& answer = box.judge(example.command);
        INFO(example.command << ": " << (answer.rejection ? answer.rejection->message : "accepted"));
        CHECK(rejected(answer) == rule_id(example.rule));
        if (rejected(answer) == rule_id(example.rule)) tried.insert(rule_id(example.rule));
    }
    for (const auto id : rule_ids) {
        INFO("no example in this file breaks " << id);
        CHECK(tried.contains(id));
    }
}

TEST_CASE("a rejection's message names what is concerned, on one line") {
    for (const auto& example : broken) {
        LedgerBox box;
        box.must_happen(steps(sample_world(), example.before));
        const auto& answer = box.judge(example.command);
        REQUIRE(answer.rejection);
        const auto& message = answer.rejection->message;
        INFO(rule_id(example.rule) << ": " << message);
        for (const auto& mention : example.mentioned) {
            INFO("does not say " << mention);
            CHECK(message.find(mention) != std::string::npos);
        }
        CHECK(message.find('\n') == std::string::npos);
        CHECK(message.size() < 400);
    }
}

TEST_CASE("rules have the ids of the rules' page, once each") {
    const std::set<std::string_view> ids(std::begin(rule_ids), std::end(rule_ids));
    CHECK(ids.size() == std::size(rule_ids));
    CHECK(rule_id(Rule::request_id_reused) == "request_id_reused");
    CHECK(rule_id(Rule::event_too_large) == "event_too_large");
}

}  // namespace seatledger
