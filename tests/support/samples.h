// A small world in which everything can happen once, and one command of every kind that is accepted in it.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "tests/support/commands.h"

namespace seatledger::testing {

// The accounts acme and past (which is importing); in both boss, admin, billing, auditor and member@acme.test, who
// have the role that they are named after (boss: superAdmin). acme has the licenses 1 to 3 of connect, a product that
// keeps phones, of which 1 is bound to member, and the open invoices open-1 and open-2 over 10.00 USD each.
[[nodiscard]] Steps sample_world();

struct Sample {
    std::string name;
    std::string account;  // empty: the catalogue's
    std::string body;     // such as {'license':2,'email':'boss@acme.test'}

    // `envelope`: what else stands beside the body, each followed by a comma.
    [[nodiscard]] std::string command(std::string_view envelope = "") const;
};

// Every command of the schema once, accepted in sample_world().
[[nodiscard]] const std::vector<Sample>& samples();

}  // namespace seatledger::testing
