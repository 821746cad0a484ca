// One account as it stood: the tables as of a sequence, and the instant at which what fell due is counted.
#pragma once

#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/rules/entities.h"
#include "projections/as_of.h"
#include "projections/catalog_history.h"
#include "projections/database.h"
#include "projections/lot_row.h"
#include "projections/projections.h"
#include "projections/queries.h"

namespace date {
class time_zone;
}

namespace seatledger {

// One thread. Holds a snapshot: keep it short.
class View {
 public:
    // Fails if there is, or was then, no such account, or if `as_of` cannot be.
    [[nodiscard]] static std::expected<std::unique_ptr<View>, QueryFailure> open(const Projections& projections,
                                                                                 std::string_view account,
                                                                                 const AsOf& as_of, Instant now);
    // The same of tables that are held already: views of these know equally much. `account_must_exist` false: an
    // account that was not there then is one that has nothing; it must have been opened since.
    [[nodiscard]] static std::expected<std::unique_ptr<View>, QueryFailure> open(const Projections& projections,
                                                                                 Projections::Current current,
                                                                                 std::string_view account,
                                                                                 const AsOf& as_of, Instant now,
                                                                                 bool account_must_exist = true);
    // The same state again, for the next page.
    [[nodiscard]] static std::expected<std::unique_ptr<View>, QueryFailure> open_again(const Projections& projections,
                                                                                       std::string_view account,
                                                                                       Sequence sequence, Instant time,
                                                                                       CatalogTime catalog_time);

    [[nodiscard]] const Snapshot& rows() const { return snapshot_; }
    [[nodiscard]] AccountNumber account() const { return account_; }
    [[nodiscard]] Sequence sequence() const { return sequence_; }
    // Up to where the log is known, whatever the time that is read: names may come from behind it.
    [[nodiscard]] Sequence known() const { return known_; }
    [[nodiscard]] Instant time() const { return time_; }
    [[nodiscard]] const CatalogTime& catalog_time() const { return catalog_time_; }
    // Whether the account was there then.
    [[nodiscard]] bool has_account() const;
    // Whether this is what the indexes say as well.
    [[nodiscard]] bool at_head() const { return sequence_ == snapshot_.checkpoint(); }

    [[nodiscard]] const Product& product(ProductNumber number) const { return catalog_->at(number, catalog_time_); }
    // The events by which a product became in one of two views what it is in the other (CatalogHistory::changes).
    [[nodiscard]] std::vector<Sequence> changes_of(ProductNumber number, const View& other,
                                                   const CatalogHistory::Differs& differs) const {
        return catalog_->changes(number, catalog_time_, other.catalog_time_, differs);
    }
    [[nodiscard]] const Product* product(std::string_view sku) const { return catalog_->find(sku, catalog_time_); }
    // Whether the catalogue is known to have it. A product that was defined later is shown all the same where an
    // earlier instant is read, by its first version: a past that was brought in has licenses of it.
    [[nodiscard]] bool has_product(std::string_view sku) const { return catalog_->has(sku, known_); }
    // What places in queues are billed as: at this time, and whenever.
    [[nodiscard]] std::optional<MembershipPeriod> membership_period() const {
        return catalog_->membership_period(catalog_time_.sequence, time_);
    }
    [[nodiscard]] std::vector<MembershipPeriod> membership_periods() const {
        return catalog_->membership_periods(catalog_time_.sequence);
    }

    // The account's time zone.
    [[nodiscard]] const date::time_zone& zone() const;

    // Who bore the address; 0: nobody.
    [[nodiscard]] UserId user_of(std::string_view email) const;
    // The person's address; nothing: it was erased. Cost: a microsecond, or a row if it was not looked up lately.
    [[nodiscard]] std::optional<std::string> email_of(UserId user) const;
    [[nodiscard]] const Secrets& secrets() const { return secrets_; }
    [[nodiscard]] const std::string& account_id() const { return account_id_; }
    // What the person had at this time.
    [[nodiscard]] std::vector<Holding> held_by(UserId user) const;

    // Every lot from the one that has `from` on, until `lot` gives false.
    void scan_lots(LicenseNumber from, const std::function<bool(const LotRow&)>& lot) const;
    [[nodiscard]] std::optional<LotRow> lot_of(LicenseNumber license) const;
    // How many of the lot were given to somebody, whether or not it has ended.
    [[nodiscard]] std::uint32_t given_of(const Lot& lot) const;
    // Calls `visit` for each license of [from, end) that was ever given to somebody, with whom that is now (0: nobody
    // any more; or revoked_holder) and the event that made it so, until it gives false.
    void scan_given(LicenseNumber from, LicenseNumber end,
                    const std::function<bool(LicenseNumber, UserId, Sequence)>& visit) const;
    // To whom the license was given last, likewise, and by which event; both 0: to nobody yet.
    [[nodiscard]] std::pair<UserId, Sequence> given_to(LicenseNumber license) const;
    // The event that says that the term of the license, which is of the lot, ended; 0: none does.
    [[nodiscard]] Sequence end_recorded_by(const Lot& lot, LicenseNumber license) const;

 private:
    View(const Projections& projections, Projections::Current current, AccountNumber account,
         std::string_view account_id);
    [[nodiscard]] bool is_importing(Sequence sequence) const;
    void go_to(const AsOf& as_of, Instant now);
    [[nodiscard]] Instant time_at(const AsOf& as_of, Instant now) const;

    Projections::Current current_;
    const Secrets secrets_;
    const std::string account_id_;
    Snapshot snapshot_;
    const CatalogHistory* catalog_;
    AccountNumber account_;
    Sequence sequence_;
    Sequence known_;
    Instant time_;
    CatalogTime catalog_time_;
    mutable const date::time_zone* zone_ = nullptr;  // once it was asked for
};

// The account's number, if it was ever opened.
[[nodiscard]] std::optional<AccountNumber> account_number(const Snapshot& snapshot, std::string_view id);

// What is said to whoever asks about another one.
[[nodiscard]] QueryFailure no_account(std::string_view id);

// The last event of the account, of those up to `head`, that had taken effect by `instant`; 0: there was none. `head`:
// where a block ends; what is within one is for the caller to take the lesser of. Cost: a seek for each doubling of the
// log.
[[nodiscard]] Sequence sequence_at(const Snapshot& snapshot, AccountNumber account, Instant instant, Sequence head);

// The last event, of those up to `head`, that had been recorded by `instant`; 0: there was none. Cost: a seek for each
// doubling of the log.
[[nodiscard]] Sequence sequence_recorded_by(const Snapshot& snapshot, Instant instant, Sequence head);

// The last event of which something was known: up to `head`, or up to `as_of.known_at`. Fails if `as_of` cannot be.
[[nodiscard]] std::expected<Sequence, QueryFailure> last_known(const Snapshot& snapshot, const AsOf& as_of,
                                                               Sequence head);

// When the event was recorded.
[[nodiscard]] Instant recorded_at(const Snapshot& snapshot, Sequence sequence);

// What was noted as falling due in the account at or after `from`, and was still to be recorded, in order, until `due`
// gives false.
void scan_dues(const Snapshot& snapshot, AccountNumber account, Instant from, Sequence sequence,
               const std::function<bool(const Due&)>& due);

// When the last event of the account, of those up to `sequence`, took effect; no_instant: there was none.
[[nodiscard]] Instant last_effective_at(const Snapshot& snapshot, AccountNumber account, Sequence sequence);

}  // namespace seatledger
