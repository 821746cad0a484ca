#include "projections/billing/stranded_members.h"

#include <algorithm>

namespace seatledger::billing {

void StrandedMembers::add(UserId user, const DayPeriod& within, std::map<SkuNumber, std::vector<Stranded>>& found) {
    const auto& days = pools_.days();
    const auto members = days.member_days(user, within);
    if (members.empty()) return;
    SeatSteps licensed;
    CivilDay since = within.end;  // the day after the first on which they had a license
    const auto add_span = [&](const SeatSpan& span) {
        const auto to =
            std::min(span.to, days.as_of() == last_instant ? last_instant : Instant{days.as_of().micros + 1});
        if (to <= span.from) return;
        const auto begin = days.clock().day_of(span.from);
        since = std::min(since, CivilDay{begin.number + 1});
        licensed.add({begin, CivilDay{days.clock().day_of(Instant{to.micros - 1}).number + 1}}, 1);
    };
    claims_.spans().for_each(user, add_span);
    if (const auto* before = pools_.history().last_before_window(user)) add_span(*before);
    for (const auto& of : members) {
        const DayPeriod after{std::max(of.days.begin, since), of.days.end};
        if (is_empty(after)) continue;
        auto& to = found[of.sku];
        licensed.for_each(after, [&](const DayPeriod& some, std::int64_t count) {
            if (count <= 0) to.push_back({user, some});
        });
    }
}

StrandedMembers::Found StrandedMembers::find(SkuNumber sku, UserId user, const DayPeriod& days) {
    std::map<SkuNumber, std::vector<Stranded>> found;
    add(user, days, found);
    const auto& of = found[sku];
    return of.empty() ? Found{} : Found{of.front(), 1};
}

const StrandedMembers::Found& StrandedMembers::find(SkuNumber sku, const DayPeriod& days) {
    if (!is_made_) {
        is_made_ = true;
        for (UserId user(1); user.value <= pools_.history().user_count(); user = user.next()) {
            if (!pools_.history().user(user)->queues.empty()) add(user, pools_.horizon(), all_);
        }
    }
    const auto [place, is_new] = found_.try_emplace({sku, {days.begin, days.end}});
    auto& found = place->second;
    if (!is_new) return found;
    UserId last;
    for (const auto& of : all_[sku]) {
        const auto some = common_days(of.days, days);
        if (is_empty(some)) continue;
        if (found.persons == 0) found.first = {of.user, some};
        if (of.user != last) ++found.persons;
        last = of.user;
    }
    return found;
}

const QueueSpan* StrandedMembers::place_of(UserId user, CivilDay day) const {
    const auto& clock = pools_.days().clock();
    for (const auto& place : pools_.history().user(user)->queues) {
        if (place.from > pools_.days().as_of() || place.to <= place.from) continue;
        if (clock.day_of(place.from) <= day && clock.day_of(Instant{place.to.micros - 1}) >= day) return &place;
    }
    return nullptr;
}

const SeatSpan* StrandedMembers::last_license(UserId user, CivilDay day) {
    const SeatSpan* last = nullptr;
    const auto look_at = [&](const SeatSpan& span) {
        if (pools_.days().clock().day_of(span.from) > day || span.from > pools_.days().as_of()) return;
        if (last == nullptr || span.to > last->to) last = &span;
    };
    if (const auto* before = pools_.history().last_before_window(user)) look_at(*before);
    claims_.spans().for_each(user, look_at);
    return last;
}

}  // namespace seatledger::billing
