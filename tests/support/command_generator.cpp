#include "tests/support/command_generator.h"

#include <capnp/schema.h>

#include <algorithm>

#include "engine/rules/seats.h"
#include "events/money.h"
#include "events/text.h"

namespace seatledger::testing {
namespace {

constexpr std::int64_t hour = std::int64_t{3'600} * 1'000'000;

const std::vector<std::string> accounts = {"acme", "globex", "initech", "umbrella"};  // the last one imports
const std::vector<std::string> zones = {"Europe/Berlin", "America/New_York", "UTC", "Pacific/Auckland"};
const std::vector<std::string> roles = {"superAdmin", "admin", "billing", "auditor", "member"};
const std::vector<std::string> terms = {"PT6H", "P2D", "P1W", "P2W", "P1M"};
const std::vector<std::string> queues = {"calls", "Calls", "calls 2", "mail", "sales", "änderungen"};
const std::vector<std::string> queue_kinds = {"call", "outbound", "inbox"};
const std::vector<std::string> queue_roles = {"agent", "supervisor"};
constexpr std::uint64_t people_total = 24;
constexpr std::ptrdiff_t products_offered = 6;

std::string quote(const std::string& text) { return "'" + text + "'"; }

std::string usd(const std::string& amount) { return "{'amount':" + quote(amount) + ",'currency':'USD'}"; }

std::string defined(std::size_t number, const std::string& term, const std::string& price,
                    const std::string& billing = "purchased") {
    return "'defineProduct':{'sku':'s" + std::to_string(number) + "','name':'S','type':'t','term':" + quote(term) +
           ",'unitPrice':" + usd(price) + ",'billing':" + quote(billing) +
           ",'keepsPhone':" + (number % 3 == 2 ? "false" : "true") + "}";
}

}  // namespace

std::vector<std::string> CommandGenerator::beginning() {
    std::vector<std::string> commands;
    for (std::size_t i = 0; i < accounts.size(); ++i) {
        commands.push_back("{'account':" + quote(accounts[i]) +
                           ",'at':'2020-01-01T00:00:00Z','openAccount':{'name':'A','timeZone':" + quote(zones[i]) +
                           (i == 1 ? ",'disputeWindow':'P90D'" : "") + ",'importing':" + (i == 3 ? "true" : "false") +
                           ",'superAdmin':{'email':'P0@acme.test'}}}");
    }
    for (std::size_t i = 0; i < terms.size(); ++i) {
        commands.push_back("{" + defined(i, terms[i], std::to_string(i) + ".005") + "}");
    }
    return commands;
}

Instant CommandGenerator::next_now(Instant now) {
    if (!one_in(4)) return now;
    if (one_in(20)) return Instant{now.micros - static_cast<std::int64_t>(number(2 * hour))};
    const auto* account = state_.account(accounts[number(accounts.size())]);
    const auto until_due = account->next_due.micros - now.micros;
    if (one_in(4) && until_due > 0 && until_due < 5 * 24 * hour) {
        return Instant{account->next_due.micros + static_cast<std::int64_t>(number(3)) - 1};
    }
    return Instant{now.micros + static_cast<std::int64_t>(number(one_in(30) ? 48 * hour : hour))};
}

std::string CommandGenerator::at(Instant last, Instant due, Instant now) {
    const auto near = static_cast<std::int64_t>(number(3)) - 1;
    auto instant = now.micros;
    switch (number(4)) {
        case 0: instant = last.micros + near; break;
        case 1: instant = now.micros + near; break;
        case 2: instant = std::min(due.micros, now.micros) + near; break;
        default:
            if (now > last) instant = last.micros + static_cast<std::int64_t>(number(now.micros - last.micros)) / 4;
    }
    return "'at':" + quote(to_rfc3339(Instant{instant})) + ",";
}

std::string CommandGenerator::envelope(const Account* account, Instant now, bool may_act) {
    std::string fields;
    if (account != nullptr) {
        fields += "'account':" + quote(account->id) + ",";
        if (account->importing ? !one_in(3) : one_in(8))
            fields += at(account->last_effective_at, account->next_due, now);
        if (may_act && one_in(4)) fields += "'actor':" + quote(one_in(6) ? address() : administrator(*account)) + ",";
    } else if (one_in(6)) {
        fields += at(state_.catalog().last_effective_at(), now, now);
    }
    if (one_in(3)) fields += "'requestId':'r-" + std::to_string(++requests_) + "',";
    return fields;
}

std::string CommandGenerator::address() {
    std::string address = "p" + std::to_string(number(people_total)) + "@acme.test";
    if (one_in(4)) address[0] = 'P';
    if (one_in(4)) address.replace(address.find("acme"), 4, "ACme");
    return address;
}

std::string CommandGenerator::address_in(const Account& account) {
    for (int tries = 0; tries < 20; ++tries) {
        auto found = address();
        if (state_.user_of(account.number, fold_case(found)) || one_in(40)) return found;
    }
    return address();
}

std::string CommandGenerator::administrator(const Account& account) {
    for (UserId id(1); id < account.next_user; id = id.next()) {
        const auto* user = state_.user(account.number, id);
        if (user->roles.has(schema::Role::SUPER_ADMIN)) return user->email;
    }
    return address();
}

std::string CommandGenerator::sku() {
    const auto products = state_.catalog().all();
    const auto newest = std::min<std::size_t>(products.size(), 15);
    for (int tries = 0; tries < 20; ++tries) {
        const auto& product = products[products.size() - 1 - number(newest)];
        if (product.offered || one_in(60)) return product.sku;
    }
    return "s" + std::to_string(products.size());
}

std::string CommandGenerator::license(const Account& account, bool held) {
    const auto issued = account.next_license.value - 1;
    if (issued == 0 || one_in(30)) return std::to_string(issued + 1);
    const auto lots = state_.lots(account.number);
    for (int tries = 0; tries < 30; ++tries) {
        const auto& lot = lots[lots.size() - 1 - number(std::min<std::size_t>(lots.size(), 12))];
        const LicenseNumber candidate(lot.first.value + static_cast<std::uint32_t>(number(lot.quantity)));
        if (!lot.expired_at(account.last_effective_at) &&
            static_cast<bool>(state_.holder(account.number, candidate)) == held) {
            return std::to_string(candidate.value);
        }
    }
    return std::to_string(1 + number(issued));
}

std::string CommandGenerator::bind_row(const Account& account) {
    const auto what = one_in(2) ? "'sku':" + quote(sku()) : "'license':" + license(account, false);
    return "{" + what + ",'email':" + quote(one_in(8) ? awaiting(account) : address_in(account)) + "}";
}

std::string CommandGenerator::unbind_row(const Account& account) {
    if (!one_in(3)) return "{'license':" + license(account, true) + "}";
    // Somebody who has something, if there is one.
    for (int tries = 0; tries < 20; ++tries) {
        const UserId id(1 + static_cast<std::uint32_t>(number(account.next_user.value - 1)));
        const auto* user = state_.user(account.number, id);
        if (user->removed || user->holdings.empty()) continue;
        const auto& holding = user->holdings[number(user->holdings.size())];
        return "{'sku':" + quote(state_.catalog().at(holding.product).sku) + ",'email':" + quote(user->email) + "}";
    }
    return "{'sku':" + quote(sku()) + ",'email':" + quote(address()) + "}";
}

template <typename Row>
std::string CommandGenerator::bulk(const std::string& name, Row row) {
    std::string rows;
    const auto count = 1 + number(4);
    for (std::uint64_t i = 0; i < count; ++i) rows += (i == 0 ? "" : ",") + row();
    const std::string atomic = one_in(2) ? ",'atomic':true" : "";
    const std::string dry_run = one_in(4) ? ",'dryRun':true" : "";
    return quote(name) + ":{'rows':[" + rows + "]" + atomic + dry_run + "}";
}

// Mostly of somebody who has a license.
std::string CommandGenerator::phone_body(const Account& account) {
    auto email = address_in(account);
    for (int tries = 0; tries < 20 && !one_in(20); ++tries) {
        const UserId id(1 + static_cast<std::uint32_t>(number(account.next_user.value - 1)));
        const auto* user = state_.user(account.number, id);
        if (user->removed || user->holdings.empty()) continue;
        email = user->email;
        break;
    }
    const std::vector<std::string> odd = {
        "", "{line:1}", "[1,]", "01", "{}}", std::string(32'769, ' '), "[" + std::string(32'767, ' ') + "]"};
    auto config = "{\\'line\\':" + std::to_string(number(100)) + ",\\'keys\\':[\\'ü\\',-1.5e3,null]}";
    if (one_in(3)) config = odd[number(odd.size())];
    return "'savePhone':{'email':" + quote(email) + ",'config':" + quote(config) + "}";
}

// About few lines, with texts that now and then name somebody.
std::string CommandGenerator::dispute_body(const Account& account) {
    const auto writing = [&] {
        const auto who = one_in(2) ? awaiting(account) : address_in(account);
        return quote(one_in(2) ? "asked <" + who + ">. Twice" : "line " + std::to_string(number(9)));
    };
    // One of the first, which is resolved, or of the newest.
    const auto some = [&] {
        const auto next = account.next_dispute.value;
        const auto few = number(std::min(next, 5u));
        return std::to_string(one_in(2) ? 1 + few : next - few);
    };
    const std::string bill = "'bill':{'sha256':'" + std::string(64, one_in(30) ? 'x' : 'a') +
                             "','row':" + std::to_string(1 + number(8)) + ",'text':" + writing() +
                             (one_in(2) ? ",'date':'2020-0" + std::to_string(1 + number(9)) + "-01'" : "") + "}";
    switch (number(8)) {
        case 0:
        case 1: return "'openDispute':{'claim':" + writing() + "," + bill + "}";
        case 2:
            return "'openDispute':{'invoice':'i-" + std::to_string(1 + number(invoices_[account.id] + 1)) +
                   "','line':" + std::to_string(1 + number(3)) + ",'claim':" + writing() +
                   (one_in(3) ? "," + bill : "") + "}";
        case 3: return "'addEvidence':{'dispute':" + some() + ",'note':" + writing() + "}";
        case 4: return "'addEvidence':{'dispute':" + some() + ",'sha256':'" + std::string(64, 'b') + "'}";
        default:
            return "'resolveDispute':{'dispute':" + some() + ",'verdict':'upheld'" +
                   (one_in(2) ? ",'note':" + writing() : "") + "}";
    }
}

// Somebody whom a dispute concerns and who holds nothing, if there is one.
std::string CommandGenerator::disputant(const Account& account) {
    for (UserId id(1); id < account.next_user; id = id.next()) {
        const auto* user = state_.user(account.number, id);
        const auto is_open = [&](DisputeNumber dispute) { return !state_.dispute(account.number, dispute)->resolved; };
        if (user->email.empty() || std::ranges::none_of(user->disputes, is_open)) continue;
        const bool holds_nothing =
            rules::held_at(user->holdings, account.last_effective_at).empty() && user->queues.empty();
        if (user->removed || (holds_nothing && !user->roles.has(schema::Role::SUPER_ADMIN))) return user->email;
    }
    return address();
}

std::string CommandGenerator::seat_body(const Account& account) {
    if (one_in(12)) return phone_body(account);
    if (one_in(11)) return dispute_body(account);
    switch (number(8)) {
        case 0:
        case 1:
        case 2:
        case 3: return "'bindLicense':" + bind_row(account);
        case 4: return "'unbindLicense':" + unbind_row(account);
        case 5:
            return "'reassignLicense':{'license':" + license(account, !one_in(10)) +
                   ",'email':" + quote(address_in(account)) + "}";
        case 6: return bulk("bindLicenses", [&] { return bind_row(account); });
        default: return bulk("unbindLicenses", [&] { return unbind_row(account); });
    }
}

std::string CommandGenerator::people_body(const Account& account) {
    const auto change_role = [&](const std::string& command) {
        return quote(command) + ":{'email':" + quote(address_in(account)) +
               ",'role':" + quote(roles[number(roles.size())]) + "}";
    };
    static const std::vector<std::string> languages = {"en", "ru", "pt", "de"};
    const auto password = [&] { return quote(one_in(4) ? "eleven char" : "twelve chars"); };
    switch (number(9)) {
        case 0:
        case 1:
        case 2:
            return "'registerUser':{'email':" + quote(address()) + (one_in(4) ? ",'sku':" + quote(sku()) : "") +
                   (one_in(8) ? ",'password':" + password() : "") +
                   (one_in(8) ? ",'language':" + quote(languages[number(languages.size())]) : "") + "}";
        case 3:
            if (one_in(2)) {
                const auto whose = one_in(3) ? disputant(account) : one_in(2) ? address() : address_in(account);
                return "'erasePerson':{'email':" + quote(whose) + "}";
            }
            return "'removeUser':{'email':" + quote(one_in(2) ? awaiting(account) : address_in(account)) + "}";
        case 4: return "'changeEmail':{'email':" + quote(address_in(account)) + ",'newEmail':" + quote(address()) + "}";
        case 5:
        case 6: return change_role("grantRole");
        case 7: return "'setPassword':{'email':" + quote(address_in(account)) + ",'password':" + password() + "}";
        default: return change_role("revokeRole");
    }
}

std::string CommandGenerator::queue(const Account& account, bool is_there) {
    std::string name;
    for (int tries = 0; tries < 20; ++tries) {
        name = queues[number(queues.size())];
        const auto* queue = state_.queue(account.number, name);
        if ((queue != nullptr && !queue->deleted) == is_there || one_in(20)) break;
    }
    return name;
}

std::string CommandGenerator::entry_row(const Account& account) {
    const auto name = queue(account, !one_in(10));
    return "{'queue':" + quote(name) + ",'email':" + quote(address_in(account)) +
           ",'role':" + quote(queue_roles[number(queue_roles.size())]) + "}";
}

std::string CommandGenerator::exit_row(const Account& account) {
    if (one_in(4)) return "{'queue':" + quote(queue(account, true)) + ",'email':" + quote(address_in(account)) + "}";
    // Somebody who is in it, if there is one.
    std::string name;
    for (int tries = 0; tries < 20; ++tries) {
        name = queues[number(queues.size())];
        const auto* queue = state_.queue(account.number, name);
        if (queue == nullptr || queue->members.empty()) continue;
        const auto member = queue->members[number(queue->members.size())];
        return "{'queue':" + quote(name) + ",'email':" + quote(state_.user(account.number, member)->email) + "}";
    }
    return "{'queue':" + quote(name) + ",'email':" + quote(address()) + "}";
}

std::string CommandGenerator::queue_body(const Account& account) {
    switch (number(8)) {
        case 0:
            return "'createQueue':{'queue':" + quote(queue(account, one_in(3))) +
                   ",'kind':" + quote(queue_kinds[number(queue_kinds.size())]) + "}";
        case 1: return "'deleteQueue':{'queue':" + quote(queue(account, one_in(3))) + "}";
        case 2:
        case 3:
        case 4:
        case 5: return "'addQueueMember':" + entry_row(account);
        default: return "'removeQueueMember':" + exit_row(account);
    }
}

const Invoice* CommandGenerator::open_invoice(const Account& account) {
    const auto newest = invoices_[account.id];
    for (auto number = newest; number > 0 && number + 20 > newest; --number) {
        const auto* invoice = state_.invoice(account.number, "i-" + std::to_string(number));
        if (invoice != nullptr && (invoice->state == InvoiceState::open || one_in(100))) return invoice;
    }
    return nullptr;
}

// Over the invoice's total, or something near.
std::string CommandGenerator::payment(const Invoice* invoice) {
    const auto id = invoice == nullptr ? "i-0" : invoice->id;
    auto amount = invoice == nullptr ? Amount{} : invoice->total.amount;
    if (one_in(15)) amount.millionths += 1;
    const auto reference = one_in(10) && payments_ > 0 ? 1 + number(payments_) : ++payments_;
    return "'recordPayment':{'invoice':" + quote(id) + ",'reference':'b-" + std::to_string(reference) +
           "','amount':" + usd(format_amount(amount, "USD")) + "}";
}

std::string CommandGenerator::money_body(const Account& account) {
    const auto newest = invoices_[account.id];
    if (one_in(12))
        return "'voidInvoice':{'invoice':'i-" + std::to_string(newest + 1 - std::min(number(4), newest)) + "'}";
    const auto* open = open_invoice(account);
    if (one_in(open == nullptr ? 20 : 2)) return payment(open);
    std::string lines;
    const auto count = 1 + number(3);
    for (std::uint64_t i = 0; i < count; ++i) {
        const auto quantity = one_in(40) ? 0 : 1 + number(15);
        lines += (i == 0 ? "" : ",") + ("{'sku':" + quote(sku()) + ",'quantity':" + std::to_string(quantity));
        if (one_in(4)) lines += ",'term':" + quote(terms[number(terms.size())]);
        if (one_in(4)) lines += ",'amount':" + usd(std::to_string(number(9)) + ".50");
        lines += "}";
    }
    return "'issueInvoice':{'invoice':" + next_invoice(account) + ",'raisedBy':" + quote(address_in(account)) +
           ",'lines':[" + lines + "]}";
}

std::string CommandGenerator::next_invoice(const Account& account) {
    const auto newest = invoices_[account.id];
    const auto issued = one_in(20) ? std::max<std::uint64_t>(newest, 1) : ++invoices_[account.id];
    return "'i-" + std::to_string(issued) + "'";
}

std::string CommandGenerator::order(const Account& account) {
    const auto newest = account.next_order.value - 1;
    for (auto number = newest; number > 0 && number + 12 > newest; --number) {
        const auto* order = state_.order(account.number, OrderNumber(number));
        if ((!order->closed && order->invoice.empty()) || one_in(20)) return std::to_string(number);
    }
    return std::to_string(newest + 1 - (one_in(2) && newest > 0 ? 1 : 0));
}

std::string CommandGenerator::awaiting(const Account& account) {
    const auto newest = account.next_order.value - 1;
    for (auto number = newest; number > 0 && number + 12 > newest; --number) {
        const auto* order = state_.order(account.number, OrderNumber(number));
        if (!order->closed && order->user && one_in(2)) return state_.user(account.number, order->user)->email;
    }
    return address_in(account);
}

std::string CommandGenerator::order_body(const Account& account) {
    const auto token = [&] {
        if (!account.cards.empty() && !one_in(4)) return account.cards[number(account.cards.size())].token;
        return "card-" + std::to_string(number(6));
    };
    switch (number(12)) {
        case 0:
        case 1: {
            const auto added = one_in(8) ? "4111111111111111" : "card-" + std::to_string(number(6));
            return "'addCard':{'token':" + quote(added) + ",'last4':'4242','expires':'2027-05'}";
        }
        case 2: return "'removeCard':{'token':" + quote(token()) + "}";
        case 3:
        case 4:
        case 5:
        case 6: {
            const auto quantity = one_in(20) ? 1'000'001 * number(2) : 1 + number(20);
            return "'requestLicenses':{'sku':" + quote(sku()) + ",'quantity':" + std::to_string(quantity) + "}";
        }
        case 7:
        case 8:
        case 9:
        case 10: return "'fulfillOrder':{'order':" + order(account) + ",'invoice':" + next_invoice(account) + "}";
        default: return "'cancelOrder':{'order':" + order(account) + "}";
    }
}

// Takes back some of an invoice, mostly one that was paid.
std::string CommandGenerator::credit_body(const Account& account) {
    const auto newest = invoices_[account.id];
    const Invoice* invoice = nullptr;
    std::string id = "i-0";
    for (int tries = 0; tries < 20 && newest > 0; ++tries) {
        id = "i-" + std::to_string(newest - number(std::min<std::uint64_t>(newest, 40)));
        invoice = state_.invoice(account.number, id);
        if (invoice != nullptr && (invoice->state == InvoiceState::paid || one_in(30))) break;
    }
    if (one_in(5)) return "'reversePayment':{'invoice':" + quote(id) + ",'reason':'chargeback'}";
    const std::size_t lines = invoice == nullptr ? 0 : invoice->lines.size();
    const auto which = one_in(20) ? lines + 1 : lines == 0 ? 1 : 1 + number(lines);
    std::uint64_t quantity = 1 + number(4);
    Amount amount{};
    if (which <= lines) {
        const auto& line = invoice->lines[which - 1];
        const auto cents = static_cast<std::uint64_t>((line.amount.millionths - line.credited.millionths) / 10'000);
        amount.millionths = static_cast<std::int64_t>(number(cents / 2 + 1) + (one_in(15) ? cents + 1 : 0)) * 10'000;
        const auto left = line.quantity - line.credited_quantity;
        quantity = number(left / 2 + 2) + (one_in(15) ? left : 0);
    }
    return "'creditInvoice':{'invoice':" + quote(id) + ",'line':" + std::to_string(which) +
           ",'quantity':" + std::to_string(quantity) + ",'amount':" + usd(format_amount(amount, "USD")) +
           ",'reason':'as agreed'" + (one_in(20) ? ",'dispute':" + std::to_string(1 + number(3)) : "") + "}";
}

std::string CommandGenerator::catalog_body() {
    const auto products = state_.catalog().all();
    if (one_in(2)) {
        const auto which = one_in(10) ? "s" + std::to_string(products.size()) : sku();
        return "'changeProduct':{'sku':" + quote(which) + ",'unitPrice':" + usd(std::to_string(number(20)) + ".25") +
               "}";
    }
    if (std::ranges::count_if(products, &Product::offered) >= products_offered) {
        return "'retireProduct':{'sku':" + quote(sku()) + "}";
    }
    return defined(products.size() - (one_in(4) ? 1 : 0), terms[number(terms.size())], "1.10",
                   one_in(2) ? "membership" : "purchased");
}

std::string CommandGenerator::name_of(schema::Command::Reader command) {
    for (const auto field : capnp::Schema::from<schema::Command>().getUnionFields()) {
        if (field.getProto().getDiscriminantValue() == static_cast<std::uint16_t>(command.which())) {
            return field.getProto().getName().cStr();
        }
    }
    return "";
}

std::string CommandGenerator::next(Instant now) {
    if (one_in(30)) return "{" + envelope(nullptr, now, false) + catalog_body() + "}";
    const auto& account = *state_.account(accounts[number(accounts.size())]);
    if (one_in(300)) {
        const auto* importing = state_.account(accounts.back());
        return "{" + envelope(one_in(3) ? &account : importing, now, false) + "'endImport':{}}";
    }
    if (one_in(20)) return odd_command(account, now);
    const auto kind = number(15);
    if (kind == 12) return "{" + envelope(&account, now, one_in(8)) + credit_body(account) + "}";
    if (kind > 12) {
        const auto body = order_body(account);
        if (one_in(4)) {
            return "{'account':" + quote(account.id) + ",'actor':" + quote(address_in(account)) + "," + body + "}";
        }
        return "{" + envelope(&account, now, !body.starts_with("'fulfill") || one_in(8)) + body + "}";
    }
    if (kind < 2) return "{" + envelope(&account, now, true) + people_body(account) + "}";
    if (kind < 4) return "{" + envelope(&account, now, false) + money_body(account) + "}";
    if (kind < 6) return "{" + envelope(&account, now, true) + queue_body(account) + "}";
    return "{" + envelope(&account, now, true) + seat_body(account) + "}";
}

}  // namespace seatledger::testing
