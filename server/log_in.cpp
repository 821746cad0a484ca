#include "server/log_in.h"

#include <kj/debug.h>

#include <algorithm>
#include <string>

#include "engine/vault/kept_passwords.h"
#include "events/text.h"
#include "projections/event_fetcher.h"
#include "projections/rows.capnp.h"
#include "projections/stored.h"
#include "projections/tables.h"
#include "projections/view.h"

namespace seatledger {
namespace {

struct Person {
    AccountNumber account;
    UserId user;
};

std::optional<Person> find_address(const Projections& projections, const Snapshot& snapshot, std::string_view account,
                                   std::string_view email) {
    if (!is_plain_text(email)) return {};
    const auto number = account_number(snapshot, account);
    if (!number) return {};
    const auto user = projections.user_of(*number, fold_case(email), snapshot.checkpoint());
    if (!user) return {};
    return Person{*number, user};
}

bool is_recorded(EventFetcher& fetcher, Sequence last, const KeptPassword& password, std::string_view account,
                 UserId user) {
    if (password.sequence > last) return false;
    const auto entry = fetcher.fetch(password.sequence);
    if (!entry) KJ_FAIL_REQUIRE("the log cannot be read", entry.error().message);
    const auto event = read_event(*entry);
    return event.isPasswordChanged() && view(event.getAccount()) == account &&
           UserId(event.getPasswordChanged().getUser()) == user;
}

}  // namespace

std::optional<KnownPerson> find_person(const Projections& projections, const PrivateTable& secrets,
                                       std::string_view account, std::string_view email, std::string_view password,
                                       const PasswordCost& cost) {
    const auto tables = projections.current().generation;
    const Snapshot snapshot(*tables->database);
    EventFetcher fetcher(projections.log(), snapshot);
    const auto person = find_address(projections, snapshot, account, email);
    std::string hash;
    KnownPerson known;
    if (person) {
        for (const auto& kept : kept_passwords(secrets, person->account, person->user)) {
            if (!is_recorded(fetcher, snapshot.checkpoint(), kept, account, person->user)) continue;
            hash = kept.hash;
            known.password = kept.sequence;
            break;
        }
    }
    if (!is_password(password, hash, cost)) return {};
    known.caller.account = account;
    known.caller.user = person->user;
    known.account = person->account;
    known.as_of = snapshot.checkpoint();
    return known;
}

bool has_same_password(const Log& log, const PrivateTable& secrets, const KnownPerson& person) {
    const auto last = log.last();
    // What was kept for an event that never got into the log may look like a change, but not for long.
    return std::ranges::none_of(
        kept_passwords(secrets, person.account, person.caller.user),
        [&](const KeptPassword& kept) { return kept.sequence > person.as_of && kept.sequence <= last; });
}

bool is_still_password(const Projections& projections, const PrivateTable& secrets, std::string_view account,
                       UserId user, Sequence password) {
    const auto generation = projections.current().generation;
    const Snapshot snapshot(*generation->database);
    const auto number = account_number(snapshot, account);
    if (!number) return false;
    const auto row = snapshot.get(tables::key_of(tables::Table::users, *number, user.value), snapshot.checkpoint());
    if (!row || Stored<rows::User>(*row).get().getRemoved()) return false;
    EventFetcher fetcher(projections.log(), snapshot);
    for (const auto& kept : kept_passwords(secrets, *number, user)) {
        if (kept.sequence > projections.log().last()) continue;  // it never got there, or not yet
        if (kept.sequence == password) return true;
        // What the tables do not have yet cannot be looked up, and is a change as good as always.
        if (kept.sequence > snapshot.checkpoint()) return false;
        if (is_recorded(fetcher, snapshot.checkpoint(), kept, account, user)) return false;
    }
    return false;
}

}  // namespace seatledger
