// Holds the vault against the log: keys, and the rows by which people are found.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/rules/seals.h"
#include "engine/vault/private_table.h"
#include "engine/vault/vault.h"
#include "events/event.capnp.h"
#include "events/ids.h"
#include "events/sealed.h"

namespace seatledger {

// One thread. Every event in its order, then finish(). Changes nothing. Memory: 32 bytes for each key. Cost: a few
// microseconds for each event that gives somebody an address, next to nothing for others.
class VaultCheck {
 public:
    // What is wrong: of what kind, in which event, and whose.
    using Report =
        std::function<void(const char* kind, Sequence sequence, std::string_view account, std::string message)>;

    // `rows`: null: there are none to look at. Both must outlive this.
    VaultCheck(const Vault& vault, const PrivateTable* rows, Report report);
    ~VaultCheck();

    // What opens personal data, with a key that is damaged taken for one that was destroyed: it has been reported.
    [[nodiscard]] const Seals& seals() const;

    void note(schema::Event::Reader event);
    // The whole log has been seen. Gives how many erasures were recorded that have not been done yet, as it is after a
    // crash: a server does them when it starts.
    [[nodiscard]] std::uint64_t finish();

 private:
    class OpenableSeals;

    void check_address(const SealedField& field, schema::Event::Reader event);

    const Vault& vault_;
    const PrivateTable* const rows_;
    const Report report_;
    std::vector<KeyNumber> damaged_;  // in order
    std::unique_ptr<const OpenableSeals> seals_;
    Sequence found_until_;  // the rows have the addresses of all events up to this one
    Sequence done_until_;   // so they say; of what erases
    std::map<std::string, AccountNumber, std::less<>> accounts_;
    struct Used {
        Sequence sealed;  // the first event that has something sealed with it
        Sequence erased;  // the event that erases it; 0: none does
    };
    boost::unordered_flat_map<std::uint64_t, Used> keys_;
    std::uint64_t missing_ = 0;  // addresses
};

}  // namespace seatledger
