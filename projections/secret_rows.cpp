#include "projections/secret_rows.h"

#include <charconv>
#include <string>
#include <utility>

#include "engine/vault/addresses.h"
#include "engine/vault/kept_passwords.h"
#include "events/sealed.h"
#include "events/text.h"

namespace seatledger {
namespace {

constexpr std::string_view found_until_key = "addresses until";

}  // namespace

bool SecretRows::are_there(const PrivateTable& rows) { return rows.get(found_until_key).has_value(); }

SecretRows::SecretRows(const Secrets& secrets, Sequence log_end) : secrets_(secrets) {
    if (const auto until = secrets_.rows.get(found_until_key)) {
        std::from_chars(until->data(), until->data() + until->size(), found_until_.value);
    }
    // After the log was restored from an older copy: events that are still to come must not be taken for seen.
    if (found_until_ > log_end) found_until_ = Sequence();
}

void SecretRows::apply(schema::Event::Reader event, AccountNumber account) {
    last_ = Sequence(event.getSequence());
    if (event.isUserRegistered() || event.isEmailChanged()) {
        if (last_ > found_until_) add_address(event, account);
    } else if (event.isPersonErased()) {
        const auto body = event.getPersonErased();
        destroyed_.emplace_back(body.getKey());
        erased_.push_back({account, {std::string(view(event.getAccount())), UserId(body.getUser())}});
    } else if (event.isPhonePurged()) {
        destroyed_.emplace_back(event.getPhonePurged().getKey());
    }
}

void SecretRows::add_address(schema::Event::Reader event, AccountNumber account) {
    for_each_sealed(event, [&](const SealedField& field) {
        if (field.what != Personal::email) return;
        const auto context = seal_context(field.what, view(event.getAccount()), field.user);
        const auto email = secrets_.vault.open(field.key, context, view(field.box));
        if (!email) return;  // erased since
        for (auto& row : address_rows(secrets_.vault, account, fold_case(*email), field.user)) {
            addresses_.push_back({field.key, std::move(row)});
        }
    });
}

std::expected<void, StorageFailure> SecretRows::put_down() {
    if (!addresses_.empty()) {
        std::vector<PrivateTable::Row> rows = {{std::string(found_until_key), std::to_string(last_.value)}};
        for (auto& address : addresses_) {
            // Erased since it was opened, and perhaps purged by whoever keeps the other tables up.
            if (!secrets_.vault.is_destroyed(address.key)) rows.push_back(std::move(address.row));
        }
        if (auto written = secrets_.rows.write(rows); !written) return written;
        addresses_.clear();
        found_until_ = last_;
    }
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
