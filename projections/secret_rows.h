// What events mean for what is kept beside the log: by which addresses people are found, and what is to be destroyed.
#pragma once

#include <expected>
#include <functional>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/failure.h"
#include "engine/log/log.h"
#include "engine/vault/secrets.h"
#include "events/event.capnp.h"
#include "events/ids.h"

namespace seatledger {

// One thread. Collects it, and does it before the rows of the same events are put down: so what the tables have seen is
// also found, or destroyed. To do it again changes nothing; but addresses are opened once only, and not again for
// tables that are made anew.
class SecretRows {
 public:
    // `log_end`: the newest event that there is. Rows that have seen more are of another history.
    SecretRows(const Secrets& secrets, Sequence log_end);

    // Whether addresses were ever put down there.
    [[nodiscard]] static bool are_there(const PrivateTable& rows);
    // Up to which event they are all there; 0: none is.
    [[nodiscard]] static Sequence addresses_until(const PrivateTable& rows);
    // Up to which event everything that erases has been done, as far as they say.
    [[nodiscard]] static Sequence done_until(const PrivateTable& rows);

    // The number of the account with this id; nothing: there is none.
    using NumberOf = std::function<std::optional<AccountNumber>(std::string_view)>;

    // Does again what the events up to `until` mean, from where the vault says that it was done: it may have been
    // restored from a copy that is older than the tables. Before anything follows the log. Passwords that were changed
    // since are forgotten. Fails if the vault is another ledger's, or the rows another
    // vault's, if the vault lacks keys that were made since, or the
    // storage fails; the message says what to do. Cost: nothing, or a read of what came since; of the whole log once
    // for a vault that does not say it yet.
    [[nodiscard]] static std::expected<void, StorageFailure> bring_up(const Log& log, const Secrets& secrets,
                                                                      Sequence until, const NumberOf& number_of);

    // `account`: of the event.
    void apply(schema::Event::Reader event, AccountNumber account);

    [[nodiscard]] std::expected<void, StorageFailure> put_down();

 private:
    void add_address(schema::Event::Reader event, AccountNumber account);
    struct Erased {
        AccountNumber account;
        PersonName person;
    };
    [[nodiscard]] std::expected<void, StorageFailure> erase();
    [[nodiscard]] std::expected<void, StorageFailure> purge(const Erased& erased);
    [[nodiscard]] std::expected<void, StorageFailure> check_password(schema::Event::Reader event,
                                                                     AccountNumber account);
    [[nodiscard]] std::expected<void, StorageFailure> follow(const Log& log, Sequence from, Sequence until,
                                                             const NumberOf& number_of);

    Secrets secrets_;
    Sequence found_until_;        // the addresses of all events up to this one are kept
    Sequence done_until_;         // so the vault says; of that and what erases
    Sequence last_;               // the newest event that was applied
    KeyNumber last_address_key_;  // the newest by which an address was sealed that is kept
    KeyNumber last_key_;          // of phone configurations and disputes, in what was applied
    struct Address {
        KeyNumber key;
        PrivateTable::Row row;
    };
    std::vector<Address> addresses_;
    std::vector<KeyNumber> destroyed_;
    std::vector<Erased> erased_;
};

}  // namespace seatledger
