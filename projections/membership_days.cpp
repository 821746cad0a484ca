#include "projections/membership_days.h"

#include <algorithm>
#include <ranges>
#include <utility>

#include "events/text.h"
#include "projections/names.h"
#include "projections/queue_rows.h"

namespace seatledger {
namespace {

using tables::key_of;
using tables::Table;

// From … to, the end left out.
struct Interval {
    Instant from;
    Instant to;
};

// When the person was in a queue, newest first. Who is in one at the view's time is so up to the next microsecond.
std::vector<Interval> intervals_of(const View& view, UserId user) {
    std::vector<Interval> intervals;
    Instant to{view.time().micros + 1};  // when the version after this one came
    view.rows().scan_versions(key_of(Table::memberships, view.account(), user.value), view.sequence(),
                              [&](const Row& row) {
                                  const auto memberships = read_memberships(row.value);
                                  if (!memberships.queues.empty()) intervals.push_back({memberships.at, to});
                                  to = memberships.at;
                                  return true;
                              });
    return intervals;
}

void write_row(const View& view, UserId user, const std::vector<DayRange>& ranges, schema::MembershipRow::Builder row) {
    if (const auto email = view.email_of(user)) row.setEmail(text(*email));
    std::uint32_t days = 0;
    auto periods = row.initPeriods(static_cast<unsigned>(ranges.size()));
    for (unsigned i = 0; i < periods.size(); ++i) {
        days += ranges[i].days();
        periods[i].setSku(text(view.product(ranges[i].product).sku));
        periods[i].setFirstDay(text(to_text(ranges[i].first)));
        periods[i].setLastDay(text(to_text(ranges[i].last)));
        periods[i].setDays(ranges[i].days());
    }
    row.setDays(days);
}

}  // namespace

std::vector<DayRange> membership_days(const View& view, UserId user) {
    const auto& zone = view.zone();
    const auto intervals = intervals_of(view, user);
    std::vector<DayRange> ranges;
    for (const auto& period : view.membership_periods()) {
        for (const auto& interval : std::views::reverse(intervals)) {
            const auto from = std::max(interval.from, period.from);
            const auto to = std::min(interval.to, period.to);
            if (to <= from) continue;  // also who came and went at one instant
            DayRange range{period.product, civil_day(from, zone), civil_day(Instant{to.micros - 1}, zone)};
            if (!ranges.empty() && range.product == ranges.back().product &&
                range.first.number <= ranges.back().last.number + 1) {
                ranges.back().last = std::max(ranges.back().last, range.last);
                continue;
            }
            if (!ranges.empty()) range.first.number = std::max(range.first.number, ranges.back().last.number + 1);
            if (range.first.number <= range.last.number) ranges.push_back(range);
        }
    }
    return ranges;
}

std::optional<UserId> answer_memberships(const View& view, schema::MembershipFilter::Reader filter, UserId from,
                                         std::uint32_t limit, schema::Rows::Builder rows) {
    std::vector<std::pair<UserId, std::vector<DayRange>>> found;
    std::optional<UserId> next;
    const auto add = [&](UserId user) {
        auto ranges = membership_days(view, user);
        if (ranges.empty()) return true;
        if (found.size() == limit) {
            next = user;
            return false;
        }
        found.emplace_back(user, std::move(ranges));
        return true;
    };
    if (filter.hasEmail()) {
        // The list shows them under their address though they are gone.
        for (const auto user : bearers_by(view, seatledger::view(filter.getEmail()), view.sequence())) {
            if (user >= from && !add(user)) break;
        }
    } else {
        const auto prefix = key_of(Table::memberships, view.account());
        view.rows().scan(
            key_of(Table::memberships, view.account(), from.value), tables::after(prefix), view.sequence(),
            [&](const Row& row) { return add(UserId(tables::Reader(row.key.substr(prefix.size())).u32())); });
    }
    auto list = rows.initMemberships(static_cast<unsigned>(found.size()));
    for (unsigned i = 0; i < list.size(); ++i) write_row(view, found[i].first, found[i].second, list[i]);
    return next;
}

}  // namespace seatledger
