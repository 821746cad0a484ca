// Addresses that were looked up lately, sealed as they are in people's rows.
#pragma once

#include <array>
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <mutex>
#include <optional>
#include <string>

#include "events/ids.h"

namespace seatledger {

// The address in one version of a person's row.
struct SealedAddress {
    KeyNumber key;
    std::string box;  // empty: the row has none
    Sequence since;   // the event that wrote that version
};

// Of one set of tables. Any thread. People change their addresses rarely, and are shown in every row that names them: a
// look-up here costs a tenth of one in the tables. What is kept stays true whatever is recorded later, since it is kept
// with the sequences for which it is; and whoever is erased is erased here too, with their key. Memory: 150 bytes a
// person, for 131,072 people at most.
class AddressCache {
 public:
    // The address at `at`; nothing: it is not here.
    [[nodiscard]] std::optional<SealedAddress> find(AccountNumber account, UserId user, Sequence at) const;

    // Keeps what is true from `address.since` up to `until`: there was no newer version of the row by then.
    void keep(AccountNumber account, UserId user, SealedAddress address, Sequence until);

 private:
    struct Kept {
        SealedAddress address;
        Sequence until;
    };
    // Readers hardly ever wait for each other.
    struct alignas(64) Shard {
        std::mutex mutex;
        boost::unordered_flat_map<std::uint64_t, Kept> people;  // by account and user
    };
    [[nodiscard]] Shard& shard_of(std::uint64_t key) const { return shards_[key % shards_.size()]; }

    mutable std::array<Shard, 64> shards_;
};

}  // namespace seatledger
