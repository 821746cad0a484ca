// The reducer's part of the queues.
#include <kj/debug.h>

#include "engine/rules/queues.h"
#include "events/text.h"
#include "projections/queue_rows.h"
#include "projections/reducer.h"

namespace seatledger {
namespace {

using tables::key_of;
using tables::Table;

}  // namespace

void Reducer::create_queue(schema::Event::Reader event, AccountState& account, RowBuffer& rows) {
    const auto body = event.getQueueCreated();
    change_row<rows::Queue>(key_of(Table::queues, account.number, view(body.getQueue())), rows,
                            [&](rows::Queue::Builder row) {
                                row.setId(body.getQueue());
                                row.setKind(body.getKind());
                                row.setDeleted(false);
                                row.setCreatedAt(event.getEffectiveAt());
                            });
}

void Reducer::delete_queue(AccountState& account, schema::QueueDeleted::Reader body, RowBuffer& rows) {
    change_row<rows::Queue>(key_of(Table::queues, account.number, view(body.getQueue())), rows,
                            [](rows::Queue::Builder row) { row.setDeleted(true); });
}

void Reducer::change_member(schema::Event::Reader event, AccountState& account, schema::QueueMember::Reader body,
                            bool added, RowBuffer& rows) {
    const UserId user(body.getUser());
    const Instant at{event.getEffectiveAt()};
    const auto queue = view(body.getQueue());
    value_.clear();
    tables::put_member(value_, {added ? std::optional(body.getRole()) : std::nullopt, at});
    rows.put(tables::member_key(account.number, queue, user), sequence_, value_);

    const auto key = key_of(Table::memberships, account.number, user.value);
    const auto before = newest(key);
    MembershipsRow row = before ? read_memberships(*before) : MembershipsRow();
    row.at = at;
    if (added) {
        const auto found = newest(key_of(Table::queues, account.number, queue));
        KJ_REQUIRE(found.has_value(), "an event names a queue that is not there", sequence_.value);
        rules::enter(row.queues, {std::string(queue), Stored<rows::Queue>(*found).get().getKind(), body.getRole(), at});
    } else {
        rules::leave(row.queues, queue);
    }
    put_remembered(key, memberships_value(row), rows);
    mention(tables::mention_key(account.number, user), rows);
    mention(tables::mention_key(account.number, tables::Mention::queue, queue), rows);
}

}  // namespace seatledger
