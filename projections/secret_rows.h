// What events mean for what is kept beside the log: by which addresses people are found, and what is to be destroyed.
#pragma once

#include <expected>
#include <string_view>
#include <vector>

#include "engine/failure.h"
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

    // `account`: of the event.
    void apply(schema::Event::Reader event, AccountNumber account);

    [[nodiscard]] std::expected<void, StorageFailure> put_down();

 private:
    void add_address(schema::Event::Reader event, AccountNumber account);
    struct Erased {
        AccountNumber account;
        PersonName person;
    };
    [[nodiscard]] std::expected<void, StorageFailure> purge(const Erased& erased);

    Secrets secrets_;
    Sequence found_until_;  // the addresses of all events up to this one are kept
    Sequence last_;         // the newest event that was applied
    struct Address {
        KeyNumber key;
        PrivateTable::Row row;
    };
    std::vector<Address> addresses_;
    std::vector<KeyNumber> destroyed_;
    std::vector<Erased> erased_;
};

}  // namespace seatledger
