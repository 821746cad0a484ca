// Runs the audit over a log.
#pragma once

#include <string>
#include <vector>

#include "engine/audit/auditor.h"
#include "engine/log/log.h"

namespace seatledger::testing {

struct Audited {
    std::vector<Finding> findings;
    Auditor::Counts counts;

    // A line a finding, such as "7 license_must_be_available licenseBound: license 1 is bound to …".
    [[nodiscard]] std::vector<std::string> lines() const;
};

// Fails the test if the log cannot be read.
[[nodiscard]] Audited audit(const Log& log, const Seals& seals, Calendar calendar = Calendar::of_this_machine);

}  // namespace seatledger::testing
