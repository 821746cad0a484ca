// All that a state knows, as text: two states that answer alike give the same text.
#pragma once

#include <map>
#include <set>
#include <string>

#include "engine/rules/state.h"
#include "events/event.capnp.h"

namespace seatledger::testing {

// What the events named. A state can only be asked by name, so this is what there is to ask for.
class Names {
 public:
    void add(schema::Event::Reader event);

    struct OfAccount {
        std::set<std::string> emails;  // folded
        std::set<std::string> invoices;
        std::set<std::string> queues;
        std::set<std::string> payments;
    };
    [[nodiscard]] const std::map<std::string, OfAccount>& accounts() const { return accounts_; }

 private:
    std::map<std::string, OfAccount> accounts_;
};

// Cost: every license is asked for.
[[nodiscard]] std::string dump(State& state, const Names& names);
[[nodiscard]] std::string dump_account(State& state, const std::string& id, const Names::OfAccount& names);

}  // namespace seatledger::testing
