#include "server/repeated_passwords.h"

#include <kj/debug.h>

#include <algorithm>
#include <optional>
#include <string>

#include "engine/rules/values.h"
#include "engine/vault/kept_passwords.h"
#include "events/text.h"
#include "projections/event_fetcher.h"
#include "projections/rows.capnp.h"
#include "projections/stored.h"
#include "projections/view.h"
#include "server/passwords.h"

namespace seatledger {
namespace {

using schema::Command;

// Nothing: the command sets none.
std::optional<std::string_view> password_of(Command::Reader command) {
    if (command.isSetPassword()) return view(command.getSetPassword().getPassword());
    const auto body = command.getRegisterUser();
    if (!body.hasPassword()) return {};
    return view(body.getPassword());
}

// Somebody's password, set by an event of what is repeated.
struct SetPassword {
    std::string account;
    UserId user;
    Sequence sequence;
};

std::optional<SetPassword> set_by(EventFetcher& fetcher, const Answer& answer) {
    for (auto next = answer.first; next <= answer.last; next = next.next()) {
        const auto entry = fetcher.fetch(next);
        if (!entry) KJ_FAIL_REQUIRE("the log cannot be read", entry.error().message);
        const auto event = read_event(*entry);
        if (!event.isPasswordChanged()) continue;
        return SetPassword{std::string(view(event.getAccount())), UserId(event.getPasswordChanged().getUser()), next};
    }
    return {};
}

// What is kept of it; empty: nothing any more.
std::string hash_of(const Snapshot& snapshot, const PrivateTable& secrets, const SetPassword& password) {
    const auto account = account_number(snapshot, password.account);
    if (!account) return {};
    for (const auto& kept : kept_passwords(secrets, *account, password.user)) {
        if (kept.sequence == password.sequence) return kept.hash;
    }
    return {};
}

bool is_erased(const Snapshot& snapshot, const Vault& vault, const SetPassword& password) {
    const auto account = account_number(snapshot, password.account);
    const auto key = tables::key_of(tables::Table::users, account.value(), password.user.value);
    const auto row = snapshot.get(key, snapshot.checkpoint());
    return row && vault.is_destroyed(KeyNumber(Stored<rows::User>(*row).get().getKey()));
}

// `how`: it was used before; `what_to_do`: about the command that came now.
std::unexpected<Rejection> reused(Command::Reader command, const Answer& answer, const std::string& how,
                                  const std::string& what_to_do) {
    return reject(Rule::request_id_reused, "request id " + std::string(view(command.getRequestId())) + " was used " +
                                               how + ", at sequence " + std::to_string(answer.first.value) + "; " +
                                               what_to_do);
}

std::unexpected<Rejection> not_set(Command::Reader command, const Answer& answer, const std::string& how) {
    return reused(command, answer, how,
                  std::string("the one given now was not set: ") +
                      (command.isSetPassword() ? "give this command a new id" : "set it with setPassword"));
}

Verdict compare(Command::Reader command, const Answer& answer, std::string_view hash) {
    if (hash.empty()) return not_set(command, answer, "with a password that is not kept any more to be compared with");
    const auto password = password_of(command).value_or("");
    // A longer one was never set.
    if (password.size() <= rules::password_bytes_max && is_password(password, hash)) return {};
    return not_set(command, answer, "with another password");
}

}  // namespace

RepeatedPasswords::RepeatedPasswords(Commands commands, std::span<const Answer> answers) {
    for (auto i = static_cast<unsigned>(answers.size()); i > 0; --i) {
        const auto command = commands[i - 1];
        const bool may_set = command.isSetPassword() || command.isRegisterUser();
        if (may_set && answers[i - 1].replayed) left_.push_back(i - 1);
    }
}

void RepeatedPasswords::check_some(const Projections& projections, const Secrets& secrets, Commands commands,
                                   std::span<Answer> answers) {
    const auto tables = projections.current().generation;
    const Snapshot snapshot(*tables->database);
    EventFetcher fetcher(projections.log(), snapshot);
    for (bool is_hashed = false; !is_hashed && !left_.empty(); left_.pop_back()) {
        const auto command = commands[left_.back()];
        auto& answer = answers[left_.back()];
        const bool has_password = password_of(command).has_value();
        const auto set = set_by(fetcher, answer);
        if (!set && !has_password) continue;
        Verdict verdict;
        if (!set) {
            verdict = not_set(command, answer, "without a password");
        } else if (!has_password) {
            verdict = reused(command, answer, "with a password", "repeat it as it was, or give this command a new id");
        } else {
            const auto hash = hash_of(snapshot, secrets.rows, *set);
            // Of who was erased nothing can be told apart any more: the first answer, without what was erased.
            if (hash.empty() && is_erased(snapshot, secrets.vault, *set)) continue;
            verdict = compare(command, answer, hash);
            is_hashed = true;
        }
        if (verdict) continue;
        answer = {};
        answer.rejection = verdict.error();
    }
}

}  // namespace seatledger
