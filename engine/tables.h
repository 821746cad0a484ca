// Where the engine reads what it does not hold in memory: the projections' rows, as of a sequence. The rows are
// those of the events up to `at`, whatever was put down since.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/rules/dues.h"
#include "engine/rules/entities.h"
#include "engine/rules/state.h"
#include "events/ids.h"

namespace seatledger {

// Licenses are fetched and held by the chunk: chunk c has the licenses 64c … 64c + 63.
inline constexpr std::uint32_t chunk_licenses = 64;
using Holders = std::array<UserId, chunk_licenses>;

// The digest that tells whether a command is the one that its request id was used for.
using CommandDigest = std::array<std::uint8_t, 16>;

// What a request id was used for.
struct RequestRecord {
    Sequence first;  // the events of the commit
    Sequence last;
    CommandDigest digest{};
};

struct DueAccount {
    Instant instant;
    std::string account;
};

// Any thread. `at` may be beyond the checkpoint: then what is asked for has not changed since. Storage that
// cannot be read is a kj::Exception: nothing can be judged without it.
class Tables {
 public:
    virtual ~Tables() = default;

    // Everything up to this event is in the rows. Never goes back.
    [[nodiscard]] virtual Sequence checkpoint() const = 0;

    [[nodiscard]] virtual std::vector<Product> products(Sequence at) const = 0;
    [[nodiscard]] virtual Instant catalog_last_effective_at(Sequence at) const = 0;
    [[nodiscard]] virtual AccountNumber last_account(Sequence at) const = 0;
    [[nodiscard]] virtual Instant last_recorded_at(Sequence at) const = 0;

    [[nodiscard]] virtual std::optional<Account> account(std::string_view id, Sequence at) const = 0;
    [[nodiscard]] virtual std::vector<Lot> lots(AccountNumber account, Sequence at) const = 0;
    [[nodiscard]] virtual Dues dues(AccountNumber account, Sequence at) const = 0;
    [[nodiscard]] virtual PhoneOwners phone_owners(AccountNumber account, Sequence at) const = 0;
    [[nodiscard]] virtual std::optional<User> user(AccountNumber account, UserId id, Sequence at) const = 0;
    [[nodiscard]] virtual UserId user_of(AccountNumber account, std::string_view folded, Sequence at) const = 0;
    // Who was removed while they bore the address, in the order in which they were, but for those who were erased.
    [[nodiscard]] virtual std::vector<UserId> removed_of(AccountNumber account, std::string_view folded,
                                                         Sequence at) const = 0;
    [[nodiscard]] virtual Holders holders(AccountNumber account, std::uint32_t chunk, Sequence at) const = 0;
    [[nodiscard]] virtual std::optional<Invoice> invoice(AccountNumber account, std::string_view id,
                                                         Sequence at) const = 0;
    [[nodiscard]] virtual std::optional<Queue> queue(AccountNumber account, std::string_view id, Sequence at) const = 0;
    [[nodiscard]] virtual std::optional<Order> order(AccountNumber account, OrderNumber number, Sequence at) const = 0;
    [[nodiscard]] virtual std::optional<Dispute> dispute(AccountNumber account, DisputeNumber number,
                                                         Sequence at) const = 0;
    // By which dispute this line (Dispute::line) was disputed first; 0: by none.
    [[nodiscard]] virtual DisputeNumber first_dispute(AccountNumber account, std::string_view line,
                                                      Sequence at) const = 0;
    [[nodiscard]] virtual bool has_payment(AccountNumber account, std::string_view reference, Sequence at) const = 0;

    // For ever: whether the request id was used, in the account (0: the catalogue).
    [[nodiscard]] virtual std::optional<RequestRecord> request(AccountNumber account, std::string_view id,
                                                               Sequence at) const = 0;

    // Accounts in which something falls due at or before `until`, each once with its earliest instant, in the order
    // of the instants; at most `count_max`. May name some whose due events have been recorded since.
    [[nodiscard]] virtual std::vector<DueAccount> due(Instant until, std::size_t count_max) const = 0;

    // The lowest license ≥ `from` and < `end` that the tables have as free at their head; 0: none. A hint: newer
    // events may say otherwise.
    [[nodiscard]] virtual LicenseNumber next_free(AccountNumber account, LicenseNumber from,
                                                  LicenseNumber end) const = 0;
};

}  // namespace seatledger
