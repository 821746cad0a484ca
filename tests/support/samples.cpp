#include "tests/support/samples.h"

namespace seatledger::testing {
namespace {

Steps people_of(const std::string& account) {
    Steps steps;
    for (const std::string role : {"admin", "billing", "auditor", "member"}) {
        const auto email = "'email':'" + role + "@acme.test'";
        steps.push_back("{'account':'" + account + "','registerUser':{" + email + "}}");
        steps.push_back("{'account':'" + account + "','grantRole':{" + email + ",'role':'" + role + "'}}");
    }
    return steps;
}

}  // namespace

Steps sample_world() {
    const std::string open_past =
        "{'account':'past','at':'2019-01-01T00:00:00Z','openAccount':{'name':'Past','importing':true,"
        "'superAdmin':{'email':'boss@acme.test'}}}";
    return steps(open_acme(), people_of("acme"), open_past, people_of("past"), phone_product("connect"),
                 bought("paid-1", "connect", 3), bind(1, "member"), invoiced("open-1", "connect", 1),
                 invoiced("open-2", "connect", 1), acme("'createQueue':{'queue':'support','kind':'call'}"),
                 acme("'addQueueMember':{'queue':'support','email':'member@acme.test','role':'agent'}"),
                 acme("'addCard':{'token':'tok-1','last4':'4242','expires':'2027-05'}"),
                 acme("'actor':'boss@acme.test','requestLicenses':{'sku':'connect','quantity':2}"),
                 acme("'openDispute':{'invoice':'paid-1','line':1,'claim':'one too many'}"));
}

std::string Sample::command(std::string_view envelope) const {
    const auto stream = account.empty() ? "" : "'account':'" + account + "',";
    return "{" + stream + std::string(envelope) + "'" + name + "':" + body + "}";
}

const std::vector<Sample>& samples() {
    static const std::vector<Sample> all = {
        {"openAccount", "globex", "{'name':'Globex','superAdmin':{'email':'gil@example.com','name':'Gil'}}"},
        {"endImport", "past", "{}"},
        {"registerUser", "acme", "{'email':'new@acme.test','name':'New'}"},
        {"removeUser", "acme", "{'email':'auditor@acme.test'}"},
        {"changeEmail", "acme", "{'email':'billing@acme.test','newEmail':'bill@acme.test'}"},
        {"grantRole", "acme", "{'email':'member@acme.test','role':'auditor'}"},
        {"revokeRole", "acme", "{'email':'member@acme.test','role':'member'}"},
        {"defineProduct", "",
         "{'sku':'other','name':'Other','type':'seat','term':'P1M','unitPrice':{'amount':'1.00','currency':'USD'}}"},
        {"changeProduct", "", "{'sku':'connect','name':'Renamed'}"},
        {"retireProduct", "", "{'sku':'connect'}"},
        {"issueInvoice", "acme",
         "{'invoice':'new-1','raisedBy':'boss@acme.test','lines':[{'sku':'connect','quantity':2}]}"},
        {"voidInvoice", "acme", "{'invoice':'open-2'}"},
        {"recordPayment", "acme",
         "{'invoice':'open-1','reference':'bank-1','amount':{'amount':'10.00','currency':'USD'}}"},
        {"bindLicense", "acme", "{'license':2,'email':'boss@acme.test'}"},
        {"unbindLicense", "acme", "{'license':1}"},
        {"reassignLicense", "acme", "{'license':1,'email':'admin@acme.test'}"},
        {"bindLicenses", "acme", "{'rows':[{'sku':'connect','email':'billing@acme.test'}]}"},
        {"unbindLicenses", "acme", "{'rows':[{'sku':'connect','email':'member@acme.test'}]}"},
        {"savePhone", "acme", "{'email':'member@acme.test','config':'{}'}"},
        {"createQueue", "acme", "{'queue':'sales','kind':'inbox'}"},
        {"deleteQueue", "acme", "{'queue':'support'}"},
        {"addQueueMember", "acme", "{'queue':'support','email':'admin@acme.test','role':'supervisor'}"},
        {"removeQueueMember", "acme", "{'queue':'support','email':'member@acme.test'}"},
        {"addCard", "acme", "{'token':'tok-2','last4':'0002','expires':'12/28'}"},
        {"removeCard", "acme", "{'token':'tok-1'}"},
        {"requestLicenses", "acme", "{'sku':'connect','quantity':3}"},
        {"fulfillOrder", "acme", "{'order':1,'invoice':'order-1'}"},
        {"cancelOrder", "acme", "{'order':1}"},
        {"creditInvoice", "acme",
         "{'invoice':'paid-1','line':1,'quantity':1,'amount':{'amount':'10.00','currency':'USD'},'reason':'unused'}"},
        {"erasePerson", "acme", "{'email':'billing@acme.test'}"},
        {"setPassword", "acme", "{'email':'member@acme.test','password':'a good password'}"},
        {"reversePayment", "acme", "{'invoice':'paid-1','reason':'chargeback'}"},
        {"openDispute", "acme", "{'invoice':'paid-1','line':1,'claim':'two too many'}"},
        {"addEvidence", "acme", "{'dispute':1,'note':'a letter'}"},
        {"resolveDispute", "acme", "{'dispute':1,'verdict':'upheld'}"},
    };
    return all;
}

}  // namespace seatledger::testing
