#include "tests/support/audited.h"

#include "tests/support/catch.h"

namespace seatledger::testing {

std::vector<std::string> Audited::lines() const {
    std::vector<std::string> lines;
    for (const auto& finding : findings) {
        const auto rule = finding.rule ? " " + std::string(rule_id(*finding.rule)) : "";
        lines.push_back(std::to_string(finding.sequence.value) + rule + " " + finding.message);
    }
    return lines;
}

Audited audit(const Log& log, const Seals& seals, Calendar calendar) {
    Audited result;
    Auditor auditor(log, seals, calendar);
    const auto cursor = log.read(Sequence(1));
    while (true) {
        const auto block = cursor->next();
        REQUIRE(block.has_value());
        if (!*block) break;
        auditor.check(**block, result.findings);
    }
    result.counts = auditor.counts();
    return result;
}

}  // namespace seatledger::testing
