// value_not_allowed: what texts, numbers and lists may be, whatever the state is.
#include "engine/rules/values.h"

#include <string>
#include <vector>

#include "engine/rules/rules.h"
#include "events/text.h"
#include "tests/support/catch.h"
#include "tests/support/commands.h"
#include "tests/support/samples.h"

namespace seatledger {
namespace {

using namespace testing;

// The message if the command has a value that is not allowed, "" if all are.
std::string objection(schema::Command::Reader command) {
    const auto verdict = rules::check_values(rules::Head(command));
    if (verdict) return "";
    CHECK(rule_id(verdict.error().rule) == "value_not_allowed");
    return verdict.error().message;
}

std::string objection(const std::string& json) { return objection(ReceivedCommand(json).get()); }

std::string of_length(std::size_t bytes) { return std::string(bytes, 'x'); }

std::string define(const std::string& more) {
    return "{'defineProduct':{'sku':'a','name':'n','type':'t','term':'P1Y','unitPrice':{'amount':'1','currency':'USD'"
           "}" +
           more + "}}";
}

std::string line(const std::string& more) {
    return acme("'issueInvoice':{'invoice':'i','raisedBy':'b','lines':[{'sku':'a','quantity':1},{'sku':'a'" + more +
                "}]}");
}

struct Bad {
    std::string command;
    std::string field;
};

}  // namespace

TEST_CASE("the samples have no value that is not allowed") {
    for (const auto& sample : samples()) CHECK(objection(sample.command()) == "");
}

TEST_CASE("value_not_allowed: the message begins with the field") {
    const std::string price = ",'unitPrice':{'amount':'1','currency':'USD'}";
    const auto row = GENERATE_COPY(values<Bad>({
        // The envelope.
        {"{'endImport':{}}", "account"},
        {"{'account':'','endImport':{}}", "account"},
        {"{'account':'" + of_length(65) + "','endImport':{}}", "account"},
        {"{'account':'acme','retireProduct':{'sku':'a'}}", "account"},
        {acme("'requestId':'','endImport':{}"), "requestId"},
        {acme("'requestId':'" + of_length(513) + "','endImport':{}"), "requestId"},
        {acme("'requestId':'a\\nb','endImport':{}"), "requestId"},
        {acme("'actor':'','endImport':{}"), "actor"},
        {acme("'actor':'" + of_length(255) + "','endImport':{}"), "actor"},
        // Accounts and people.
        {acme("'openAccount':{'name':''}"), "name"},
        {acme("'openAccount':{'name':'" + of_length(257) + "'}"), "name"},
        {acme("'openAccount':{'name':'A','timeZone':'Middle/Earth'}"), "timeZone"},
        {acme("'openAccount':{'name':'A','timeZone':''}"), "timeZone"},
        {acme("'openAccount':{'name':'A','currency':'usd'}"), "currency"},
        {acme("'openAccount':{'name':'A','currency':'XYZ'}"), "currency"},
        {acme("'openAccount':{'name':'A','superAdmin':{'email':'a@b','name':'" + of_length(257) + "'}}"),
         "superAdmin.name"},
        {acme("'registerUser':{'email':'a@b','name':'" + of_length(257) + "'}"), "name"},
        {acme("'registerUser':{'email':'a@b','sku':''}"), "sku"},
        {acme("'registerUser':{'email':'a@b','sku':'" + of_length(129) + "'}"), "sku"},
        {acme("'removeUser':{}"), "email"},
        {acme("'removeUser':{'email':'" + of_length(255) + "'}"), "email"},
        {acme("'changeEmail':{'newEmail':'a@b'}"), "email"},
        {acme("'grantRole':{'role':'admin'}"), "email"},
        {acme("'grantRole':{'email':'a@b','role':'Admin'}"), "role"},
        {acme("'grantRole':{'email':'a@b'}"), "role"},
        {acme("'revokeRole':{'email':'a@b','role':'vendor'}"), "role"},
        // The catalogue.
        {"{'defineProduct':{'name':'n','type':'t','term':'P1Y'" + price + "}}", "sku"},
        {"{'defineProduct':{'sku':'" + of_length(129) + "','name':'n','type':'t','term':'P1Y'" + price + "}}", "sku"},
        {"{'defineProduct':{'sku':'a','type':'t','term':'P1Y'" + price + "}}", "name"},
        {"{'defineProduct':{'sku':'a','name':'n','term':'P1Y'" + price + "}}", "type"},
        {"{'defineProduct':{'sku':'a','name':'n','type':'t'" + price + "}}", "term"},
        {"{'defineProduct':{'sku':'a','name':'n','type':'t','term':'a year'" + price + "}}", "term"},
        {"{'defineProduct':{'sku':'a','name':'n','type':'t','term':'P1Y'}}", "unitPrice"},
        {"{'defineProduct':{'sku':'a','name':'n','type':'t','term':'P1Y','unitPrice':{'amount':'1','currency':'€'}}}",
         "unitPrice.currency"},
        {define(",'billing':'free'"), "billing"},
        {define(",'billing':''"), "billing"},
        {define(",'features':['a','']"), "features"},
        {define(",'features':['" + of_length(257) + "']"), "features"},
        {"{'changeProduct':{'name':'n'}}", "sku"},
        {"{'changeProduct':{'sku':'a','name':''}}", "name"},
        {"{'changeProduct':{'sku':'a','features':['']}}", "features"},
        {"{'changeProduct':{'sku':'a','unitPrice':{'amount':'1','currency':'us'}}}", "unitPrice.currency"},
        {"{'retireProduct':{}}", "sku"},
        // Invoices.
        {acme("'issueInvoice':{'raisedBy':'b'}"), "invoice"},
        {acme("'issueInvoice':{'invoice':'i'}"), "raisedBy"},
        {acme("'issueInvoice':{'invoice':'" + of_length(129) + "','raisedBy':'b'}"), "invoice"},
        {acme("'issueInvoice':{'invoice':'i','raisedBy':'b','lines':[{'quantity':1}]}"), "lines[0].sku"},
        {line(price + ",'amount':{'amount':'1','currency':'USD'}"), "lines[1].amount"},
        {line(",'amount':{'amount':'1.001','currency':'USD'}"), "lines[1].amount"},
        {line(",'amount':{'amount':'1.1','currency':'JPY'}"), "lines[1].amount"},
        {line(",'amount':{'amount':'1','currency':'QQQ'}"), "lines[1].amount.currency"},
        {line(",'unitPrice':{'amount':'1','currency':'QQQ'}"), "lines[1].unitPrice.currency"},
        {line(",'term':'P'"), "lines[1].term"},
        {line(",'term':'P1M','validUntil':'2021-01-01T00:00:00Z'"), "lines[1].validUntil"},
        {acme("'voidInvoice':{}"), "invoice"},
        {acme("'recordPayment':{'reference':'r','amount':{'amount':'1','currency':'USD'}}"), "invoice"},
        {acme("'recordPayment':{'invoice':'i','amount':{'amount':'1','currency':'USD'}}"), "reference"},
        {acme("'recordPayment':{'invoice':'i','reference':'r'}"), "amount"},
        {acme("'recordPayment':{'invoice':'i','reference':'r','amount':{'amount':'1','currency':''}}"),
         "amount.currency"},
        // Licenses.
        {acme("'bindLicense':{'email':'a@b'}"), "license"},
        {acme("'bindLicense':{'license':1}"), "email"},
        {acme("'bindLicense':{'license':1,'sku':'a','email':'a@b'}"), "sku"},
        {acme("'bindLicense':{'sku':'" + of_length(129) + "','email':'a@b'}"), "sku"},
        {acme("'unbindLicense':{}"), "license"},
        {acme("'unbindLicense':{'email':'a@b'}"), "license"},
        {acme("'unbindLicense':{'sku':'a'}"), "email"},
        {acme("'unbindLicense':{'license':1,'sku':'a'}"), "sku"},
        {acme("'unbindLicense':{'license':1,'email':'a@b'}"), "email"},
        {acme("'reassignLicense':{'email':'a@b'}"), "license"},
        {acme("'reassignLicense':{'license':1}"), "email"},
        {acme("'bindLicenses':{}"), "rows"},
        {acme("'bindLicenses':{'rows':[]}"), "rows"},
        {acme("'bindLicenses':{'rows':[{'license':1,'email':'a@b'},{'license':1}]}"), "rows[1].email"},
        {acme("'unbindLicenses':{'rows':[{'license':1},{'sku':'a'}]}"), "rows[1].email"},
    }));
    CAPTURE(row.command);
    CHECK(objection(row.command).substr(0, row.field.size() + 1) == row.field + " ");
}

TEST_CASE("the longest texts that are allowed") {
    CHECK(objection("{'account':'" + of_length(64) + "','endImport':{}}") == "");
    CHECK(objection(acme("'requestId':'" + of_length(512) + "','endImport':{}")) == "");
    CHECK(objection(acme("'actor':'" + of_length(254) + "','endImport':{}")) == "");
    CHECK(objection(acme("'openAccount':{'name':'" + of_length(256) + "'}")) == "");
    CHECK(objection(acme("'voidInvoice':{'invoice':'" + of_length(128) + "'}")) == "");
    CHECK(objection(define(",'features':['" + of_length(256) + "']")) == "");
}

TEST_CASE("the longest lists that are allowed") {
    const auto repeated = [](const std::string& what, std::size_t count) {
        std::string list = what;
        for (std::size_t i = 1; i < count; ++i) list += "," + what;
        return list;
    };
    CHECK(objection(define(",'features':[" + repeated("'f'", rules::features_max) + "]")) == "");
    CHECK(objection(define(",'features':[" + repeated("'f'", rules::features_max + 1) + "]")) ==
          "features has 257 members; allowed are 0 to 256 (product a)");
    const auto rows = [&](std::size_t count) {
        return acme("'unbindLicenses':{'rows':[" + repeated("{'license':1}", count) + "]}");
    };
    CHECK(objection(rows(rules::rows_max)) == "");
    CHECK(objection(rows(rules::rows_max + 1)) == "rows has 8193 members; allowed are 1 to 8192");
}

TEST_CASE("a text is UTF-8 without control characters") {
    const auto of_name = [](std::string_view name) {
        capnp::MallocMessageBuilder message;
        auto command = message.initRoot<schema::Command>();
        command.setAccount("acme");
        command.initRegisterUser().setName(text(name));
        return objection(command.asReader());
    };
    for (const std::string good : {"Zoë", "李", "😀", "a b", "\xf4\x8f\xbf\xbf"}) CHECK(of_name(good) == "");
    for (const std::string bad :
         {"\xff", "\xc0\x80", "\xed\xa0\x80", "\xf4\x90\x80\x80", "\xe2\x82", "a\x01", "a\x7f", "\xc2\x85", "a\tb"}) {
        CHECK(of_name(bad).starts_with("name "));
    }
    CHECK(of_name(std::string_view("a\0b", 3)).starts_with("name "));
}

TEST_CASE("an instant lies in the years 1 to 9999") {
    const auto at = [](Instant instant) {
        capnp::MallocMessageBuilder message;
        auto command = message.initRoot<schema::Command>();
        command.setAccount("acme");
        command.initEndImport();
        command.setAt(instant.micros);
        return objection(command.asReader());
    };
    for (const auto good : {no_instant, first_instant, last_instant}) CHECK(at(good) == "");
    CHECK(at(Instant{first_instant.micros - 1}).starts_with("at "));
    CHECK(at(Instant{last_instant.micros + 1}).starts_with("at "));
    CHECK(at(Instant{no_instant.micros + 1}).starts_with("at "));
}

TEST_CASE("a command that names nothing to do is not allowed") {
    capnp::MallocMessageBuilder message;
    auto command = message.initRoot<schema::Command>();
    command.setAccount("acme");
    CHECK(objection(command.asReader()).find("command") != std::string::npos);
}

TEST_CASE("every role and every basis of billing has the name of the schema") {
    for (const auto role : {schema::Role::SUPER_ADMIN, schema::Role::ADMIN, schema::Role::BILLING,
                            schema::Role::AUDITOR, schema::Role::MEMBER}) {
        CHECK(rules::named<schema::Role>(rules::name_of(role)) == role);
    }
    CHECK_FALSE(rules::named<schema::Role>("vendor"));
    CHECK(rules::named<schema::Billing>("membership") == schema::Billing::MEMBERSHIP);
    CHECK_FALSE(rules::named<schema::Billing>("monthly"));
}

}  // namespace seatledger
