#include "tests/support/map_tables.h"

#include <kj/debug.h>

#include <algorithm>

#include "engine/rules/rules.h"
#include "events/text.h"

namespace seatledger::testing {
namespace {

template <typename Value>
std::optional<Value> copy_of(const Value* value) {
    return value == nullptr ? std::optional<Value>() : std::optional<Value>(*value);
}

}  // namespace

void MapTables::catch_up(const Log& log, Sequence sequence) {
    const auto cursor = log.read(checkpoint_.next());
    while (checkpoint_ < sequence) {
        const auto block = cursor->next();
        KJ_REQUIRE(block.has_value() && block->has_value(), "the log ends before");
        for (const auto& entry : (*block)->entries()) {
            fold(entry);
        }
    }
}

void MapTables::fold(const Entry& entry) {
    const auto event = read_event(entry);
    const auto sequence = entry.sequence;
    rules::evolve(state_, rules::EventHead(entry));
    names_.add(event);
    checkpoint_ = sequence;
    last_recorded_at_ = Instant{event.getRecordedAt()};
    if (!event.hasRequestId()) return;
    const auto account = event.hasAccount() ? state_.account(view(event.getAccount()))->number : AccountNumber();
    auto& record =
        requests_.try_emplace({account, std::string(view(event.getRequestId()))}, RequestRecord{sequence, {}, {}})
            .first->second;
    record.last = sequence;
    std::ranges::copy(event.getRequestDigest(), record.digest.begin());
}

MapState& MapTables::state(Sequence at) const {
    KJ_REQUIRE(at >= checkpoint_, "asked as of what the reader has passed", at.value, checkpoint_.value);
    ++reads_;
    return state_;
}

std::vector<Product> MapTables::products(Sequence at) const {
    const auto all = state(at).catalog().all();
    return {all.begin(), all.end()};
}

Instant MapTables::catalog_last_effective_at(Sequence at) const { return state(at).catalog().last_effective_at(); }

AccountNumber MapTables::last_account(Sequence at) const { return AccountNumber(state(at).next_account().value - 1); }

Instant MapTables::last_recorded_at(Sequence) const { return last_recorded_at_; }

std::optional<Account> MapTables::account(std::string_view id, Sequence at) const {
    return copy_of(state(at).account(id));
}

std::vector<Lot> MapTables::lots(AccountNumber account, Sequence at) const {
    const auto all = state(at).lots(account);
    return {all.begin(), all.end()};
}

Dues MapTables::dues(AccountNumber account, Sequence at) const { return state(at).dues(account); }

PhoneOwners MapTables::phone_owners(AccountNumber account, Sequence at) const {
    return state(at).phone_owners(account);
}

std::optional<User> MapTables::user(AccountNumber account, UserId id, Sequence at) const {
    return copy_of(state(at).user(account, id));
}

UserId MapTables::user_of(AccountNumber account, std::string_view folded, Sequence at) const {
    return state(at).user_of(account, folded);
}

std::vector<UserId> MapTables::removed_of(AccountNumber account, std::string_view folded, Sequence at) const {
    const auto removed = state(at).removed_of(account, folded);
    return {removed.begin(), removed.end()};
}

Holders MapTables::holders(AccountNumber account, std::uint32_t chunk, Sequence at) const {
    Holders holders;
    for (std::uint32_t i = 0; i < chunk_licenses; ++i) {
        holders[i] = state(at).holder(account, LicenseNumber(chunk * chunk_licenses + i));
    }
    return holders;
}

std::optional<Invoice> MapTables::invoice(AccountNumber account, std::string_view id, Sequence at) const {
    return copy_of(state(at).invoice(account, id));
}

std::optional<Queue> MapTables::queue(AccountNumber account, std::string_view id, Sequence at) const {
    return copy_of(state(at).queue(account, id));
}

std::optional<Dispute> MapTables::dispute(AccountNumber account, DisputeNumber number, Sequence at) const {
    return copy_of(state(at).dispute(account, number));
}

DisputeNumber MapTables::first_dispute(AccountNumber account, std::string_view line, Sequence at) const {
    return state(at).first_dispute(account, line);
}

std::optional<Order> MapTables::order(AccountNumber account, OrderNumber number, Sequence at) const {
    return copy_of(state(at).order(account, number));
}

bool MapTables::has_payment(AccountNumber account, std::string_view reference, Sequence at) const {
    return state(at).has_payment(account, reference);
}

std::optional<RequestRecord> MapTables::request(AccountNumber account, std::string_view id, Sequence at) const {
    static_cast<void>(state(at));
    const auto found = requests_.find({account, std::string(id)});
    return found == requests_.end() ? std::nullopt : std::optional(found->second);
}

std::vector<DueAccount> MapTables::due(Instant until, std::size_t count_max) const {
    std::vector<DueAccount> due;
    for (const auto& [id, names] : names_.accounts()) {
        const auto next = state_.account(id)->next_due;
        if (next <= until) due.push_back({next, id});
    }
    std::ranges::sort(due, {}, &DueAccount::instant);
    if (due.size() > count_max) due.resize(count_max);
    return due;
}

LicenseNumber MapTables::next_free(AccountNumber account, LicenseNumber from, LicenseNumber end) const {
    const auto lots = state_.lots(account);
    for (auto license = from; license < end; license = license.next()) {
        // Of licenses that were issued since they know nothing.
        if (find_lot(lots, license) != nullptr && !state_.holder(account, license)) return license;
    }
    return {};
}

}  // namespace seatledger::testing
