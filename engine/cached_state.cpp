#include "engine/cached_state.h"

#include <kj/debug.h>

#include <algorithm>
#include <ranges>

namespace seatledger {

namespace {

// Apart, as are the others of its kind below: what is rarely needed would take room in what is done for every event.
[[noreturn, gnu::noinline]] void refuse_license(LicenseNumber license) {
    KJ_FAIL_REQUIRE("no lot has this license", license.value);
}
[[noreturn, gnu::noinline]] void refuse_change(const char* what) {
    KJ_FAIL_REQUIRE("an event changes what is not there", what);
}

template <typename Slot>
auto value_or_null(Slot* slot) -> const decltype(slot->value)* {
    return slot == nullptr ? nullptr : &slot->value;
}

}  // namespace

inline std::size_t CachedState::AccountLots::index_of(LicenseNumber license) const {
    const auto* lot = find_lot(lots, license);
    if (lot == nullptr) [[unlikely]]
        refuse_license(license);
    return static_cast<std::size_t>(lot - lots.data());
}

void CachedState::AccountLots::add(Lot lot, Sequence issued_by) {
    searches.push_back({lot.first, {}, issued_by});
    lots.push_back(std::move(lot));
}

CachedState::CachedState(const Tables* tables, Seals& seals, Sequence at, const StateLimits& limits)
    : tables_(tables), seals_(seals), limits_(limits), sequence_(at) {
    if (tables_ == nullptr) return;
    last_account_ = tables_->last_account(at);
    for (auto& product : tables_->products(at)) catalog_.add(std::move(product));
    catalog_.set_last_effective_at(tables_->catalog_last_effective_at(at));
}

CachedState::~CachedState() = default;

template <typename Slot>
auto CachedState::change(Slot* slot, const char* what) -> decltype(slot->value)& {
    if (slot == nullptr) [[unlikely]]
        refuse_change(what);
    note_change(*slot);
    return slot->value;
}

template <typename Cache, typename Key, typename Value>
typename Cache::Slot& CachedState::add(Cache& cache, Key key, Value value) {
    auto& slot = cache.insert(std::move(key), std::move(value));
    slot.changed = sequence_;
    if (on_trial_) undo_.emplace_back([&cache, &slot] { cache.erase(slot); });
    return slot;
}

// What is held is found in line; what is not is read from the tables by a function of its own.

inline auto CachedState::account_slot(std::string_view id) -> ByText<Account>::Slot* {
    auto* const slot = accounts_.find(TextProbe{{}, id});
    return slot != nullptr ? slot : load_account(id);
}

inline auto CachedState::user_slot(AccountNumber account, UserId id) -> ByNumber<User>::Slot* {
    auto* const slot = users_.find(key(account, id.value));
    return slot != nullptr ? slot : load_user(account, id);
}

inline auto CachedState::lots_slot(AccountNumber account) -> ByNumber<AccountLots>::Slot& {
    auto* const slot = lots_.find(key(account, 0));
    return slot != nullptr ? *slot : load_lots(account);
}

inline auto CachedState::chunk_slot(AccountNumber account, std::uint32_t chunk) -> ByChunk::Slot& {
    auto* const slot = chunks_.find(key(account, chunk));
    return slot != nullptr ? *slot : load_chunk(account, chunk);
}

auto CachedState::load_account(std::string_view id) -> ByText<Account>::Slot* {
    if (tables_ == nullptr) return nullptr;
    // Absence is not held: it would let strangers fill the memory with names.
    auto account = tables_->account(id, sequence_);
    return account ? &accounts_.insert(TextKey({{}, id}), std::move(*account)) : nullptr;
}

auto CachedState::load_user(AccountNumber account, UserId id) -> ByNumber<User>::Slot* {
    if (tables_ == nullptr) return nullptr;
    auto user = tables_->user(account, id, sequence_);
    return user ? &users_.insert(key(account, id.value), std::move(*user)) : nullptr;
}

auto CachedState::load_lots(AccountNumber account) -> ByNumber<AccountLots>::Slot& {
    AccountLots loaded;
    if (tables_ != nullptr) {
        for (auto& lot : tables_->lots(account, sequence_)) loaded.add(std::move(lot), {});
        loaded.dues = tables_->dues(account, sequence_);
    }
    return lots_.insert(key(account, 0), std::move(loaded));
}

auto CachedState::load_chunk(AccountNumber account, std::uint32_t chunk) -> ByChunk::Slot& {
    const auto holders = tables_ == nullptr ? Holders{} : tables_->holders(account, chunk, sequence_);
    return chunks_.insert(key(account, chunk), holders);
}

const Account* CachedState::account(std::string_view id) { return value_or_null(account_slot(id)); }

Account& CachedState::change_account(std::string_view id) { return change(account_slot(id), "account"); }

Account& CachedState::add_account(Account account) {
    KJ_REQUIRE(!on_trial_, "accounts are not opened on trial", account.id.c_str());
    last_account_ = account.number;
    add(lots_, key(account.number, 0), AccountLots());
    TextKey id({{}, account.id});
    return add(accounts_, std::move(id), std::move(account)).value;
}

const User* CachedState::user(AccountNumber account, UserId id) {
    auto* const slot = user_slot(account, id);
    if (slot != nullptr && slot->value.sealed) [[unlikely]]
        open_address(*slot, account);
    return value_or_null(slot);
}

User& CachedState::change_user(AccountNumber account, UserId id) { return change(user_slot(account, id), "user"); }

void CachedState::add_user(AccountNumber account, User user) {
    const auto number = key(account, user.id.value);
    add(users_, number, std::move(user));
}

// What is held, or else what `load` finds in the tables. Null: there is none.
template <typename Cache, typename Key, typename Load>
typename Cache::Slot* CachedState::held_or_loaded(Cache& cache, const Key& key, Load load) {
    auto* const slot = cache.find(key);
    if (slot != nullptr || tables_ == nullptr) return slot;
    auto loaded = load();
    return loaded ? &cache.insert(typename Cache::KeyType(key), std::move(*loaded)) : nullptr;
}

auto CachedState::invoice_slot(AccountNumber account, std::string_view id) -> ByText<Invoice>::Slot* {
    return held_or_loaded(invoices_, TextProbe{account, id}, [&] { return tables_->invoice(account, id, sequence_); });
}

const Invoice* CachedState::invoice(AccountNumber account, std::string_view id) {
    return value_or_null(invoice_slot(account, id));
}

Invoice& CachedState::change_invoice(AccountNumber account, std::string_view id) {
    return change(invoice_slot(account, id), "invoice");
}

void CachedState::add_invoice(AccountNumber account, Invoice invoice) {
    TextKey id({account, invoice.id});
    add(invoices_, std::move(id), std::move(invoice));
}

auto CachedState::queue_slot(AccountNumber account, std::string_view id) -> ByText<Queue>::Slot* {
    return held_or_loaded(queues_, TextProbe{account, id}, [&] { return tables_->queue(account, id, sequence_); });
}

const Queue* CachedState::queue(AccountNumber account, std::string_view id) {
    return value_or_null(queue_slot(account, id));
}

Queue& CachedState::change_queue(AccountNumber account, std::string_view id) {
    return change(queue_slot(account, id), "queue");
}

void CachedState::add_queue(AccountNumber account, Queue queue) {
    TextKey id({account, queue.id});
    add(queues_, std::move(id), std::move(queue));
}

auto CachedState::order_slot(AccountNumber account, OrderNumber number) -> ByNumber<Order>::Slot* {
    return held_or_loaded(orders_, key(account, number.value),
                          [&] { return tables_->order(account, number, sequence_); });
}

const Order* CachedState::order(AccountNumber account, OrderNumber number) {
    return value_or_null(order_slot(account, number));
}

Order& CachedState::change_order(AccountNumber account, OrderNumber number) {
    return change(order_slot(account, number), "order");
}

void CachedState::add_order(AccountNumber account, Order order) {
    const auto number = key(account, order.number.value);
    add(orders_, number, std::move(order));
}

auto CachedState::dispute_slot(AccountNumber account, DisputeNumber number) -> ByNumber<Dispute>::Slot* {
    return held_or_loaded(disputes_, key(account, number.value),
                          [&] { return tables_->dispute(account, number, sequence_); });
}

const Dispute* CachedState::dispute(AccountNumber account, DisputeNumber number) {
    return value_or_null(dispute_slot(account, number));
}

Dispute& CachedState::change_dispute(AccountNumber account, DisputeNumber number) {
    return change(dispute_slot(account, number), "dispute");
}

void CachedState::add_dispute(AccountNumber account, Dispute dispute) {
    auto& first = disputed_slot(account, dispute.line);
    if (!first.value) {
        note_change(first);
        first.value = dispute.number;
    }
    const auto number = key(account, dispute.number.value);
    add(disputes_, number, std::move(dispute));
}

auto CachedState::disputed_slot(AccountNumber account, std::string_view line) -> ByText<DisputeNumber>::Slot& {
    if (auto* slot = disputed_.find(TextProbe{account, line})) return *slot;
    const auto first = tables_ == nullptr ? DisputeNumber() : tables_->first_dispute(account, line, sequence_);
    return disputed_.insert(TextKey({account, line}), first);
}

DisputeNumber CachedState::first_dispute(AccountNumber account, std::string_view line) {
    return disputed_slot(account, line).value;
}

auto CachedState::payment_slot(AccountNumber account, std::string_view reference) -> ByText<bool>::Slot& {
    if (auto* slot = payments_.find(TextProbe{account, reference})) return *slot;
    const bool known = tables_ != nullptr && tables_->has_payment(account, reference, sequence_);
    return payments_.insert(TextKey({account, reference}), known);
}

bool CachedState::has_payment(AccountNumber account, std::string_view reference) {
    return payment_slot(account, reference).value;
}

void CachedState::add_payment(AccountNumber account, std::string_view reference) {
    auto& slot = payment_slot(account, reference);
    note_change(slot);
    slot.value = true;
}

std::span<const Lot> CachedState::lots(AccountNumber account) { return lots_slot(account).value.lots; }

void CachedState::add_lot(AccountNumber account, Lot lot) {
    auto& slot = lots_slot(account);
    note_change(slot);
    slot.value.add(std::move(lot), sequence_);
}

const Dues& CachedState::dues(AccountNumber account) { return lots_slot(account).value.dues; }

void CachedState::add_due(AccountNumber account, const Due& due) { change_dues(account, due, true); }

void CachedState::remove_due(AccountNumber account, const Due& due) { change_dues(account, due, false); }

// Of these a trial may change many, so it does not copy the lots for each.
void CachedState::change_dues(AccountNumber account, const Due& due, bool add) {
    auto& slot = lots_slot(account);
    const auto change = [&dues = slot.value.dues, due](bool adds) { return adds ? dues.add(due) : dues.remove(due); };
    const bool is_changed = change(add);
    if (on_trial_) {
        undo_.emplace_back([&slot, change, add, is_changed, changed = slot.changed] {
            if (is_changed) change(!add);
            slot.changed = changed;
        });
    }
    slot.changed = sequence_;
}

auto CachedState::phones_slot(AccountNumber account) -> ByNumber<PhoneOwners>::Slot& {
    if (auto* slot = phones_.find(key(account, 0))) return *slot;
    auto owners = tables_ == nullptr ? PhoneOwners() : tables_->phone_owners(account, sequence_);
    return phones_.insert(key(account, 0), std::move(owners));
}

const PhoneOwners& CachedState::phone_owners(AccountNumber account) { return phones_slot(account).value; }

void CachedState::set_phone_owner(AccountNumber account, UserId user, bool owns) {
    auto& slot = phones_slot(account);
    const auto set = [&owners = slot.value, user](bool is_owner) {
        return is_owner ? owners.insert(user.value).second : owners.erase(user.value) > 0;
    };
    const bool is_changed = set(owns);
    if (on_trial_ && is_changed) {
        undo_.emplace_back([&slot, set, owns, changed = slot.changed] {
            set(!owns);
            slot.changed = changed;
        });
    }
    slot.changed = sequence_;
}

Lot& CachedState::change_lot(AccountNumber account, LicenseNumber first) {
    auto& slot = lots_slot(account);
    note_change(slot);
    return slot.value.lots[slot.value.index_of(first)];
}

UserId CachedState::holder(AccountNumber account, LicenseNumber license) {
    return chunk_slot(account, license.value / chunk_licenses).value[license.value % chunk_licenses];
}

inline const Lot& CachedState::note_holder(AccountNumber account, LicenseNumber license, UserId user) {
    auto& lots = lots_slot(account).value;
    const auto index = lots.index_of(license);
    auto& search = lots.searches[index];
    if (license < search.frontier) {
        if (user) {
            search.freed.erase(license);
        } else {
            search.freed.insert(license);
        }
    }
    return lots.lots[index];
}

const Lot& CachedState::set_holder(AccountNumber account, LicenseNumber license, UserId user) {
    auto& slot = chunk_slot(account, license.value / chunk_licenses);
    auto& holder = slot.value[license.value % chunk_licenses];
    if (on_trial_) [[unlikely]] {
        undo_.emplace_back([this, account, license, &slot, &holder, before = holder, changed = slot.changed] {
            holder = before;
            slot.changed = changed;
            note_holder(account, license, before);
        });
    }
    holder = user;
    slot.changed = sequence_;
    return note_holder(account, license, user);
}

bool CachedState::is_held_chunk(AccountNumber account, std::uint32_t chunk) {
    return tables_ == nullptr || chunks_.find(key(account, chunk)) != nullptr;
}

LicenseNumber CachedState::first_free_held(AccountNumber account, LicenseNumber from, LicenseNumber end) {
    for (auto chunk = from.value / chunk_licenses; chunk * chunk_licenses < end.value; ++chunk) {
        if (!is_held_chunk(account, chunk)) continue;
        const auto stop = std::min(end.value, (chunk + 1) * chunk_licenses);
        for (LicenseNumber license(std::max(from.value, chunk * chunk_licenses)); license.value < stop;
             license = license.next()) {
            if (!holder(account, license)) return license;
        }
    }
    return {};
}

LicenseNumber CachedState::first_free(AccountNumber account, const Lot& lot) {
    auto& lots = lots_slot(account).value;
    auto& search = lots.searches[lots.index_of(lot.first)];
    if (!search.freed.empty()) return *search.freed.begin();
    const LicenseNumber end(lot.first.value + lot.quantity);
    const bool in_tables = tables_ != nullptr && search.issued_by <= tables_->checkpoint();
    while (search.frontier < end) {
        // What is not held has not changed since the checkpoint, so the tables know the next free one among that;
        // what is held, and lies before it, is looked through here. Of a lot that they do not have yet all that is
        // not held is free.
        auto stop = end;
        if (in_tables) {
            const auto known = tables_->next_free(account, search.frontier, end);
            if (known) stop = known;
        } else if (tables_ != nullptr) {
            stop = search.frontier;
        }
        const auto held = first_free_held(account, search.frontier, stop);
        search.frontier = held ? held : stop;
        if (search.frontier == end) break;
        if (!holder(account, search.frontier)) return search.frontier;
        search.frontier = search.frontier.next();
    }
    return {};
}

void CachedState::begin_trial() {
    KJ_REQUIRE(!on_trial_ && undo_.empty(), "a trial is running");
    // What is opened during a trial would have to be put back, and opened again after it, each time.
    open_all_addresses();
    on_trial_ = true;
}

void CachedState::end_trial(bool keep) {
    KJ_REQUIRE(on_trial_, "no trial is running");
    on_trial_ = false;
    if (!keep) {
        for (const auto& undo : std::views::reverse(undo_)) undo();
    }
    undo_.clear();
}

bool CachedState::evict() {
    const auto settled = tables_ == nullptr ? Sequence() : tables_->checkpoint();
    const auto shrink = [&](auto& cache, std::size_t count_max) {
        if (cache.size() <= count_max) return true;
        // Some room at once, so that not every command pays for a pass.
        cache.evict(count_max - count_max / 8, settled);
        return cache.size() <= count_max;
    };
    // Who goes is opened before: that nobody bore their address is perhaps still held.
    if (tables_ != nullptr && users_.size() > limits_.people_max) open_all_addresses();
    bool fits = shrink(accounts_, limits_.accounts_max);
    fits &= shrink(lots_, limits_.accounts_max);
    fits &= shrink(phones_, limits_.accounts_max);
    fits &= shrink(users_, limits_.people_max);
    fits &= shrink(emails_, limits_.people_max);
    fits &= shrink(removed_, limits_.people_max);
    fits &= shrink(chunks_, limits_.chunks_max);
    fits &= shrink(invoices_, limits_.invoices_max);
    fits &= shrink(payments_, limits_.invoices_max);
    fits &= shrink(queues_, limits_.queues_max);
    fits &= shrink(orders_, limits_.orders_max);
    fits &= shrink(disputes_, limits_.disputes_max);
    fits &= shrink(disputed_, limits_.disputes_max);
    return fits || tables_ == nullptr;
}

}  // namespace seatledger
