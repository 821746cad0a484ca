#include "projections/billing/line_judges.h"

#include <algorithm>
#include <future>
#include <span>

namespace seatledger::billing {

LineJudges::LineJudges(const SeatPools& pools, const BillLines& lines, const PriceBook& book, unsigned count)
    : pools_(pools), lines_(lines) {
    const bool is_any_by_license = std::ranges::any_of(
        pools.history().products(), [&](const ProductFacts& of) { return pools.pool(of.number).is_by_license; });
    if (!is_any_by_license || lines.count() <= lines_at_once) count = 1;
    for (std::uint32_t i = 0; i < std::max(count, 1u); ++i) {
        judges_.push_back(std::make_unique<Judge>(pools, lines, book, Share{i, std::max(count, 1u)}));
    }
    verdicts_.resize(std::min(lines.count(), lines_at_once));
}

void LineJudges::judge_share(Judge& of, LineIndex begin, const MissingSeats& missing) {
    const std::vector<CoveredPart> none;
    const std::span<const LineIndex> lines = of.own_lines;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        of.judge.look_ahead(lines.subspan(i));
        const auto found = missing.find(lines[i]);
        of.judge.judge(lines_[lines[i]], found == missing.end() ? none : found->second, verdicts_[lines[i] - begin]);
    }
}

void LineJudges::judge(const MissingSeats& missing, const std::function<void(const LineVerdict&)>& show) {
    for (LineIndex begin = 0; begin < lines_.count();) {
        const auto end = begin + std::min(lines_.count() - begin, lines_at_once);
        for (const auto& of : judges_) of->own_lines.clear();
        for (auto i = begin; i < end; ++i) judges_[pools_.share_of(lines_[i], count())]->own_lines.push_back(i);

        std::vector<std::future<void>> others;
        for (std::size_t i = 1; i < judges_.size(); ++i) {
            others.push_back(std::async(std::launch::async, [&, i] { judge_share(*judges_[i], begin, missing); }));
        }
        judge_share(*judges_.front(), begin, missing);
        for (auto& other : others) other.get();

        for (auto i = begin; i < end; ++i) show(verdicts_[i - begin]);
        begin = end;
    }
}

bool LineJudges::is_any_license_touched() const {
    return std::ranges::any_of(judges_, [](const auto& of) { return of->claims.is_any_license_touched(); });
}

}  // namespace seatledger::billing
