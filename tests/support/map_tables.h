// The projections' tables as the engine sees them, over MapState: as of the checkpoint, to which they are moved by
// hand.
#pragma once

#include <map>
#include <string>
#include <utility>
#include <vector>

#include "engine/log/log.h"
#include "engine/tables.h"
#include "tests/support/map_state.h"
#include "tests/support/state_dump.h"

namespace seatledger::testing {

class MapTables final : public Tables {
 public:
    // Folds in the blocks of the log up to and with the one that holds `sequence`.
    void catch_up(const Log& log, Sequence sequence);

    [[nodiscard]] Sequence checkpoint() const override { return checkpoint_; }
    [[nodiscard]] std::vector<Product> products(Sequence at) const override;
    [[nodiscard]] Instant catalog_last_effective_at(Sequence at) const override;
    [[nodiscard]] AccountNumber last_account(Sequence at) const override;
    [[nodiscard]] Instant last_recorded_at(Sequence at) const override;
    [[nodiscard]] std::optional<Account> account(std::string_view id, Sequence at) const override;
    [[nodiscard]] std::vector<Lot> lots(AccountNumber account, Sequence at) const override;
    [[nodiscard]] Dues dues(AccountNumber account, Sequence at) const override;
    [[nodiscard]] PhoneOwners phone_owners(AccountNumber account, Sequence at) const override;
    [[nodiscard]] std::optional<User> user(AccountNumber account, UserId id, Sequence at) const override;
    [[nodiscard]] UserId user_of(AccountNumber account, std::string_view folded, Sequence at) const override;
    [[nodiscard]] std::vector<UserId> removed_of(AccountNumber account, std::string_view folded,
                                                 Sequence at) const override;
    [[nodiscard]] Holders holders(AccountNumber account, std::uint32_t chunk, Sequence at) const override;
    [[nodiscard]] std::optional<Invoice> invoice(AccountNumber account, std::string_view id,
                                                 Sequence at) const override;
    [[nodiscard]] std::optional<Queue> queue(AccountNumber account, std::string_view id, Sequence at) const override;
    [[nodiscard]] std::optional<Order> order(AccountNumber account, OrderNumber number, Sequence at) const override;
    [[nodiscard]] std::optional<Dispute> dispute(AccountNumber account, DisputeNumber number,
                                                 Sequence at) const override;
    [[nodiscard]] DisputeNumber first_dispute(AccountNumber account, std::string_view line, Sequence at) const override;
    [[nodiscard]] bool has_payment(AccountNumber account, std::string_view reference, Sequence at) const override;
    [[nodiscard]] std::optional<RequestRecord> request(AccountNumber account, std::string_view id,
                                                       Sequence at) const override;
    [[nodiscard]] std::vector<DueAccount> due(Instant until, std::size_t count_max) const override;
    [[nodiscard]] LicenseNumber next_free(AccountNumber account, LicenseNumber from, LicenseNumber end) const override;

    [[nodiscard]] std::size_t reads() const { return reads_; }

 private:
    void fold(const Entry& entry);
    // The state, for a reader that is not behind it.
    [[nodiscard]] MapState& state(Sequence at) const;

    mutable MapState state_;  // asking it changes nothing
    mutable std::size_t reads_ = 0;
    Names names_;
    Sequence checkpoint_;
    Instant last_recorded_at_ = no_instant;
    std::map<std::pair<AccountNumber, std::string>, RequestRecord> requests_;
};

}  // namespace seatledger::testing
