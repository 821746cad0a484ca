// The rules of the business: pure functions of the state and their arguments. No I/O, no clock, no log, no thread.
//
// A command is judged in this order: check_account (roles.h), check_values, find_stream, authorize, effective_time,
// decide, check_size. Each gives the first rule that is broken. One file a topic has the rules themselves; here is the
// way through them.
#pragma once

#include <expected>
#include <optional>
#include <string_view>

#include "engine/rules/caller.h"
#include "engine/rules/event_head.h"
#include "engine/rules/rejection.h"
#include "engine/rules/state.h"
#include "events/command.capnp.h"
#include "events/commit_writer.h"
#include "events/event.capnp.h"

namespace seatledger::rules {

// What every command has, read once: each look at a text in a message is checked and costs as much as a rule.
struct Head {
    Head() = default;
    explicit Head(schema::Command::Reader from);

    schema::Command::Reader command;
    schema::Command::Which which = schema::Command::NONE;
    std::string_view account;
    std::string_view request_id;
    std::string_view actor;
    Instant at;
    Sequence corrects;
};

// In whose name a command is judged.
struct Principal {
    schema::Event::Principal kind = schema::Event::Principal::VENDOR;
    UserId user;              // where it is one
    bool via_vendor = false;  // the vendor sent it in their name
    // The only role that counts: of a program the one that it has, of a person the one that their token is limited to.
    std::optional<schema::Role> only_role;
};

// Rejects texts, lists and numbers that no state could make acceptable (value_not_allowed). Also rejects a command
// of the catalogue with an account, and any other without one. The message of one without any command key set is
// the caller's business.
[[nodiscard]] Verdict check_values(const Head& head);

// The account that the command is about; null for the catalogue and for one that is only being opened. Rejects values
// of which only the account can say whether they are allowed, too: money in another currency than its own.
[[nodiscard]] std::expected<const Account*, Rejection> find_stream(State& state, const Head& head);

// In whose name the caller sends it, if they and that one may (role_required).
[[nodiscard]] std::expected<Principal, Rejection> authorize(State& state, const Head& head, const Caller& caller,
                                                            const Account* account);

// The instant at which the command takes effect, for a `now` that lies before nothing recorded
// (effective_time_in_order).
[[nodiscard]] std::expected<Instant, Rejection> effective_time(const State& state, const Head& head,
                                                               const Caller& caller, const Account* account,
                                                               Instant now);

// Judges the rest and writes what follows from it: one commit, effective at the writer's instant. Everything that
// fell due in the account by then must have been recorded. On rejection the writer may hold events that have to be
// taken back. A bulk command is not judged here, but row by row (decide_row).
[[nodiscard]] Verdict decide(State& state, schema::Command::Reader command, const Account* account,
                             CommitWriter& writer);

// One row of bindLicenses or unbindLicenses, judged as the command that it stands for.
[[nodiscard]] Verdict decide_row(State& state, schema::BindLicense::Reader row, const Account& account,
                                 CommitWriter& writer);
[[nodiscard]] Verdict decide_row(State& state, schema::UnbindLicense::Reader row, const Account& account,
                                 CommitWriter& writer);

// Whether each of the command's events, which have been written, fits into the log (event_too_large). `which`: as it
// was sent, of a row its bulk command.
[[nodiscard]] Verdict check_size(schema::Command::Which which, const CommitWriter& writer);

// Writes what follows from what falls due, which must be the account's next due, effective then. Folding that in is
// what makes it due no more.
void decide_due(State& state, const Account& account, const Due& due, CommitWriter& writer);

// Folds an event into the state. Cannot fail: what is in the log happened.
void evolve(State& state, const EventHead& head);

}  // namespace seatledger::rules
