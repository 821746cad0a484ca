// The projections: tables that are kept up with the log on a thread of their own, and can be made anew from it at
// any time.
#pragma once

#include <atomic>
#include <condition_variable>
#include <expected>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "engine/failure.h"
#include "engine/log/log.h"
#include "engine/tables.h"
#include "engine/vault/secrets.h"
#include "projections/address_cache.h"
#include "projections/catalog_history.h"
#include "projections/database.h"
#include "projections/digest_tables.h"

namespace seatledger {

struct RebuildResult {
    Sequence sequence;  // the tables as of this event
    std::vector<TableDigest> tables;
    std::vector<std::string> differ;  // tables in which the old rows were others
    double seconds = 0;               // to make them; digests not included
};

// Events that are done, of how many. Called from time to time, on the caller's thread.
using RebuildProgress = std::function<void(Sequence done, Sequence total)>;

// One set of tables, complete in itself.
struct Generation {
    Generation() = default;
    ~Generation();
    Generation(const Generation&) = delete;
    Generation& operator=(const Generation&) = delete;

    std::atomic<bool> discarded = false;  // no longer needed: goes from the disk with the last who holds it
    std::unique_ptr<Database> database;
    const std::unique_ptr<AddressCache> addresses = std::make_unique<AddressCache>();
    std::shared_ptr<const CatalogHistory> catalog;  // swapped as a whole, under the mutex of Projections
};

// Any thread, unless something else is said.
class Projections final : public Tables {
 public:
    // Opens the tables in `directory`, which is made if need be. Fails if they cannot be opened, or have seen more
    // than the log has: then events were lost. The log and the secrets must outlive this.
    [[nodiscard]] static std::expected<std::unique_ptr<Projections>, StorageFailure> open(
        const std::filesystem::path& directory, const Log& log, const Secrets& secrets);
    ~Projections() override;

    // Where in `directory` the tables are that open() would open. Empty: there are none, or of another format.
    [[nodiscard]] static std::filesystem::path tables_in(const std::filesystem::path& directory);

    // Begins to follow the log on a thread of its own.
    void start();
    // Tells that the log has grown.
    void log_grew();
    // Ends following, and makes durable what has been put down. A rebuild that is running is waited for.
    [[nodiscard]] std::expected<void, StorageFailure> stop();

    // Everything up to this event can be read.
    [[nodiscard]] Sequence checkpoint() const override { return Sequence(checkpoint_.load(std::memory_order_acquire)); }
    // Calls `done` once everything up to `sequence` can be read: at once, or on the thread that brings the tables
    // there. Not at all if this ends before.
    void when_at(Sequence sequence, std::function<void()> done);
    // Waits until then. False if following has ended or failed.
    [[nodiscard]] bool wait_for(Sequence sequence);

    // Why following ended, if it did: the tables stay as they are, and can be read.
    [[nodiscard]] std::optional<StorageFailure> failure() const;

    [[nodiscard]] const Log& log() const { return log_; }
    [[nodiscard]] const Secrets& secrets() const { return secrets_; }

    // The tables as they are now, for as long as they are held; and the catalogue that goes with them. Rows beyond
    // `sequence` may be there already, but their products may not.
    struct Current {
        std::shared_ptr<const Generation> generation;
        std::shared_ptr<const CatalogHistory> catalog;
        Sequence sequence;
    };
    [[nodiscard]] Current current() const;

    // Digests of the tables as they are now; `check` may throw now and then to give it up. Cost: reads every row.
    [[nodiscard]] std::pair<Sequence, std::vector<TableDigest>> digests(const std::function<void()>& check = {}) const;

    // Makes the tables anew from the log, beside the ones that are read meanwhile, and puts them in their place.
    // One at a time: fails if another one is running.
    [[nodiscard]] std::expected<RebuildResult, StorageFailure> rebuild(const RebuildProgress& progress);

    // What the engine reads (engine/tables.h).
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

 private:
    Projections(std::filesystem::path directory, const Log& log, const Secrets& secrets, BlockCache cache);

    void run();
    [[nodiscard]] std::expected<void, StorageFailure> follow();
    void gather(std::unique_lock<std::mutex>& lock);
    void advance_to(Sequence sequence, bool catalog_changed, Instant earliest_due);
    void fail(const StorageFailure& failure);
    [[nodiscard]] bool is_ending() const;
    [[nodiscard]] bool is_awaited() const;
    struct Build {
        std::string name;
        std::shared_ptr<Generation> tables;
        Sequence at;
        double seconds = 0;
    };
    [[nodiscard]] std::expected<Build, StorageFailure> build(const RebuildProgress& progress);
    [[nodiscard]] bool catch_up_with(Sequence sequence);
    [[nodiscard]] std::expected<RebuildResult, StorageFailure> compare(const Build& fresh,
                                                                       const RebuildProgress& progress);
    [[nodiscard]] std::expected<void, StorageFailure> take_over(const Build& fresh);
    void pause();
    void resume();
    class Pause;

    const std::filesystem::path directory_;
    const Log& log_;
    const Secrets secrets_;
    const BlockCache cache_;  // the tables in use and those being made anew share it
    std::atomic<std::uint64_t> checkpoint_ = 0;

    mutable std::mutex mutex_;
    std::condition_variable wake_;      // the projecting thread
    std::condition_variable advanced_;  // who waits for it
    std::shared_ptr<Generation> generation_;
    std::multimap<Sequence, std::function<void()>> waiting_;
    std::multiset<Sequence> waited_for_;  // by threads
    std::optional<StorageFailure> failure_;
    bool ending_ = false;
    bool paused_ = false;   // the projecting thread is to put nothing down
    bool at_work_ = false;  // it does
    bool rebuilding_ = false;

    // Nothing in the tables falls due before this instant, so that due() need not step over what it found to be
    // recorded before; and how often that was lowered.
    mutable Instant due_from_ = first_instant;
    std::uint64_t due_lowered_ = 0;

    std::thread thread_;
};

}  // namespace seatledger
