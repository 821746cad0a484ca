#include "projections/secret_rows.h"

#include <kj/exception.h>

#include <algorithm>
#include <charconv>
#include <string>
#include <utility>

#include "engine/vault/addresses.h"
#include "engine/vault/kept_passwords.h"
#include "events/block.h"
#include "events/sealed.h"
#include "events/text.h"

namespace seatledger {
namespace {

constexpr std::string_view found_until_key = "addresses until";
constexpr std::string_view done_until_key = "done until";
constexpr std::string_view vault_key = "vault";
constexpr std::string_view last_key_key = "last key";

// Blocks from the log's beginning, one of which has something that opens, unless all in them have been erased.
constexpr int looked_through_max = 64;

// To say it costs a sync where there is nothing else to write; not to have said it, a read of so many events.
constexpr std::uint64_t unsaid_events_max = 100'000;

Sequence read_sequence(const PrivateTable& rows, std::string_view key) {
    Sequence sequence;
    if (const auto text = rows.get(key)) {
        std::from_chars(text->data(), text->data() + text->size(), sequence.value);
    }
    return sequence;
}

PrivateTable::Row row_of(std::string_view key, Sequence sequence) {
    return {std::string(key), std::to_string(sequence.value)};
}

// By another vault's rows nobody would be found, and addresses that are taken would be given to others.
std::expected<void, StorageFailure> bind_to_vault(const Secrets& secrets) {
    const auto mark = secrets.vault.address_mac(0, {});  // account 0 there is not
    const PrivateTable::Row row{std::string(vault_key), {mark.begin(), mark.end()}};
    const auto bound = secrets.rows.get(vault_key);
    if (!bound) return secrets.rows.write({&row, 1});
    if (*bound == row.value) return {};
    return std::unexpected(StorageFailure{
        "the private rows (vault/rows) are those of another vault; restore all of vault/ from one copy"});
}

std::unexpected<StorageFailure> other_vault(const std::string& what) {
    return std::unexpected(StorageFailure{what + "; restore all of vault/ from one copy that is of this ledger, and as "
                                                 "new as the rest"});
}

// With another ledger's vault, or with keys that are older than the rows beside them, numbers of keys would be given
// again that the log has.
std::expected<void, StorageFailure> check_vault(const Log& log, const Secrets& secrets) {
    const KeyNumber known(read_sequence(secrets.rows, last_key_key).value);
    if (known > secrets.vault.last_key()) {
        return other_vault("vault/keys lacks keys up to number " + std::to_string(known.value));
    }
    const auto cursor = log.read(Sequence(1));
    bool has_opened = false;
    for (int blocks = 0; blocks < looked_through_max && !has_opened; ++blocks) {
        const auto block = cursor->next();
        if (!block) return std::unexpected(block.error());
        if (!*block) break;
        for (const auto& entry : (*block)->entries()) {
            const auto event = read_event(entry);
            const auto thrown = kj::runCatchingExceptions([&] {
                for_each_sealed(event, [&](const SealedField& field) {
                    const auto context = field.context(event.getAccount());
                    if (secrets.vault.open(field.key, context, view(field.box))) has_opened = true;
                });
            });
            if (thrown != nullptr) {
                return other_vault("the vault does not open what event " + std::to_string(entry.sequence.value) +
                                   " has sealed");
            }
            if (has_opened) break;
        }
    }
    return {};
}

bool matters(schema::Event::Reader event) {
    return event.isUserRegistered() || event.isEmailChanged() || event.isPersonErased() || event.isPhoneSaved() ||
           event.isPhonePurged() || event.isPasswordChanged() || event.isDisputeOpened();
}

}  // namespace

bool SecretRows::are_there(const PrivateTable& rows) { return rows.get(found_until_key).has_value(); }

Sequence SecretRows::addresses_until(const PrivateTable& rows) { return read_sequence(rows, found_until_key); }

Sequence SecretRows::done_until(const PrivateTable& rows) { return read_sequence(rows, done_until_key); }

SecretRows::SecretRows(const Secrets& secrets, Sequence log_end) : secrets_(secrets) {
    found_until_ = read_sequence(secrets_.rows, found_until_key);
    done_until_ = read_sequence(secrets_.rows, done_until_key);
    last_address_key_ = KeyNumber(read_sequence(secrets_.rows, last_key_key).value);
    // After the log was restored from an older copy: events that are still to come must not be taken for seen.
    if (found_until_ > log_end) found_until_ = Sequence();
}

std::expected<void, StorageFailure> SecretRows::bring_up(const Log& log, const Secrets& secrets, Sequence until,
                                                         const NumberOf& number_of) {
    if (auto bound = bind_to_vault(secrets); !bound) return bound;
    if (auto opens = check_vault(log, secrets); !opens) return opens;
    SecretRows rows(secrets, log.last());
    if (rows.done_until_ > log.last()) {
        // The log was restored from an older copy. All that it has was done; what will take the place of the rest was
        // not.
        std::vector<PrivateTable::Row> said = {row_of(done_until_key, log.last())};
        if (read_sequence(secrets.rows, found_until_key) > log.last()) {
            said.push_back(row_of(found_until_key, log.last()));
        }
        return secrets.rows.write(said);
    }
    if (rows.done_until_ >= until) return {};
    std::expected<void, StorageFailure> done;
    const auto thrown =
        kj::runCatchingExceptions([&] { done = rows.follow(log, rows.done_until_.next(), until, number_of); });
    KJ_IF_MAYBE (exception, thrown) {
        done = std::unexpected(StorageFailure{exception->getDescription().cStr()});
    }
    if (done) return done;
    return std::unexpected(
        StorageFailure{"the vault is older than the tables, and what came since cannot be done again; restore vault/ "
                       "from a newer copy: " +
                       done.error().message});
}

// Only the events that matter are opened.
std::expected<void, StorageFailure> SecretRows::follow(const Log& log, Sequence from, Sequence until,
                                                       const NumberOf& number_of) {
    const auto cursor = log.read(from);
    while (last_ < until) {
        const auto block = cursor->next();
        if (!block) return std::unexpected(block.error());
        if (!*block) break;
        for (const auto& entry : (*block)->entries()) {
            if (entry.sequence < from || entry.sequence > until) continue;
            const auto event = read_event(entry);
            if (!matters(event)) continue;
            const auto account = number_of(view(event.getAccount()));
            if (!account) continue;
            apply(event, *account);
            if (auto checked = check_password(event, *account); !checked) return checked;
        }
        last_ = std::min((*block)->last(), until);
        if (auto put = put_down(); !put) return put;
    }
    const PrivateTable::Row said[] = {row_of(done_until_key, until)};
    return secrets_.rows.write(said);
}

// A password that was changed since an older copy of the vault was made must not let anybody in again.
std::expected<void, StorageFailure> SecretRows::check_password(schema::Event::Reader event, AccountNumber account) {
    if (!event.isPasswordChanged()) return {};
    const UserId user(event.getPasswordChanged().getUser());
    const auto kept = kept_passwords(secrets_.rows, account, user);
    const Sequence sequence(event.getSequence());
    if (kept.empty() || std::ranges::find(kept, sequence, &KeptPassword::sequence) != kept.end()) return {};
    const std::string keys[] = {password_key(account, user)};
    return secrets_.rows.purge(keys);
}

void SecretRows::apply(schema::Event::Reader event, AccountNumber account) {
    last_ = Sequence(event.getSequence());
    if (event.isUserRegistered() || event.isEmailChanged()) {
        if (last_ > found_until_) add_address(event, account);
    } else if (event.isPersonErased()) {
        const UserId user(event.getPersonErased().getUser());
        erased_.push_back({account, {std::string(view(event.getAccount())), user}});
    } else if (event.isPhoneSaved()) {
        last_key_ = std::max(last_key_, KeyNumber(event.getPhoneSaved().getKey()));
    } else if (event.isDisputeOpened()) {
        last_key_ = std::max(last_key_, KeyNumber(event.getDisputeOpened().getKey()));
    }
    for_each_destroyed_key(event, [&](KeyNumber key) { destroyed_.push_back(key); });
}

void SecretRows::add_address(schema::Event::Reader event, AccountNumber account) {
    for_each_sealed(event, [&](const SealedField& field) {
        if (field.what != Personal::email) return;
        const auto context = field.context(event.getAccount());
        const auto email = secrets_.vault.open(field.key, context, view(field.box));
        if (!email) return;  // erased since
        for (auto& row : address_rows(secrets_.vault, account, fold_case(*email), UserId(field.owner))) {
            addresses_.push_back({field.key, std::move(row)});
        }
    });
}

std::expected<void, StorageFailure> SecretRows::put_down() {
    // People's own keys are needed to open their addresses; of these nobody would notice.
    if (last_key_ > secrets_.vault.last_key()) {
        return std::unexpected(StorageFailure{"there is no key " + std::to_string(last_key_.value) +
                                              " in the vault; restore vault/ from a newer copy"});
    }
    const bool erases = !destroyed_.empty();
    if (!addresses_.empty()) {
        last_address_key_ = std::max(last_address_key_, std::ranges::max(addresses_, {}, &Address::key).key);
        std::vector<PrivateTable::Row> rows = {row_of(found_until_key, last_),
                                               row_of(last_key_key, Sequence(last_address_key_.value))};
        if (!erases && last_ > done_until_) rows.push_back(row_of(done_until_key, last_));
        for (auto& address : addresses_) {
            // Erased since it was opened, and perhaps purged by whoever keeps the other tables up.
            if (!secrets_.vault.is_destroyed(address.key)) rows.push_back(std::move(address.row));
        }
        if (auto written = secrets_.rows.write(rows); !written) return written;
        addresses_.clear();
        found_until_ = last_;
        if (!erases) done_until_ = std::max(done_until_, last_);
    }
    if (auto erased = erase(); !erased) return erased;
    if (last_ <= done_until_ || (!erases && last_.value - done_until_.value < unsaid_events_max)) return {};
    // Only now: what it speaks of has to be done before.
    const PrivateTable::Row said[] = {row_of(done_until_key, last_)};
    if (auto written = secrets_.rows.write(said); !written) return written;
    done_until_ = last_;
    return {};
}

std::expected<void, StorageFailure> SecretRows::erase() {
    if (!destroyed_.empty()) {
        if (auto done = secrets_.vault.destroy(destroyed_); !done) return done;
        destroyed_.clear();
    }
    std::vector<PersonName> people;
    for (auto& erased : std::exchange(erased_, {})) {
        if (auto purged = purge(erased); !purged) return purged;
        people.push_back(std::move(erased.person));
    }
    if (people.empty() || secrets_.files == nullptr) return {};
    return secrets_.files->remove(people);
}

std::expected<void, StorageFailure> SecretRows::purge(const Erased& erased) {
    auto keys = address_keys_of(secrets_.rows, erased.account, erased.person.user);
    const auto password = password_key(erased.account, erased.person.user);
    if (secrets_.rows.get(password)) keys.push_back(password);
    // To purge costs much, and tables that are made anew meet everybody who was ever erased.
    if (keys.empty()) return {};
    return secrets_.rows.purge(keys);
}

}  // namespace seatledger
