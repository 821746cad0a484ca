// Queues, and who is in them: what products billed by membership are billed by.
#pragma once

#include "engine/rules/event_head.h"
#include "engine/rules/rejection.h"
#include "engine/rules/state.h"
#include "events/command.capnp.h"
#include "events/commit_writer.h"

namespace seatledger::rules {

[[nodiscard]] Verdict check(schema::CreateQueue::Reader command);
[[nodiscard]] Verdict check(schema::DeleteQueue::Reader command);
[[nodiscard]] Verdict check(schema::AddQueueMember::Reader command);
[[nodiscard]] Verdict check(schema::RemoveQueueMember::Reader command);

[[nodiscard]] Verdict create_queue(State& state, const Account& account, schema::CreateQueue::Reader command,
                                   CommitWriter& writer);
[[nodiscard]] Verdict delete_queue(State& state, const Account& account, schema::DeleteQueue::Reader command,
                                   CommitWriter& writer);
[[nodiscard]] Verdict add_member(State& state, const Account& account, schema::AddQueueMember::Reader command,
                                 CommitWriter& writer);
[[nodiscard]] Verdict remove_member(State& state, const Account& account, schema::RemoveQueueMember::Reader command,
                                    CommitWriter& writer);

// What coming into a queue and leaving it do to the queues that a person is in.
void enter(std::vector<Membership>& queues, const Membership& membership);
void leave(std::vector<Membership>& queues, std::string_view queue);

void evolve(State& state, const Account& account, schema::QueueCreated::Reader body);
void evolve(State& state, const Account& account, schema::QueueDeleted::Reader body);
void member_added(State& state, const Account& account, const EventHead& head);
void member_removed(State& state, const Account& account, const EventHead& head);

}  // namespace seatledger::rules
