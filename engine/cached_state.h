// The state in bounded memory: what is in use is held, the rest is read from the projections' tables. What has
// changed since their checkpoint is never let go of, so a miss always finds the truth in the tables.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "engine/entity_cache.h"
#include "engine/rules/state.h"
#include "engine/tables.h"
#include "engine/text_hash.h"
#include "events/text.h"

namespace seatledger {

struct StateLimits {
    // How many of each kind are held before unused ones are let go of. With these defaults about 1 GiB.
    std::size_t accounts_max = 100'000;
    std::size_t people_max = 2'000'000;
    std::size_t chunks_max = 500'000;
    std::size_t invoices_max = 200'000;
    std::size_t queues_max = 100'000;
    std::size_t orders_max = 100'000;
    std::size_t disputes_max = 100'000;
    std::size_t requests_max = 500'000;  // request ids that the tables do not have yet
};

// One thread.
class CachedState final : public State {
 public:
    // Everything up to `at` must be in the tables; later events are folded in by the caller. Null: there are no
    // tables and never will be, so everything is held for ever.
    CachedState(const Tables* tables, Seals& seals, Sequence at, const StateLimits& limits);
    ~CachedState() override;

    [[nodiscard]] Seals& seals() override { return seals_; }
    void expect_address(std::string_view box, std::string_view clear) override;
    [[nodiscard]] const Catalog& catalog() const override { return catalog_; }
    [[nodiscard]] Catalog& change_catalog() override { return catalog_; }
    [[nodiscard]] const Account* account(std::string_view id) override;
    [[nodiscard]] const User* user(AccountNumber account, UserId id) override;
    [[nodiscard]] const Invoice* invoice(AccountNumber account, std::string_view id) override;
    [[nodiscard]] const Queue* queue(AccountNumber account, std::string_view id) override;
    [[nodiscard]] const Order* order(AccountNumber account, OrderNumber number) override;
    [[nodiscard]] const Dispute* dispute(AccountNumber account, DisputeNumber number) override;
    [[nodiscard]] UserId user_of(AccountNumber account, std::string_view folded) override;
    [[nodiscard]] std::span<const UserId> removed_of(AccountNumber account, std::string_view folded) override;
    [[nodiscard]] bool has_payment(AccountNumber account, std::string_view reference) override;
    [[nodiscard]] DisputeNumber first_dispute(AccountNumber account, std::string_view line) override;
    [[nodiscard]] std::span<const Lot> lots(AccountNumber account) override;
    [[nodiscard]] UserId holder(AccountNumber account, LicenseNumber license) override;
    [[nodiscard]] LicenseNumber first_free(AccountNumber account, const Lot& lot) override;
    [[nodiscard]] const Dues& dues(AccountNumber account) override;
    [[nodiscard]] const PhoneOwners& phone_owners(AccountNumber account) override;
    [[nodiscard]] AccountNumber next_account() const override { return last_account_.next(); }

    Account& add_account(Account account) override;
    void add_user(AccountNumber account, User user) override;
    void add_invoice(AccountNumber account, Invoice invoice) override;
    void add_queue(AccountNumber account, Queue queue) override;
    void add_order(AccountNumber account, Order order) override;
    void add_dispute(AccountNumber account, Dispute dispute) override;
    void add_lot(AccountNumber account, Lot lot) override;
    void add_payment(AccountNumber account, std::string_view reference) override;
    void add_due(AccountNumber account, const Due& due) override;
    void remove_due(AccountNumber account, const Due& due) override;
    void set_phone_owner(AccountNumber account, UserId user, bool owns) override;
    [[nodiscard]] Account& change_account(std::string_view id) override;
    [[nodiscard]] User& change_user(AccountNumber account, UserId id) override;
    [[nodiscard]] Invoice& change_invoice(AccountNumber account, std::string_view id) override;
    [[nodiscard]] Queue& change_queue(AccountNumber account, std::string_view id) override;
    [[nodiscard]] Order& change_order(AccountNumber account, OrderNumber number) override;
    [[nodiscard]] Dispute& change_dispute(AccountNumber account, DisputeNumber number) override;
    // Opened when somebody asks for the person; all of the account, when somebody asks who bears an address that
    // nobody is known to bear; and all, before a trial and before people are let go of. Each once, or never: what was
    // announced by expect_address(). Cost of opening: a microsecond.
    void set_address(const Account& account, UserId user, std::string_view box) override;
    void set_user_of(AccountNumber account, std::string_view folded, UserId user) override;
    void add_removed(AccountNumber account, std::string_view folded, UserId user) override;
    [[nodiscard]] Lot& change_lot(AccountNumber account, LicenseNumber first) override;
    const Lot& set_holder(AccountNumber account, LicenseNumber license, UserId user) override;

    // The sequence of the event that is folded in next, under which changes are noted. Before every evolve().
    void set_sequence(Sequence sequence) { sequence_ = sequence; }

    // What is changed from begin_trial() to end_trial() is then put back, or stays if `keep`; the catalogue alone must
    // not be changed meanwhile. For commits of which a later part may be rejected, and for dry runs.
    void begin_trial();
    void end_trial(bool keep);

    // What an account is looked for by, for a LookAhead.
    [[nodiscard]] static std::uint32_t account_hash(std::string_view id) { return TextHash()({{}, id}); }

    // Lets go of what the limits no longer leave room for. Between commands. Gives whether the limits hold now;
    // if not, the tables have to catch up first.
    [[nodiscard]] bool evict();

 private:
    friend class LookAhead;  // reads ahead in the caches

    struct AccountLots {
        std::vector<Lot> lots;

        // The search for free licenses, by lot (same index as `lots`): every license below the frontier is given
        // to somebody, but for those in `freed`.
        struct Search {
            LicenseNumber frontier;
            std::set<LicenseNumber> freed;
            Sequence issued_by;  // before this event the tables know of none of them; 0: they have it
        };
        std::vector<Search> searches;

        Dues dues;

        [[nodiscard]] std::size_t index_of(LicenseNumber license) const;
        void add(Lot lot, Sequence issued_by);
    };

    // Those of an account whose addresses are in their boxes, and perhaps some others, each once or several times.
    struct SealedPeople {
        std::string account;
        std::vector<UserId> people;
    };

    using NumberKey = std::uint64_t;  // account in the upper half
    struct NumberHash {
        // Multiplication mixes upwards (Fibonacci hashing: Knuth, volume 3, 6.4).
        std::uint32_t operator()(NumberKey key) const {
            return static_cast<std::uint32_t>((key * 0x9E3779B97F4A7C15) >> 32);
        }
    };
    struct TextProbe {
        AccountNumber account;
        std::string_view text;
    };
    struct TextKey {
        AccountNumber account;
        ShortText text;

        TextKey() = default;
        explicit TextKey(const TextProbe& from) : account(from.account), text(from.text) {}
        operator TextProbe() const { return {account, text}; }
    };
    struct TextHash {
        std::uint32_t operator()(const TextProbe& key) const {
            return static_cast<std::uint32_t>(hash_of(key.text, key.account.value));
        }
    };
    struct TextEqual {
        bool operator()(const TextProbe& a, const TextProbe& b) const {
            return a.account == b.account && a.text == b.text;
        }
    };
    template <typename Value>
    using ByText = EntityCache<TextKey, Value, TextHash, TextEqual>;
    template <typename Value>
    using ByNumber = EntityCache<NumberKey, Value, NumberHash>;
    using ByChunk = ByNumber<Holders>;

    [[nodiscard]] static NumberKey key(AccountNumber account, std::uint32_t number) {
        return NumberKey{account.value} << 32 | number;
    }
    [[nodiscard]] ByText<Account>::Slot* account_slot(std::string_view id);
    [[nodiscard]] ByNumber<User>::Slot* user_slot(AccountNumber account, UserId id);
    [[nodiscard]] ByText<Invoice>::Slot* invoice_slot(AccountNumber account, std::string_view id);
    [[nodiscard]] ByText<Queue>::Slot* queue_slot(AccountNumber account, std::string_view id);
    [[nodiscard]] ByNumber<Order>::Slot* order_slot(AccountNumber account, OrderNumber number);
    [[nodiscard]] ByNumber<Dispute>::Slot* dispute_slot(AccountNumber account, DisputeNumber number);
    [[nodiscard]] ByText<UserId>::Slot& email_slot(AccountNumber account, std::string_view folded);
    [[nodiscard]] ByText<std::vector<UserId>>::Slot& removed_slot(AccountNumber account, std::string_view folded);
    [[nodiscard]] ByText<bool>::Slot& payment_slot(AccountNumber account, std::string_view reference);
    [[nodiscard]] ByText<DisputeNumber>::Slot& disputed_slot(AccountNumber account, std::string_view line);
    [[nodiscard]] ByNumber<AccountLots>::Slot& lots_slot(AccountNumber account);
    [[nodiscard]] ByNumber<PhoneOwners>::Slot& phones_slot(AccountNumber account);
    [[nodiscard]] ByChunk::Slot& chunk_slot(AccountNumber account, std::uint32_t chunk);
    [[nodiscard]] ByText<Account>::Slot* load_account(std::string_view id);
    [[nodiscard]] ByNumber<User>::Slot* load_user(AccountNumber account, UserId id);
    [[nodiscard]] ByNumber<AccountLots>::Slot& load_lots(AccountNumber account);
    [[nodiscard]] ByChunk::Slot& load_chunk(AccountNumber account, std::uint32_t chunk);
    template <typename Cache, typename Key, typename Load>
    [[nodiscard]] typename Cache::Slot* held_or_loaded(Cache& cache, const Key& key, Load load);

    // Before and after a change, so that a trial can take it back.
    template <typename Slot>
    void note_change(Slot& slot) {
        if (on_trial_) [[unlikely]]
            keep_copy(slot);
        slot.changed = sequence_;
    }
    template <typename Slot>
    [[gnu::noinline]] void keep_copy(Slot& slot) {
        undo_.emplace_back([&slot, value = slot.value, changed = slot.changed] {
            slot.value = value;
            slot.changed = changed;
        });
    }
    // What is in the slot, to be changed; `what` names it where there is none.
    template <typename Slot>
    [[nodiscard]] auto change(Slot* slot, const char* what) -> decltype(slot->value)&;
    template <typename Cache, typename Key, typename Value>
    typename Cache::Slot& add(Cache& cache, Key key, Value value);
    void change_dues(AccountNumber account, const Due& due, bool add);
    const Lot& note_holder(AccountNumber account, LicenseNumber license, UserId user);
    void open_address(ByNumber<User>::Slot& slot, AccountNumber account);
    void open_addresses(AccountNumber account);
    void open_all_addresses();
    [[nodiscard]] LicenseNumber first_free_held(AccountNumber account, LicenseNumber from, LicenseNumber end);
    [[nodiscard]] bool is_held_chunk(AccountNumber account, std::uint32_t chunk);

    const Tables* tables_;
    Seals& seals_;
    StateLimits limits_;
    Sequence sequence_;  // the newest event that is folded in, or is being folded in
    bool on_trial_ = false;
    std::vector<std::function<void()>> undo_;  // what a trial did, in order; slots stay where they are meanwhile

    Catalog catalog_;
    AccountNumber last_account_;
    // Everybody in users_ who is sealed is listed here, under their account's number.
    boost::unordered_flat_map<std::uint32_t, SealedPeople> sealed_;
    std::string expected_box_;  // see expect_address()
    std::string expected_address_;
    ByText<Account> accounts_;  // by id, under account number 0
    ByNumber<AccountLots> lots_;
    ByNumber<PhoneOwners> phones_;  // of the accounts that were asked about
    ByNumber<User> users_;
    ByText<UserId> emails_;
    ByText<std::vector<UserId>> removed_;  // by the addresses that were asked for in this way
    ByChunk chunks_;
    ByText<Invoice> invoices_;
    ByText<Queue> queues_;
    ByNumber<Order> orders_;
    ByText<bool> payments_;
    ByNumber<Dispute> disputes_;
    ByText<DisputeNumber> disputed_;  // by the line
};

}  // namespace seatledger
