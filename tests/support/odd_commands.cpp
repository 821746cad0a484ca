// Commands in which something is not as it should be: those of command_generator.h that look for the rare rules.
#include "tests/support/command_generator.h"

#include "events/text.h"

namespace seatledger::testing {
namespace {

constexpr std::int64_t hour = std::int64_t{3'600} * 1'000'000;

std::string quote(const std::string& text) { return "'" + text + "'"; }
std::string money(const std::string& amount, const std::string& currency = "USD") {
    return "{'amount':" + quote(amount) + ",'currency':" + quote(currency) + "}";
}

}  // namespace

std::string CommandGenerator::odd_people(const Account& account) {
    const auto email = quote(address_in(account));
    const std::vector<std::string> bodies = {
        "'registerUser':{'email':'ann'}",
        "'registerUser':{'email':'ann@'}",
        "'registerUser':{'email':'@acme.test'}",
        "'registerUser':{'email':'a@b@c'}",
        "'registerUser':{'email':'an n@acme.test'}",
        "'registerUser':{'email':" + quote(std::string(255, 'a') + "@acme.test") + "}",
        "'registerUser':{'email':''}",
        "'registerUser':{'email':'new@acme.test','name':" + quote(std::string(257, 'n')) + "}",
        "'registerUser':{'email':'new@acme.test','name':'a\\u0001b'}",
        "'registerUser':{'email':'new@acme.test','sku':'no such'}",
        "'removeUser':{'email':'nobody@acme.test'}",
        "'removeUser':{'email':''}",
        "'removeUser':{'email':" + quote(administrator(account)) + "}",
        "'revokeRole':{'email':" + quote(administrator(account)) + ",'role':'superAdmin'}",
        "'changeEmail':{'email':" + email + ",'newEmail':'no address'}",
        "'changeEmail':{'email':" + email + ",'newEmail':" + email + "}",
        "'changeEmail':{'email':'nobody@acme.test','newEmail':'no address'}",
        "'grantRole':{'email':" + email + ",'role':'owner'}",
        "'revokeRole':{'email':" + email + ",'role':'member'}",
        "'grantRole':{'email':" + email + ",'role':'member'}",
        "'createQueue':{'queue':'','kind':'call'}",
        "'createQueue':{'queue':" + quote(std::string(129, 'q')) + ",'kind':'call'}",
        "'createQueue':{'queue':'odd','kind':'chat'}",
        "'addQueueMember':{'queue':'calls','email':" + email + ",'role':'boss'}",
        "'openAccount':{'name':'A','superAdmin':{'email':'p0@acme.test'}}",
        "'openAccount':{'name':'A','timeZone':'Mars','superAdmin':{'email':'p0@acme.test'}}",
        "'addCard':{'token':'card-1','last4':'42','expires':'2027-05'}",
        "'addCard':{'token':'card-1','last4':'4242','expires':'2027-13'}",
        "'addCard':{'token':'4111111111111112','last4':'4242','expires':'2027-05'}",
        "'addCard':{'token':'4111 1111 1111 1111','last4':'4242','expires':'2027-05'}",
        "'addCard':{'token':'4111-1111-1111-1111','last4':'4242','expires':'2027-05'}",
        "'addCard':{'token':'','last4':'4242','expires':'2027-05'}",
        "'addCard':{'token':'card-1','last4':'42a2','expires':'2027-5'}",
        "'removeCard':{'token':'4111111111111112'}",
        "'removeCard':{'token':''}",
    };
    return bodies[number(bodies.size())];
}

std::string CommandGenerator::odd_seats(const Account& account) {
    const auto email = quote(address_in(account));
    const auto held = license(account, true);
    const auto any = std::to_string(1 + number(account.next_license.value));
    const std::vector<std::string> bodies = {
        "'bindLicense':{'license':" + any + ",'email':" + email + "}",
        "'unbindLicense':{'license':" + any + "}",
        "'reassignLicense':{'license':" + any + ",'email':" + email + "}",
        "'bindLicense':{'license':" + any + ",'sku':'s1','email':" + email + "}",
        "'bindLicense':{'email':" + email + "}",
        "'bindLicense':{'sku':'no such','email':" + email + "}",
        "'bindLicense':{'license':4000000000,'email':'nobody@acme.test'}",
        "'unbindLicense':{'license':" + held + ",'email':" + email + "}",
        "'unbindLicense':{'email':" + email + "}",
        "'unbindLicense':{'sku':'no such','email':'nobody@acme.test'}",
        "'reassignLicense':{'email':" + email + "}",
        "'bindLicenses':{'rows':[]}",
        "'bindLicenses':{'rows':[{'license':" + any + ",'email':" + email + "},{'email':" + email + "}]}",
        "'unbindLicenses':{'rows':[{'license':" + held + "},{'license':" + held + "}],'atomic':true}",
        "'requestLicenses':{'sku':'no such','quantity':0}",
        "'cancelOrder':{}",
    };
    return bodies[number(bodies.size())];
}

std::string CommandGenerator::odd_money(const Account& account, Instant now) {
    const auto line = "'sku':" + quote(sku()) + ",'quantity':1";
    const auto invoice = [&](const std::string& lines) {
        return "'issueInvoice':{'invoice':" + next_invoice(account) + ",'raisedBy':" + quote(address_in(account)) +
               ",'lines':[" + lines + "]}";
    };
    const auto soon = quote(to_rfc3339(Instant{now.micros + static_cast<std::int64_t>(number(2 * hour))}));
    const auto credit = [&](const std::string& rest) {
        return "'creditInvoice':{'invoice':'i-" + std::to_string(std::max<std::uint64_t>(invoices_[account.id], 1)) +
               "','reason':'odd'," + rest + "}";
    };
    if (one_in(10)) {
        return invoice("{'sku':" + quote(sku()) + ",'quantity':1000000,'unitPrice':" + money("9000000000000") + "}");
    }
    if (one_in(10)) return invoice("");
    if (one_in(10)) {
        std::string lines = "{" + line + ",'amount':" + money("1.00") + "}";
        for (int i = 0; i < 700; ++i) lines += ",{" + line + ",'amount':" + money("1.00") + "}";
        return invoice(lines);
    }
    if (one_in(3)) return invoice("{" + line + ",'validUntil':" + soon + "}");
    const std::vector<std::string> bodies = {
        invoice("{" + line + ",'unitPrice':" + money("1.00") + ",'amount':" + money("1.00") + "}"),
        invoice("{" + line + ",'term':'P1D','validUntil':" + soon + "}"),
        invoice("{" + line + ",'term':'P0D'}"),
        invoice("{" + line + ",'term':'soon'}"),
        invoice("{" + line + ",'term':'P9999Y'}"),
        invoice("{" + line + ",'amount':" + money("-1.00") + "}"),
        invoice("{" + line + ",'unitPrice':" + money("-0.000001") + "}"),
        invoice("{" + line + ",'unitPrice':" + money("-1.00") + "}"),
        invoice("{" + line + ",'unitPrice':" + money("0.015") + "}"),
        invoice("{" + line + ",'amount':" + money("0.015") + "}"),
        invoice("{" + line + ",'amount':" + money("1.00", "EUR") + "}"),
        invoice("{" + line + ",'unitPrice':" + money("1.00", "coins") + "}"),
        invoice("{" + line + ",'amount':" + money("9000000000000") + "},{" + line +
                ",'amount':" + money("9000000000000") + "}"),
        invoice("{'sku':'no such','quantity':1}"),
        invoice("{'sku':'s0','quantity':0,'term':'P0D'}"),
        credit("'line':1,'quantity':0,'amount':" + money("0.00")),
        credit("'line':1,'quantity':1,'amount':" + money("-1.00")),
        credit("'line':1,'quantity':1,'amount':" + money("0.001")),
        credit("'line':1,'quantity':1,'amount':" + money("0.01", "EUR")),
        credit("'line':1,'quantity':1"),
        credit("'quantity':1,'amount':" + money("0.01")),
        "'recordPayment':{'invoice':'i-1','reference':'b-1','amount':" + money("1.00", "EUR") + "}",
        "'recordPayment':{'invoice':'i-1','reference':'','amount':" + money("1.00") + "}",
        "'reversePayment':{'invoice':'i-1'}",
        "'reversePayment':{'invoice':'i-0','reason':'chargeback'}",
        "'fulfillOrder':{'invoice':'i-1'}",
    };
    return bodies[number(bodies.size())];
}

std::string CommandGenerator::odd_catalog() {
    const auto products = state_.catalog().all();
    const auto fresh = "s" + std::to_string(products.size());
    const auto any = products[number(products.size())].sku;  // by and by mostly a retired one
    const auto defined = [&](const std::string& term, const std::string& price, const std::string& billing) {
        return "'defineProduct':{'sku':" + quote(fresh) +
               ",'name':'S','type':'t','features':['f'],'term':" + quote(term) + ",'unitPrice':" + price +
               ",'billing':" + quote(billing) + "}";
    };
    std::string features = "'a'";
    const auto more = one_in(2) ? 255 : 256;
    for (int i = 0; i < more; ++i) features += "," + quote(std::string(256, 'f'));
    const std::vector<std::string> bodies = {
        defined("P0D", money("1.00"), "purchased"),
        defined("a while", money("1.00"), "purchased"),
        defined("P1D", money("-1.00"), "purchased"),
        defined("P1D", money("1.00"), "for nothing"),
        defined("P1D", money("1.00", "usd"), "purchased"),
        defined("P1D", money("1.00", "EUR"), "assigned"),
        defined("P1D", money("1.00"), "membership"),
        "'retireProduct':{'sku':" + quote(any) + "}",
        "'retireProduct':{'sku':''}",
        "'retireProduct':{'sku':'no such'}",
        "'changeProduct':{'sku':" + quote(any) + ",'name':'T','features':['a','b']}",
        "'changeProduct':{'sku':" + quote(any) + ",'features':[]}",
        "'changeProduct':{'sku':" + quote(any) + ",'features':[" + features + "]}",
        "'changeProduct':{'sku':" + quote(any) + ",'unitPrice':" + money("-1") + "}",
        "'changeProduct':{'sku':'no such','unitPrice':" + money("-1") + "}",
    };
    return bodies[number(bodies.size())];
}

std::string CommandGenerator::odd_envelope(const Account& account) {
    const auto own = "'account':" + quote(account.id) + ",";
    const std::string removal = "'removeUser':{'email':'p23@acme.test'}}";
    const std::string opening = "'openAccount':{'name':'A','superAdmin':{'email':'p0@acme.test'}}}";
    if (one_in(2)) return "{'account':'nobody'," + removal;
    // Never the same: what was done under it before would be answered again.
    auto long_id = std::to_string(++requests_);
    long_id.insert(0, 512 - long_id.size(), 'r');
    const std::vector<std::string> commands = {
        "{'account':'nobody','actor':'p0@acme.test'," + removal,
        "{" + removal,
        "{'account':''," + removal,
        "{'account':'Acme'," + removal,
        "{" + own + "'retireProduct':{'sku':'s0'}}",
        "{" + own + "'actor':''," + removal,
        "{" + own + "'actor':'nobody'," + removal,
        "{" + own + "'requestId':''," + removal,
        "{" + own + "'requestId':" + quote(long_id) + "," + removal,
        "{" + own + "'requestId':" + quote(long_id + "r") + "," + removal,
        "{'account':'Extra'," + opening,
        "{'account':" + quote(std::string(65, 'a')) + "," + opening,
        "{'account':" + quote(std::string(64, 'a')) + "," + opening,
        "{'account':'odd','actor':'p0@acme.test'," + opening,
        "{'account':'odd','openAccount':{'name':'','superAdmin':{'email':'p0@acme.test'}}}",
        "{'account':'odd','openAccount':{'name':'A','currency':'dollars','superAdmin':{'email':'p0@acme.test'}}}",
        "{'account':'odd','openAccount':{'name':'A','superAdmin':{'email':''}}}",
        "{'account':'odd','openAccount':{'name':'A'}}",
    };
    return commands[number(commands.size())];
}

// Accounts in which there is nobody but one super admin, and of which many bring in a past of some days.
std::string CommandGenerator::small_account(const std::string& id, Instant now) {
    const std::string head = "{'account':" + quote(id) + ",";
    const std::string boss = "{'email':'p0@acme.test'";
    const auto at = [](std::int64_t micros) { return "'at':" + quote(to_rfc3339(Instant{micros})) + ","; };
    const auto* account = state_.account(id);
    if (account == nullptr || one_in(6)) {
        const auto person = one_in(6) ? std::string("{'email':'none'") : boss;
        const auto body = ",'superAdmin':" + person + "}}}";
        if (one_in(3)) return head + "'openAccount':{'name':'A'" + body;
        return head + at(now.micros - static_cast<std::int64_t>(number(240 * hour))) +
               "'openAccount':{'name':'A','importing':true" + body;
    }
    if (account->importing) {
        const auto last = account->last_effective_at.micros;
        const auto later = last + static_cast<std::int64_t>(number(72 * hour));
        if (one_in(3)) return head + (one_in(2) ? at(std::min(later, now.micros)) : "") + "'endImport':{}}";
        return head + at(later) + "'requestLicenses':{'sku':" + quote(sku()) + ",'quantity':1}}";
    }
    if (one_in(2)) return head + "'removeUser':" + boss + "}}";
    return head + "'revokeRole':" + boss + ",'role':'superAdmin'}}";
}

std::string CommandGenerator::odd_command(const Account& account, Instant now) {
    switch (number(14)) {
        case 0: return odd_envelope(account);
        case 1:
        case 2:
        case 3: {
            const auto newest = 8 * (1 + requests_ / 500);
            return small_account(one_in(6) ? account.id : "extra-" + std::to_string(newest - number(8)), now);
        }
        case 4:
        case 5:
        case 6: return "{" + envelope(&account, now, true) + odd_people(account) + "}";
        case 7:
        case 8:
        case 9: return "{" + envelope(&account, now, true) + odd_seats(account) + "}";
        case 10:
        case 11:
        case 12: return "{" + envelope(&account, now, one_in(8)) + odd_money(account, now) + "}";
        default: {
            // Nobody of an account has a say in the catalogue.
            const std::string actor = one_in(8) ? "'actor':'p0@acme.test'," : "";
            return "{" + envelope(nullptr, now, false) + actor + odd_catalog() + "}";
        }
    }
}

}  // namespace seatledger::testing
