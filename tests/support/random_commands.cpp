#include "tests/support/random_commands.h"

#include <algorithm>

namespace seatledger::testing {
namespace {

constexpr std::int64_t second = 1'000'000;
constexpr std::int64_t day = 86'400 * second;

std::string text(const std::string& value) { return "'" + value + "'"; }

std::string money(int units) { return "{'amount':'" + std::to_string(units) + ".00','currency':'USD'}"; }

}  // namespace

RandomCommands::RandomCommands(std::uint64_t seed)
    : random_(seed), past_micros_(1'420'070'400'000'000) {}  // 2015-01-01T00:00:00Z

const std::vector<std::string>& RandomCommands::accounts() {
    static const std::vector<std::string> all = {"a", "b", "c", "past"};
    return all;
}

const std::vector<std::string>& RandomCommands::skus() {
    static const std::vector<std::string> all = {"hour", "week", "month"};
    return all;
}

std::vector<std::string> RandomCommands::emails() {
    std::vector<std::string> all;
    for (int i = 0; i < 9; ++i) all.push_back("p" + std::to_string(i) + "@acme.test");
    return all;
}

// One begins like another, and by their bytes they are in another order than in a dictionary.
const std::vector<std::string>& RandomCommands::queues() {
    static const std::vector<std::string> all = {"calls", "Mail", "calls 2", "ämter"};
    return all;
}

const std::vector<std::string>& RandomCommands::queue_kinds() {
    static const std::vector<std::string> all = {"call", "outbound", "inbox"};
    return all;
}

std::vector<std::string> RandomCommands::start() {
    std::vector<std::string> commands;
    for (const auto& at : {"2015-01-04T00:00:00Z", "2015-01-10T00:00:00Z", "2015-01-14T00:00:00Z"}) {
        commands.push_back("{'at':" + text(at) + "," + of_center() + "}");
    }
    for (const auto& [sku, term] : {std::pair("hour", "PT1H"), std::pair("week", "P1W"), std::pair("month", "P1M")}) {
        commands.push_back("{'defineProduct':{'sku':" + text(sku) +
                           ",'name':'Product','type':'seat','term':" + text(term) + ",'unitPrice':" + money(10) +
                           ",'keepsPhone':" + (std::string(sku) == "hour" ? "false" : "true") + "}}");
    }
    for (const auto& account : {"a", "b", "c"}) {
        commands.push_back("{'account':" + text(account) + ",'openAccount':{'name':" + text(account) +
                           ",'timeZone':'Europe/Berlin','superAdmin':{'email':'p0@acme.test'}}}");
        // Five of the nine people, counting the super admin; the others come later.
        for (std::size_t i = 1; i < 5; ++i) {
            commands.push_back("{'account':" + text(account) + ",'registerUser':{'email':" + text(emails()[i]) + "}}");
        }
    }
    return commands;
}

std::int64_t RandomCommands::leap_micros() {
    const auto up_to = [&](std::int64_t end) {
        return static_cast<std::int64_t>(number(static_cast<std::uint64_t>(end)));
    };
    switch (number(10)) {
        case 0: return up_to(one_in(4) ? 2 * day : day / 4);
        case 1: return up_to(3'600 * second);
        case 2: return 1;
        case 3: return one_in(30) ? up_to(20 * day) : second;
        default: return 0;
    }
}

std::string RandomCommands::email() { return "'email':" + text(emails()[number(9)]); }
std::string RandomCommands::sku() { return "'sku':" + text(skus()[number(3)]); }
std::string RandomCommands::center() const { return "'sku':'center " + std::to_string(centers_) + "'"; }

// Mostly one of the newer half: older ones have ended.
std::string RandomCommands::license(const std::string& account) {
    const auto end = static_cast<std::uint64_t>(known_[account].licenses) + 1;
    const auto first = one_in(3) ? 0 : end / 2;
    return "'license':" + std::to_string(1 + first + number(end - first));
}

std::string RandomCommands::next() {
    if (!repeatable_.empty() && one_in(20)) return repeatable_[number(repeatable_.size())];
    auto command = any_command();
    if (command.find("'requestId'") != std::string::npos) repeatable_.push_back(command);
    return command;
}

std::string RandomCommands::any_command() {
    if (one_in(25)) return of_catalog();
    if (!past_was_opened_ && one_in(20)) {
        past_was_opened_ = true;
        past_is_importing_ = true;
        return "{'account':'past','at':'2015-01-01T00:00:00Z','openAccount':{'name':'Past','importing':true,"
               "'superAdmin':{'email':'p0@acme.test'}}}";
    }
    if (past_is_importing_ && one_in(300)) {
        past_is_importing_ = false;
        return "{'account':'past','endImport':{}}";
    }
    return of_account(accounts()[number(4)]);
}

std::string RandomCommands::of_catalog() {
    if (one_in(6)) {
        if (!center_is_offered_ || one_in(2)) return "{" + of_center() + "}";
        // There must not be another one.
        return "{'defineProduct':{'sku':'another','name':'Another','type':'queues','term':'P1M',"
               "'billing':'membership','unitPrice':" +
               money(40) + "}}";
    }
    std::string features = "'a'";
    if (one_in(2)) features += ",'b'";
    return "{'changeProduct':{" + (one_in(6) ? center() : sku()) + ",'name':'Product " + std::to_string(number(100)) +
           "','features':[" + features + "]}}";
}

// Retires the product that is billed by membership, or offers a new one.
std::string RandomCommands::of_center() {
    center_is_offered_ = !center_is_offered_;
    if (!center_is_offered_) return "'retireProduct':{" + center() + "}";
    ++centers_;
    return "'defineProduct':{" + center() +
           ",'name':'Center','type':'queues','term':'P1M','billing':'membership','unitPrice':" + money(10) + "}";
}

std::string RandomCommands::envelope(const std::string& account) {
    std::string head = "{'account':" + text(account) + ",";
    if (one_in(6)) head += "'requestId':'r" + std::to_string(++requests_) + "',";
    if (account == "past" && past_is_importing_) {
        past_micros_ += leap_micros();
        head += "'at':" + text(to_rfc3339(Instant{past_micros_})) + ",";
    }
    return head;
}

std::string RandomCommands::of_account(const std::string& account) {
    const auto head = envelope(account);
    switch (number(10)) {
        case 0: return head + of_people() + "}";
        case 1: return head + (one_in(4) ? of_credits(account) : of_invoices(account)) + "}";
        case 2:
        case 3: return head + (one_in(3) ? of_orders(account) : of_queues()) + "}";
        default: return head + of_licenses(account) + "}";
    }
}

std::string RandomCommands::of_people() {
    switch (number(8)) {
        case 0: return "'removeUser':{" + email() + "}";
        case 1: return "'changeEmail':{" + email() + ",'newEmail':" + text(emails()[number(9)]) + "}";
        case 2: return "'grantRole':{" + email() + ",'role':" + text(one_in(2) ? "superAdmin" : "admin") + "}";
        case 3: return "'revokeRole':{" + email() + ",'role':" + text(one_in(2) ? "superAdmin" : "admin") + "}";
        default: return "'registerUser':{" + email() + ",'name':'P" + std::to_string(number(100)) + "'}";
    }
}

std::string RandomCommands::of_invoices(const std::string& account) {
    auto& known = known_[account];
    if (!known.unpaid.empty() && !one_in(4)) {
        const auto [invoice, amount] = known.unpaid.back();
        known.unpaid.pop_back();
        if (one_in(6)) return "'voidInvoice':{'invoice':" + text(invoice) + "}";
        return "'recordPayment':{'invoice':" + text(invoice) + ",'reference':" + text("bank-" + invoice) +
               ",'amount':" + amount + "}";
    }
    const auto invoice = "i" + std::to_string(++known.invoices);
    std::string lines;
    int total = 0;
    for (auto count = 1 + number(3); count > 0; --count) {
        // Some lots cross the chunks in which licenses are kept.
        const auto quantity = one_in(8) ? 60 + static_cast<int>(number(90)) : 1 + static_cast<int>(number(6));
        total += 10 * quantity;
        known.licenses += quantity;
        if (!lines.empty()) lines += ",";
        lines += "{" + (one_in(8) ? center() : sku()) + ",'quantity':" + std::to_string(quantity) + "}";
    }
    known.unpaid.emplace_back(invoice, money(total));
    return "'issueInvoice':{'invoice':" + text(invoice) + ",'raisedBy':" + text(emails()[number(9)]) + ",'lines':[" +
           lines + "]}";
}

std::string RandomCommands::of_credits(const std::string& account) {
    const auto newest = static_cast<std::uint64_t>(std::max(1, known_[account].invoices));
    const auto invoice = "'invoice':" + text("i" + std::to_string(newest - number(std::min<std::uint64_t>(newest, 6))));
    if (one_in(4)) return "'reversePayment':{" + invoice + ",'reason':'chargeback'}";
    const auto quantity = static_cast<int>(number(4));
    return "'creditInvoice':{" + invoice + ",'line':" + std::to_string(1 + number(2)) +
           ",'quantity':" + std::to_string(quantity) + ",'amount':" + money(quantity == 0 || one_in(2) ? 3 : 0) +
           ",'reason':'as agreed'}";
}

std::string RandomCommands::of_orders(const std::string& account) {
    auto& known = known_[account];
    const std::string by_boss = one_in(2) ? "'actor':'p0@acme.test'," : "";
    // Requests that were rejected have no number, so the newest order may be any of the last ones.
    const auto newest = static_cast<std::uint64_t>(std::max(1, known.orders));
    const auto order =
        "'order':" + std::to_string(newest - number(one_in(2) ? std::min<std::uint64_t>(newest, 4) : newest));
    switch (number(10)) {
        case 0: return "'addCard':{'token':'card','last4':'4242','expires':'2027-05'}";
        case 1: return "'removeCard':{'token':'card'}";
        case 8:
        case 9: return by_boss + "'cancelOrder':{" + order + "}";
        case 2:
        case 3:
        case 4:
            ++known.orders;
            return by_boss + "'requestLicenses':{" + sku() + ",'quantity':" + (one_in(3) ? "2" : "1") + "}";
        default: {
            const auto invoice = "i" + std::to_string(++known.invoices);
            ++known.licenses;
            known.unpaid.emplace_back(invoice, money(one_in(3) ? 20 : 10));
            return "'fulfillOrder':{" + order + ",'invoice':" + text(invoice) + "}";
        }
    }
}

void RandomCommands::note(Seat seat, std::size_t count_max, std::vector<Seat>& seats) {
    if (seats.size() == count_max) seats.erase(seats.begin());
    seats.push_back(std::move(seat));
}

std::string RandomCommands::bind_row(const std::string& account) {
    auto& [given, taken] = known_[account].seats;
    // Often to whoever it was taken from before: they get it back.
    if (!taken.empty() && one_in(4)) {
        const auto& back = taken[number(taken.size())];
        return "{" + back.what + "," + back.to + "}";
    }
    const auto to = email();
    note({one_in(2) ? license(account) : sku(), to}, 10, given);
    return "{" + given.back().what + "," + to + "}";
}

std::string RandomCommands::unbind_row(const std::string& account) {
    auto& [given, taken] = known_[account].seats;
    if (!given.empty() && !one_in(4)) {
        const auto seat = given[number(given.size())];
        note(seat, 3, taken);
        return seat.what.starts_with("'sku'") ? "{" + seat.what + "," + seat.to + "}" : "{" + seat.what + "}";
    }
    if (one_in(2)) return "{" + license(account) + "}";
    return "{" + sku() + "," + email() + "}";
}

// Mostly of somebody who was to have a license.
std::string RandomCommands::of_phones(const std::string& account) {
    const auto& given = known_[account].seats.given;
    const auto whose = given.empty() || one_in(4) ? email() : given[number(given.size())].to;
    return "'savePhone':{" + whose + ",'config':'{\\'line\\':" + std::to_string(number(1'000)) + "}'}";
}

std::string RandomCommands::of_licenses(const std::string& account) {
    const auto row = [&](bool bind) { return bind ? bind_row(account) : unbind_row(account); };
    if (one_in(8)) return of_phones(account);
    switch (number(9)) {
        case 0: return "'reassignLicense':{" + license(account) + "," + email() + "}";
        case 1: {
            const bool bind = one_in(2);
            std::string rows = row(bind);
            for (auto count = number(4); count > 0; --count) rows += "," + row(bind);
            const std::string how = one_in(3) ? ",'atomic':true" : one_in(3) ? ",'dryRun':true" : "";
            return (bind ? "'bindLicenses':{'rows':[" : "'unbindLicenses':{'rows':[") + rows + "]" + how + "}";
        }
        case 2:
        case 3: return "'unbindLicense':" + row(false);
        case 4: {
            if (one_in(3)) ++known_[account].orders;
            return "'registerUser':{" + email() + "," + sku() + "}";
        }
        default: return "'bindLicense':" + row(true);
    }
}

// About a few people only, so that what is to be left was often entered before.
std::string RandomCommands::of_queues() {
    const auto member = "'email':" + text(emails()[number(5)]);
    const auto queue = "'queue':" + text(queues()[number(queues().size())]);
    switch (number(12)) {
        case 0:
        case 1:
        case 2: return "'createQueue':{" + queue + ",'kind':" + text(queue_kinds()[number(3)]) + "}";
        case 3: return "'deleteQueue':{" + queue + "}";
        case 4:
        case 5:
        case 6:
        case 7: return "'removeQueueMember':{" + queue + "," + member + "}";
        default:
            return "'addQueueMember':{" + queue + "," + member + ",'role':" + text(one_in(2) ? "agent" : "supervisor") +
                   "}";
    }
}

}  // namespace seatledger::testing
