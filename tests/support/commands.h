// Commands as the tests write them: JSON with ' for ", so that they can stand in C++ text.
#pragma once

#include <capnp/message.h>
#include <capnp/serialize.h>

#include <concepts>
#include <string>
#include <string_view>
#include <vector>

#include "events/command.capnp.h"

namespace seatledger::testing {

// JSON with " for '.
[[nodiscard]] std::string quoted(std::string_view json);

// A command as it comes from outside: serialized and read under Cap'n Proto's default limits. Fails the test if
// the JSON is no command.
class ReceivedCommand {
 public:
    explicit ReceivedCommand(std::string_view json);
    explicit ReceivedCommand(schema::Command::Reader command);
    [[nodiscard]] schema::Command::Reader get() { return reader_.getRoot<schema::Command>(); }

 private:
    kj::Array<capnp::word> words_;
    capnp::FlatArrayMessageReader reader_;
};

using Steps = std::vector<std::string>;

// One list of several steps and lists of steps.
template <typename... Parts>
[[nodiscard]] Steps steps(const Parts&... parts) {
    Steps all;
    [[maybe_unused]] const auto add = [&all](const auto& part) {
        if constexpr (std::convertible_to<decltype(part), std::string>) {
            all.push_back(part);
        } else {
            all.insert(all.end(), part.begin(), part.end());
        }
    };
    (add(parts), ...);
    return all;
}

// ---- The account acme with its super admin boss@acme.test, and what commonly happens in it.

// `body`: what stands beside the account, such as 'bindLicense':{…}.
[[nodiscard]] std::string acme(std::string_view body);

[[nodiscard]] std::string open_acme(std::string_view zone = "UTC", std::string_view envelope = "");
[[nodiscard]] std::string registered(std::string_view name);  // as name@acme.test
[[nodiscard]] std::string granted(std::string_view name, std::string_view role);
[[nodiscard]] std::string product(std::string_view sku, std::string_view term = "P1Y");        // at 10.00 USD
[[nodiscard]] std::string phone_product(std::string_view sku, std::string_view term = "P1Y");  // … that keeps phones
// `config`: JSON with ' for ".
[[nodiscard]] std::string phone_saved(std::string_view name, std::string_view config = "{'line':1}");
[[nodiscard]] std::string invoiced(std::string_view invoice, std::string_view sku, int quantity);
[[nodiscard]] std::string paid(std::string_view invoice, std::string_view usd, std::string_view reference);
[[nodiscard]] Steps bought(std::string_view invoice, std::string_view sku, int quantity);  // invoiced and paid
[[nodiscard]] std::string bind(int license, std::string_view name);
[[nodiscard]] std::string unbind(int license);

}  // namespace seatledger::testing
