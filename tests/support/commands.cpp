#include "tests/support/commands.h"

#include <algorithm>

#include "server/json.h"
#include "tests/support/catch.h"

namespace seatledger::testing {
namespace {

kj::Array<capnp::word> serialize(std::string_view json) {
    capnp::MallocMessageBuilder message;
    const auto read = read_command(quoted(json), message.initRoot<schema::Command>());
    if (!read) FAIL("no command: " << json << ": " << read.error());
    return capnp::messageToFlatArray(message);
}

kj::Array<capnp::word> serialize(schema::Command::Reader command) {
    capnp::MallocMessageBuilder message;
    message.setRoot(command);
    return capnp::messageToFlatArray(message);
}

std::string text(std::string_view text) { return "'" + std::string(text) + "'"; }
std::string address(std::string_view name) { return text(std::string(name) + "@acme.test"); }

}  // namespace

std::string quoted(std::string_view json) {
    std::string out(json);
    std::ranges::replace(out, '\'', '"');
    return out;
}

ReceivedCommand::ReceivedCommand(std::string_view json) : words_(serialize(json)), reader_(words_) {}
ReceivedCommand::ReceivedCommand(schema::Command::Reader command) : words_(serialize(command)), reader_(words_) {}

std::string acme(std::string_view body) { return "{'account':'acme'," + std::string(body) + "}"; }

std::string open_acme(std::string_view zone, std::string_view envelope) {
    return acme(std::string(envelope) + "'openAccount':{'name':'Acme','timeZone':" + text(zone) +
                ",'currency':'USD','superAdmin':{'email':'boss@acme.test','name':'Bo'}}");
}

std::string registered(std::string_view name) { return acme("'registerUser':{'email':" + address(name) + "}"); }

std::string granted(std::string_view name, std::string_view role) {
    return acme("'grantRole':{'email':" + address(name) + ",'role':" + text(role) + "}");
}

std::string product(std::string_view sku, std::string_view term) {
    return "{'defineProduct':{'sku':" + text(sku) + ",'name':'Product','type':'seat','term':" + text(term) +
           ",'unitPrice':{'amount':'10.00','currency':'USD'}}}";
}

std::string phone_product(std::string_view sku, std::string_view term) {
    auto command = product(sku, term);
    return command.insert(command.size() - 2, ",'keepsPhone':true");
}

std::string phone_saved(std::string_view name, std::string_view config) {
    std::string escaped;
    for (const char c : config) escaped += c == '\'' ? "\\'" : std::string(1, c);
    return acme("'savePhone':{'email':" + address(name) + ",'config':'" + escaped + "'}");
}

std::string invoiced(std::string_view invoice, std::string_view sku, int quantity) {
    return acme("'issueInvoice':{'invoice':" + text(invoice) + ",'raisedBy':'boss@acme.test','lines':[{'sku':" +
                text(sku) + ",'quantity':" + std::to_string(quantity) + "}]}");
}

std::string paid(std::string_view invoice, std::string_view usd, std::string_view reference) {
    return acme("'recordPayment':{'invoice':" + text(invoice) + ",'reference':" + text(reference) +
                ",'amount':{'amount':" + text(usd) + ",'currency':'USD'}}");
}

Steps bought(std::string_view invoice, std::string_view sku, int quantity) {
    return {invoiced(invoice, sku, quantity),
            paid(invoice, std::to_string(10 * quantity) + ".00", "bank-" + std::string(invoice))};
}

std::string bind(int license, std::string_view name) {
    return acme("'bindLicense':{'license':" + std::to_string(license) + ",'email':" + address(name) + "}");
}

std::string unbind(int license) { return acme("'unbindLicense':{'license':" + std::to_string(license) + "}"); }

}  // namespace seatledger::testing
