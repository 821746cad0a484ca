// Which request ids were used, and for what: for ever in the tables, and here until they have it.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <deque>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>

#include "engine/tables.h"
#include "engine/text_hash.h"
#include "events/ids.h"

namespace seatledger {

// One thread. An id belongs to its account, or to the catalogue (0).
class RequestIds {
 public:
    // `tables` may be null: then every id is held for ever.
    explicit RequestIds(const Tables* tables) : tables_(tables) {}

    // What the id was used for by the events up to `at`, the newest that were remembered. Cost: where it is not found
    // here, a look at the tables.
    [[nodiscard]] std::optional<RequestRecord> find(AccountNumber account, std::string_view id, Sequence at) const;

    // Notes that the events `first` … `last` have the id, and that their command has the digest. Called for one commit
    // again, with later events, it goes on.
    void remember(AccountNumber account, std::string_view id, std::span<const std::uint8_t> digest, Sequence first,
                  Sequence last);

    // How many are held here.
    [[nodiscard]] std::size_t size() const { return recent_.size(); }

    // Lets go of what the tables have.
    void forget(Sequence checkpoint);

 private:
    struct Probe {
        AccountNumber account;
        std::string_view id;
    };
    struct Key {
        AccountNumber account;
        std::string id;

        operator Probe() const { return {account, id}; }
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(const Probe& key) const { return hash_of(key.id, key.account.value); }
    };
    struct Equal {
        using is_transparent = void;
        bool operator()(const Probe& a, const Probe& b) const { return a.account == b.account && a.id == b.id; }
    };

    const Tables* tables_;
    boost::unordered_flat_map<Key, RequestRecord, Hash, Equal> recent_;
    std::deque<std::pair<Sequence, Key>> order_;  // in which the tables will have them
};

}  // namespace seatledger
