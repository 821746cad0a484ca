// Accounts, people and their roles.
#pragma once

#include "engine/rules/event_head.h"
#include "engine/rules/rejection.h"
#include "engine/rules/state.h"
#include "events/command.capnp.h"
#include "events/commit_writer.h"

namespace seatledger::rules {

[[nodiscard]] Verdict check(std::string_view account, schema::OpenAccount::Reader command);
[[nodiscard]] Verdict check(schema::RegisterUser::Reader command);
[[nodiscard]] Verdict check(schema::RemoveUser::Reader command);
[[nodiscard]] Verdict check(schema::ChangeEmail::Reader command);
[[nodiscard]] Verdict check(schema::ChangeRole::Reader command);
[[nodiscard]] Verdict check(schema::SetPassword::Reader command);
[[nodiscard]] Verdict check(schema::ErasePerson::Reader command);

[[nodiscard]] Verdict open_account(State& state, schema::OpenAccount::Reader command, CommitWriter& writer);
[[nodiscard]] Verdict end_import(const Account& account, CommitWriter& writer);
[[nodiscard]] Verdict register_user(State& state, const Account& account, schema::RegisterUser::Reader command,
                                    CommitWriter& writer);
[[nodiscard]] Verdict remove_user(State& state, const Account& account, std::string_view email, CommitWriter& writer);
[[nodiscard]] Verdict erase_person(State& state, const Account& account, schema::ErasePerson::Reader command,
                                   CommitWriter& writer);
[[nodiscard]] Verdict change_email(State& state, const Account& account, schema::ChangeEmail::Reader command,
                                   CommitWriter& writer);
[[nodiscard]] Verdict set_password(State& state, const Account& account, schema::SetPassword::Reader command,
                                   CommitWriter& writer);
[[nodiscard]] Verdict grant_role(State& state, const Account& account, schema::ChangeRole::Reader command,
                                 CommitWriter& writer);
[[nodiscard]] Verdict revoke_role(State& state, const Account& account, schema::ChangeRole::Reader command,
                                  CommitWriter& writer);

// The person who bears the address in the account, or user_must_be_registered.
[[nodiscard]] std::expected<UserId, Rejection> find_person(State& state, const Account& account,
                                                           std::string_view email);

// The person who was removed last of those who bore the address when they were, and have not been erased. 0: nobody.
[[nodiscard]] UserId last_removed(State& state, AccountNumber account, std::string_view folded);

void evolve(State& state, std::string_view id, schema::AccountOpened::Reader body);
void import_ended(State& state, Account& account, const EventHead& head);
void evolve(State& state, const Account& account, schema::UserRegistered::Reader body);
void evolve(State& state, const Account& account, schema::EmailChanged::Reader body);
void user_removed(State& state, const Account& account, schema::UserNamed::Reader body);
void person_erased(State& state, const Account& account, schema::PersonErased::Reader body);
void role_granted(State& state, const Account& account, schema::RoleChanged::Reader body);
void role_revoked(State& state, const Account& account, schema::RoleChanged::Reader body);

}  // namespace seatledger::rules
