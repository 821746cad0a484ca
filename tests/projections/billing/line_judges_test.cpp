// However many judge a bill side by side, they say the same.
#include <algorithm>
#include <limits>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/catch.h"
#include "tests/support/reconciled.h"

namespace seatledger::billing {
namespace {

using namespace testing;

constexpr int licenses = 60;  // of each product
constexpr std::size_t people = 40;
const std::vector<std::string> skus = {"month", "daily"};

// Two months in which licenses change hands.
Steps ledger(std::mt19937_64& random) {
    auto all = steps(priced("month", "P1M", "purchased", "31.00"), priced("daily", "P2M", "assigned", "60.00"),
                     priced("center", "P1M", "membership", "62.00"), open_acme(),
                     acme("'createQueue':{'queue':'calls','kind':'outbound'}"));
    for (std::size_t i = 0; i < people; ++i) all.push_back(registered("p" + std::to_string(i)));
    for (const auto& step : bought_at("2025-03-01T00:00:00Z", "m", "month", licenses, "1860.00")) all.push_back(step);
    for (const auto& step : bought_at("2025-03-01T00:00:00Z", "d", "daily", licenses, "3600.00")) all.push_back(step);
    std::vector<int> licenses_of(people);  // 0: they have none
    std::set<std::size_t> members;
    for (int day = 2; day < 31; ++day) {
        all.push_back("2025-03-" + std::string(day < 10 ? "0" : "") + std::to_string(day) + "T10:00:00Z");
        for (int i = 0; i < 12; ++i) {
            const auto person = random() % people;
            auto& has = licenses_of[person];
            if (has != 0) {
                all.push_back(unbind(std::exchange(has, 0)));
                continue;
            }
            const auto license = licenses + 1 + static_cast<int>(random() % licenses);
            if (std::ranges::count(licenses_of, license) > 0) continue;
            all.push_back(bind(license, "p" + std::to_string(person)));
            has = license;
            if (members.insert(person).second) all.push_back(joins("calls", "p" + std::to_string(person)));
        }
    }
    all.push_back("2025-03-31T10:00:00Z");
    all.push_back(credited("m", 5, "100.00"));
    return all;
}

// Right and wrong lines, all of which name a license.
std::vector<BillLine> lines(std::mt19937_64& random) {
    std::vector<BillLine> all;
    for (int i = 0; i < 6'000; ++i) {
        const auto product = random() % 2;
        const auto first = static_cast<int>(product) * licenses;
        const auto begin = day("2025-03-01").number + static_cast<std::int32_t>(random() % 40);
        const auto days = 1 + static_cast<std::int32_t>(random() % 20);
        const bool is_back = random() % 10 == 0;
        auto line =
            charge(skus[random() % 20 == 0 ? 1 - product : product], is_back ? "-1" : "1", to_text(CivilDay{begin}),
                   to_text(CivilDay{begin + days}), (is_back ? "-" : "") + std::to_string(days) + ".00");
        if (random() % 5 == 0) line.kind = LineKind::correction;
        if (random() % 30 == 0) line.currency = "EUR";
        all.push_back(of_license(line, static_cast<std::uint32_t>(first + 1 + static_cast<int>(random() % 62))));
        if (random() % 8 == 0) all.push_back(all.back());
        if (random() % 8 != 0) continue;
        // Claimed by person, whatever license it names; and a license that nobody has.
        all.push_back(of_license(of_person(charge("center", "1", "2025-03-01", "2025-04-01", "62.00"),
                                           "p" + std::to_string(random() % people)),
                                 static_cast<std::uint32_t>(1 + random() % licenses)));
        all.push_back(
            of_license(line, std::numeric_limits<std::uint32_t>::max() - static_cast<std::uint32_t>(random() % 2)));
    }
    return all;
}

std::vector<std::string> judged(const Audit& audit, const std::vector<BillLine>& lines, unsigned judges) {
    Reconciler reconciler;
    std::uint64_t number = 2;
    for (auto line : lines) {
        line.line = number++;
        reconciler.add(line);
    }
    const SeatDays days(audit.history(), {}, last_instant);
    const auto user_of = [&](std::string_view email, const DayPeriod&) { return audit.user(email); };
    const EmailOf nobody = [](UserId) -> std::optional<std::string> { return {}; };
    std::vector<std::string> said;
    const auto totals = reconciler.finish(
        days, {}, user_of,
        [&](const LineVerdict& verdict) {
            auto& line = said.emplace_back(row_of(verdict) + " of " + std::to_string(verdict.of_line) + ": " +
                                           message(verdict, nobody, schema::Language::EN) + " because");
            for (const auto sequence : verdict.because) line += " " + std::to_string(sequence.value);
        },
        judges);
    for (const auto& total : totals) {
        said.push_back(total.currency + " " + to_text(total.explained) + " " + to_text(total.at_issue) + " " +
                       to_text(total.not_billed));
    }
    return said;
}

TEST_CASE("a bill is judged the same by one judge and by several") {
    const auto seed = GENERATE(5u, Catch::rngSeed());
    CAPTURE(seed);
    std::mt19937_64 random(seed);
    const Audit audit(ledger(random));
    auto bill = lines(random);
    SECTION("each line names a license") {}
    SECTION("the lines of one product also name people") {
        bill[1'000] = of_person(charge("daily", "1", "2025-03-05", "2025-03-09", "4.00"), "p3");
    }
    const auto alone = judged(audit, bill, 1);
    for (const auto verdict : {"correct", "duplicate", "billed_after_unbind", "wrong_quantity", "unknown_seat"}) {
        CHECK(std::ranges::any_of(alone, [&](const std::string& said) { return contains(said, verdict); }));
    }
    for (const unsigned judges : {2u, 3u}) CHECK(judged(audit, bill, judges) == alone);
}

}  // namespace
}  // namespace seatledger::billing
