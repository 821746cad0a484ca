#include "projections/queue_queries.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "engine/rules/values.h"
#include "events/text.h"
#include "projections/stored.h"

namespace seatledger {
namespace {

using tables::key_of;
using tables::Table;

void write_members(const View& view, std::string_view queue, UserId only, schema::QueueRow::Builder to) {
    std::vector<std::pair<UserId, tables::Member>> members;
    const auto prefix = key_of(Table::members, view.account(), queue);
    view.rows().scan(prefix, tables::after(prefix), view.sequence(), [&](const Row& row) {
        const auto member = tables::read_member(row.value);
        const auto user = tables::member_of_key(row.key);
        if (member.role && (!only || user == only)) members.emplace_back(user, member);
        return true;
    });
    auto list = to.initMembers(static_cast<unsigned>(members.size()));
    for (unsigned i = 0; i < list.size(); ++i) write_member(view, members[i].first, members[i].second, list[i]);
}

}  // namespace

void write_member(const View& view, UserId user, const tables::Member& member, schema::QueueRow::Member::Builder row) {
    if (const auto email = view.email_of(user)) row.setEmail(text(*email));
    row.setRole(*member.role);
    row.setSince(member.since.micros);
}

void write_queue(rows::Queue::Reader queue, schema::QueueRow::Builder row) {
    row.setQueue(queue.getId());
    row.setKind(queue.getKind());
    row.setCreatedAt(queue.getCreatedAt());
}

std::expected<std::optional<std::string>, QueryFailure> answer_queues(const View& view,
                                                                      schema::QueueFilter::Reader filter, UserId only,
                                                                      std::string_view from, std::uint32_t limit,
                                                                      schema::Rows::Builder rows) {
    std::optional<schema::QueueKind> kind;
    if (filter.hasKind()) {
        kind = rules::named<schema::QueueKind>(seatledger::view(filter.getKind()));
        if (!kind) {
            return std::unexpected(QueryFailure{"kind is not one of call, outbound, inbox; give one of these"});
        }
    }
    std::optional<std::vector<Membership>> places;
    if (filter.hasEmail()) places = memberships_of(view, view.user_of(seatledger::view(filter.getEmail())));
    const auto is_wanted = [&](rows::Queue::Reader queue) {
        const auto id = seatledger::view(queue.getId());
        return !queue.getDeleted() && (!kind || queue.getKind() == *kind) &&
               (!places || std::ranges::find(*places, id, &Membership::queue) != places->end());
    };
    std::vector<std::string> found;
    std::optional<std::string> next;
    const auto add = [&](std::string_view value) {
        Stored<rows::Queue> stored(value);
        if (!is_wanted(stored.get())) return true;
        if (found.size() == limit) {
            next = std::string(seatledger::view(stored.get().getId()));
            return false;
        }
        found.emplace_back(value);
        return true;
    };
    const auto key = [&](std::string_view queue) { return key_of(Table::queues, view.account(), queue); };
    if (filter.hasQueue()) {
        const auto queue = seatledger::view(filter.getQueue());
        const auto value = view.rows().get(key(queue), view.sequence());
        if (value && queue >= from) add(*value);
    } else {
        view.rows().scan(key(from), tables::after(key_of(Table::queues, view.account())), view.sequence(),
                         [&](const Row& row) { return add(row.value); });
    }
    auto list = rows.initQueues(static_cast<unsigned>(found.size()));
    for (unsigned i = 0; i < list.size(); ++i) {
        Stored<rows::Queue> stored(found[i]);
        const auto queue = stored.get();
        write_queue(queue, list[i]);
        write_members(view, seatledger::view(queue.getId()), only, list[i]);
    }
    return next;
}

std::vector<Membership> memberships_of(const View& view, UserId user) {
    const auto value = view.rows().get(key_of(Table::memberships, view.account(), user.value), view.sequence());
    return value ? read_memberships(*value).queues : std::vector<Membership>();
}

Instant member_since(const View& view, UserId user) {
    auto since = no_instant;
    // Newest first.
    view.rows().scan_versions(key_of(Table::memberships, view.account(), user.value), view.sequence(),
                              [&](const Row& row) {
                                  const auto memberships = read_memberships(row.value);
                                  if (memberships.queues.empty()) return false;
                                  since = memberships.at;
                                  return true;
                              });
    return since;
}

}  // namespace seatledger
