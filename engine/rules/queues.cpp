#include "engine/rules/queues.h"

#include <algorithm>

#include "engine/rules/accounts.h"
#include "engine/rules/values.h"
#include "events/text.h"

namespace seatledger::rules {
namespace {

std::expected<const Queue*, Rejection> find_queue(State& state, const Account& account, std::string_view id) {
    const auto* queue = state.queue(account.number, id);
    if (queue != nullptr && !queue->deleted) return queue;
    return reject(Rule::queue_must_exist,
                  account.id + " has no queue " + std::string(id) + "; check its name, or create it (createQueue)");
}

const Membership* membership_of(const User& user, std::string_view queue) {
    const auto found = std::ranges::lower_bound(user.queues, queue, {}, &Membership::queue);
    return found != user.queues.end() && found->queue == queue ? &*found : nullptr;
}

void write_member(schema::QueueMember::Builder body, std::string_view queue, UserId user, schema::QueueRole role) {
    body.setQueue(text(queue));
    body.setUser(user.value);
    body.setRole(role);
}

}  // namespace

Verdict check(schema::CreateQueue::Reader command) {
    return ValueCheck()
        .text("queue", view(command.getQueue()), id_bytes_max)
        .that(named<schema::QueueKind>(view(command.getKind())).has_value(), "kind",
              "is not one of call, outbound, inbox")
        .verdict();
}

Verdict check(schema::DeleteQueue::Reader command) {
    return ValueCheck().text("queue", view(command.getQueue()), id_bytes_max).verdict();
}

Verdict check(schema::AddQueueMember::Reader command) {
    return ValueCheck()
        .text("queue", view(command.getQueue()), id_bytes_max)
        .text("email", view(command.getEmail()), email_bytes_max)
        .that(named<schema::QueueRole>(view(command.getRole())).has_value(), "role", "is not one of agent, supervisor")
        .verdict();
}

Verdict check(schema::RemoveQueueMember::Reader command) {
    return ValueCheck()
        .text("queue", view(command.getQueue()), id_bytes_max)
        .text("email", view(command.getEmail()), email_bytes_max)
        .verdict();
}

Verdict create_queue(State& state, const Account& account, schema::CreateQueue::Reader command, CommitWriter& writer) {
    const auto id = view(command.getQueue());
    const auto* queue = state.queue(account.number, id);
    if (queue != nullptr && !queue->deleted) {
        return reject(Rule::queue_must_be_new,
                      account.id + " already has a queue " + std::string(id) + "; give this one another name");
    }
    auto created = writer.begin().initQueueCreated();
    created.setQueue(text(id));
    created.setKind(*named<schema::QueueKind>(view(command.getKind())));
    writer.end();
    return {};
}

Verdict delete_queue(State& state, const Account& account, schema::DeleteQueue::Reader command, CommitWriter& writer) {
    const auto queue = find_queue(state, account, view(command.getQueue()));
    if (!queue) return std::unexpected(queue.error());
    for (const auto user : (*queue)->members) {
        const auto role = membership_of(*state.user(account.number, user), (*queue)->id)->role;
        write_member(writer.begin().initQueueMemberRemoved(), (*queue)->id, user, role);
        writer.end();
    }
    writer.begin().initQueueDeleted().setQueue(text((*queue)->id));
    writer.end();
    return {};
}

Verdict add_member(State& state, const Account& account, schema::AddQueueMember::Reader command, CommitWriter& writer) {
    const auto person = find_person(state, account, view(command.getEmail()));
    if (!person) return std::unexpected(person.error());
    const auto queue = find_queue(state, account, view(command.getQueue()));
    if (!queue) return std::unexpected(queue.error());
    const auto& user = *state.user(account.number, *person);
    if (const auto* membership = membership_of(user, (*queue)->id)) {
        return reject(Rule::member_must_be_new, user.email + " is already in queue " + (*queue)->id + ", as " +
                                                    std::string(name_of(membership->role)) +
                                                    "; to change that, remove them first (removeQueueMember)");
    }
    write_member(writer.begin().initQueueMemberAdded(), (*queue)->id, *person,
                 *named<schema::QueueRole>(view(command.getRole())));
    writer.end();
    return {};
}

Verdict remove_member(State& state, const Account& account, schema::RemoveQueueMember::Reader command,
                      CommitWriter& writer) {
    const auto person = find_person(state, account, view(command.getEmail()));
    if (!person) return std::unexpected(person.error());
    const auto queue = find_queue(state, account, view(command.getQueue()));
    if (!queue) return std::unexpected(queue.error());
    const auto& user = *state.user(account.number, *person);
    const auto* membership = membership_of(user, (*queue)->id);
    if (membership == nullptr) {
        return reject(Rule::member_must_exist,
                      user.email + " is not in queue " + (*queue)->id + "; there is nothing to take away");
    }
    write_member(writer.begin().initQueueMemberRemoved(), (*queue)->id, *person, membership->role);
    writer.end();
    return {};
}

void enter(std::vector<Membership>& queues, const Membership& membership) {
    queues.insert(std::ranges::lower_bound(queues, membership.queue, {}, &Membership::queue), membership);
}

void leave(std::vector<Membership>& queues, std::string_view queue) {
    std::erase_if(queues, [&](const Membership& membership) { return membership.queue == queue; });
}

void evolve(State& state, const Account& account, schema::QueueCreated::Reader body) {
    Queue queue;
    queue.id = view(body.getQueue());
    queue.kind = body.getKind();
    if (state.queue(account.number, queue.id) == nullptr) {
        state.add_queue(account.number, std::move(queue));
    } else {
        state.change_queue(account.number, queue.id) = queue;
    }
}

void evolve(State& state, const Account& account, schema::QueueDeleted::Reader body) {
    state.change_queue(account.number, view(body.getQueue())).deleted = true;
}

void member_added(State& state, const Account& account, const EventHead& head) {
    const auto body = head.event().getQueueMemberAdded();
    auto& queue = state.change_queue(account.number, view(body.getQueue()));
    queue.members.insert(std::ranges::lower_bound(queue.members, head.user), head.user);
    enter(state.change_user(account.number, head.user).queues,
          {queue.id, queue.kind, body.getRole(), head.effective_at});
}

void member_removed(State& state, const Account& account, const EventHead& head) {
    auto& queue = state.change_queue(account.number, view(head.event().getQueueMemberRemoved().getQueue()));
    std::erase(queue.members, head.user);
    leave(state.change_user(account.number, head.user).queues, queue.id);
}

}  // namespace seatledger::rules
