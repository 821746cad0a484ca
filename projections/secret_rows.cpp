#include "projections/secret_rows.h"

#include <utility>

#include "engine/vault/addresses.h"
#include "engine/vault/kept_passwords.h"
#include "events/sealed.h"
#include "events/text.h"

namespace seatledger {

void SecretRows::apply(schema::Event::Reader event, AccountNumber account) {
    if (event.isUserRegistered()) {
        const auto body = event.getUserRegistered();
        add_address(view(event.getAccount()), account, UserId(body.getUser()), KeyNumber(body.getKey()),
                    body.getEmail());
    } else if (event.isEmailChanged()) {
        const auto body = event.getEmailChanged();
        add_address(view(event.getAccount()), account, UserId(body.getUser()), KeyNumber(body.getKey()),
                    body.getNewEmail());
    } else if (event.isPersonErased()) {
        const auto body = event.getPersonErased();
        destroyed_.emplace_back(body.getKey());
        erased_.push_back({account, UserId(body.getUser())});
    }
}

void SecretRows::add_address(std::string_view account_id, AccountNumber account, UserId user, KeyNumber key,
                             capnp::Data::Reader box) {
    const auto email = secrets_.vault.open(key, seal_context(Personal::email, account_id, user), view(box));
    if (!email) return;  // erased since
    for (auto& row : address_rows(secrets_.vault, account, fold_case(*email), user)) {
        addresses_.push_back(std::move(row));
    }
}

std::expected<void, StorageFailure> SecretRows::put_down() {
    if (!addresses_.empty()) {
        if (auto written = secrets_.rows.write(addresses_); !written) return written;
        addresses_.clear();
    }
    if (!destroyed_.empty()) {
        if (auto done = secrets_.vault.destroy(destroyed_); !done) return done;
        destroyed_.clear();
    }
    for (const auto& person : std::exchange(erased_, {})) {
        if (auto purged = purge(person); !purged) return purged;
    }
    return {};
}

std::expected<void, StorageFailure> SecretRows::purge(const Erased& person) {
    auto keys = address_keys_of(secrets_.rows, person.account, person.user);
    const auto password = password_key(person.account, person.user);
    if (secrets_.rows.get(password)) keys.push_back(password);
    // To purge costs much, and tables that are made anew meet everybody who was ever erased.
    if (keys.empty()) return {};
    return secrets_.rows.purge(keys);
}

}  // namespace seatledger
