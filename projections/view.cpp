#include "projections/view.h"

#include <kj/debug.h>

#include <algorithm>

#include "engine/rules/seats.h"
#include "events/calendar.h"
#include "events/text.h"
#include "projections/person_row.h"
#include "projections/rows.capnp.h"
#include "projections/stored.h"

namespace seatledger {
namespace {

using tables::key_of;
using tables::Table;

std::unexpected<QueryFailure> fail(std::string message) { return std::unexpected(QueryFailure{std::move(message)}); }

std::vector<tables::AccountEvent> read_events(const std::pair<std::string, std::string>& row) {
    return tables::read_account_events(row.second,
                                       Sequence(tables::Reader(std::string_view(row.first).substr(5)).u64()));
}

// So few events may well be of one block.
constexpr std::uint64_t one_block = 1'024;

}  // namespace

QueryFailure no_account(std::string_view id) {
    return {"there is no account " + (is_plain_text(id) ? std::string(id) : "of this name") +
            "; check the id, or open it first (openAccount)"};
}

std::optional<AccountNumber> account_number(const Snapshot& snapshot, std::string_view id) {
    const auto number = snapshot.find(key_of(Table::account_ids) + std::string(id));
    if (!number) return {};
    return AccountNumber(tables::Reader(*number).u32());
}

Sequence sequence_at(const Snapshot& snapshot, AccountNumber account, Instant instant, Sequence head) {
    const auto from = key_of(Table::account_events, account, Sequence());
    Sequence found;
    auto low = std::uint64_t{1};
    auto high = head.value;
    bool was_at_end = false;
    while (low <= high) {
        // Within one block a look at the end decides; the account may also have a block for each event.
        was_at_end = high - low < one_block && !was_at_end;
        const auto at = was_at_end ? high : low + (high - low) / 2;
        const auto row = snapshot.last_in_index(from, key_of(Table::account_events, account, Sequence(at)));
        if (!row) {
            low = at + 1;
            continue;
        }
        const auto events = read_events(*row);
        const auto after = std::ranges::upper_bound(events, instant, {}, &tables::AccountEvent::effective_at);
        if (after == events.begin()) {
            high = events.front().sequence.value - 1;
            continue;
        }
        found = std::max(found, std::prev(after)->sequence);
        if (after != events.end()) return found;
        low = at + 1;
    }
    return found;
}

Instant recorded_at(const Snapshot& snapshot, Sequence sequence) {
    const auto block = snapshot.last_in_index(key_of(Table::blocks), key_of(Table::blocks, sequence));
    KJ_REQUIRE(block.has_value(), "no block has this event", sequence.value);
    const auto first = tables::Reader(std::string_view(block->first).substr(1)).u64();
    return tables::read_recorded(block->second, sequence.value - first);
}

Sequence sequence_recorded_by(const Snapshot& snapshot, Instant instant, Sequence head) {
    auto low = std::uint64_t{0};  // what is up to here had been recorded, …
    auto high = head.value;       // … what is behind here had not
    while (low < high) {
        const auto middle = high - (high - low) / 2;
        if (recorded_at(snapshot, Sequence(middle)) <= instant) {
            low = middle;
        } else {
            high = middle - 1;
        }
    }
    return Sequence(low);
}

std::expected<Sequence, QueryFailure> last_known(const Snapshot& snapshot, const AsOf& as_of, Sequence head) {
    if (const auto problem = contradiction_in(as_of)) return fail(std::string(*problem));
    if (as_of.sequence > head) {
        return fail("there is no event " + std::to_string(as_of.sequence.value) + " yet; the last one is " +
                    std::to_string(head.value));
    }
    return as_of.known_at == no_instant ? head : sequence_recorded_by(snapshot, as_of.known_at, head);
}

void scan_dues(const Snapshot& snapshot, AccountNumber account, Instant from, Sequence sequence,
               const std::function<bool(const Due&)>& due) {
    const auto prefix = tables::key_of(tables::Table::dues, account);
    auto begin = prefix;
    tables::put_instant(begin, from);
    snapshot.scan(begin, tables::after(prefix), sequence,
                  [&](const Row& row) { return row.value == tables::not_due || due(tables::read_dues_key(row.key)); });
}

Instant last_effective_at(const Snapshot& snapshot, AccountNumber account, Sequence sequence) {
    const auto row = snapshot.last_in_index(key_of(Table::account_events, account, Sequence()),
                                            key_of(Table::account_events, account, sequence));
    // The events of a block stand under the last of them, which may lie behind `sequence`.
    auto last = row ? read_events(*row).back().effective_at : no_instant;
    snapshot.scan_index(key_of(Table::account_events, account, sequence.next()),
                        tables::after(key_of(Table::account_events, account)), [&](const Row& next) {
                            for (const auto& event : read_events({std::string(next.key), std::string(next.value)})) {
                                if (event.sequence <= sequence) last = event.effective_at;
                            }
                            return false;
                        });
    return last;
}

View::View(const Projections& projections, Projections::Current current, AccountNumber account,
           std::string_view account_id)
    : current_(std::move(current)),
      secrets_(projections.secrets()),
      account_id_(account_id),
      snapshot_(*current_.generation->database),
      catalog_(current_.catalog.get()),
      account_(account) {}

bool View::has_account() const { return snapshot_.get(key_of(Table::accounts, account_), sequence_).has_value(); }

bool View::is_importing(Sequence sequence) const {
    const auto row = snapshot_.get(key_of(Table::accounts, account_), sequence);
    return row && Stored<rows::Account>(*row).get().getImporting();
}

std::expected<std::unique_ptr<View>, QueryFailure> View::open(const Projections& projections, std::string_view account,
                                                              const AsOf& as_of, Instant now) {
    return open(projections, projections.current(), account, as_of, now);
}

std::expected<std::unique_ptr<View>, QueryFailure> View::open(const Projections& projections,
                                                              Projections::Current current, std::string_view account,
                                                              const AsOf& as_of, Instant now, bool account_must_exist) {
    const auto number = account_number(Snapshot(*current.generation->database), account);
    if (!number) return std::unexpected(no_account(account));
    std::unique_ptr<View> view(new View(projections, std::move(current), *number, account));
    const auto known = last_known(view->snapshot_, as_of, view->current_.sequence);
    if (!known) return std::unexpected(known.error());
    view->known_ = *known;
    view->go_to(as_of, now);
    if (account_must_exist && !view->has_account()) {
        return fail("account " + std::string(account) + " did not exist then; ask for a later time");
    }
    return view;
}

// From what is known.
void View::go_to(const AsOf& as_of, Instant now) {
    sequence_ = known_;
    if (as_of.instant != no_instant) {
        // Neither instant ever goes back in the account, so what is within both limits is what is within the nearer.
        sequence_ = std::min(known_, sequence_at(snapshot_, account_, as_of.instant, current_.sequence));
        time_ = as_of.instant;
        catalog_time_ = {known_, as_of.instant};
        return;
    }
    if (as_of.sequence) sequence_ = std::min(known_, as_of.sequence);
    time_ = time_at(as_of, now);
    catalog_time_ = {sequence_, no_instant};
}

// What time it was, where no instant is asked for.
Instant View::time_at(const AsOf& as_of, Instant now) const {
    if (!sequence_) return as_of.known_at;
    // While its past is brought in, an account's time is that of its newest event.
    if (is_importing(sequence_)) return last_effective_at(snapshot_, account_, sequence_);
    if (as_of.sequence) {
        const auto recorded = recorded_at(snapshot_, as_of.sequence);
        return as_of.known_at == no_instant ? recorded : std::min(recorded, as_of.known_at);
    }
    return as_of.known_at != no_instant ? as_of.known_at : std::max(now, recorded_at(snapshot_, sequence_));
}

std::expected<std::unique_ptr<View>, QueryFailure> View::open_again(const Projections& projections,
                                                                    std::string_view account, Sequence sequence,
                                                                    Instant time, CatalogTime catalog_time) {
    auto current = projections.current();
    const auto number = account_number(Snapshot(*current.generation->database), account);
    if (!number) return std::unexpected(no_account(account));
    std::unique_ptr<View> view(new View(projections, std::move(current), *number, account));
    if (sequence > view->current_.sequence) {
        return fail("the cursor is not one of this ledger; begin again without one");
    }
    view->sequence_ = sequence;
    view->known_ = view->current_.sequence;  // by which the names of the first page were good
    view->time_ = time;
    view->catalog_time_ = catalog_time;
    return view;
}

const date::time_zone& View::zone() const {
    if (zone_ == nullptr) {
        const auto row = snapshot_.get(key_of(Table::accounts, account_), sequence_);
        KJ_REQUIRE(row.has_value(), "an account has no row", account_.value);
        zone_ = find_time_zone(view(Stored<rows::Account>(*row).get().getTimeZone()));
        KJ_REQUIRE(zone_ != nullptr, "the system's tz database lacks the account's time zone", account_.value);
    }
    return *zone_;
}

UserId View::user_of(std::string_view email) const {
    return bearer_at(snapshot_, secrets_, account_, account_id_, fold_case(email), sequence_);
}

std::optional<std::string> View::email_of(UserId user) const {
    const auto address = address_at(snapshot_, *current_.generation->addresses, account_, user, sequence_);
    return address ? open_address(*address, secrets_.vault, account_id_, user) : std::nullopt;
}

std::vector<Holding> View::held_by(UserId user) const {
    const auto value = snapshot_.get(key_of(Table::holdings, account_, user.value), sequence_);
    if (!value) return {};
    return rules::held_at(tables::read_holdings(*value), time_);
}

std::optional<LotRow> View::lot_of(LicenseNumber license) const {
    const auto row =
        snapshot_.last(key_of(Table::lots, account_), key_of(Table::lots, account_, license.value + 1), sequence_);
    if (!row) return {};
    auto lot = read_lot(row->first, row->second);
    if (!lot.lot.contains(license)) return {};
    return lot;
}

void View::scan_lots(LicenseNumber from, const std::function<bool(const LotRow&)>& lot) const {
    const auto within = lot_of(from);
    const auto first = within ? within->lot.first : from;
    snapshot_.scan(key_of(Table::lots, account_, first.value), tables::after(key_of(Table::lots, account_)), sequence_,
                   [&](const Row& row) { return lot(read_lot(row.key, row.value)); });
}

std::uint32_t View::given_of(const Lot& lot) const {
    const auto value = snapshot_.get(key_of(Table::lot_counts, account_, lot.first.value), sequence_);
    return value ? tables::Reader(*value).u32() : 0;
}

void View::scan_given(LicenseNumber from, LicenseNumber end,
                      const std::function<bool(LicenseNumber, UserId, Sequence)>& visit) const {
    snapshot_.scan(key_of(Table::licenses, account_, from.value), key_of(Table::licenses, account_, end.value),
                   sequence_, [&](const Row& row) {
                       return visit(LicenseNumber(tables::Reader(row.key.substr(5)).u32()),
                                    tables::read_given(row.value).user, row.version);
                   });
}

std::pair<UserId, Sequence> View::given_to(LicenseNumber license) const {
    Sequence version;
    const auto value = snapshot_.get(key_of(Table::licenses, account_, license.value), sequence_, &version);
    if (!value) return {};
    return {tables::read_given(*value).user, version};
}

Sequence View::end_recorded_by(const Lot& lot, LicenseNumber license) const {
    Sequence version;
    const auto run = snapshot_.last(key_of(Table::expiries, account_, lot.first.value),
                                    key_of(Table::expiries, account_, license.value + 1), sequence_, &version);
    if (!run) return {};
    const auto first = tables::Reader(std::string_view(run->first).substr(5)).u32();
    return license.value - first < tables::Reader(run->second).u32() ? version : Sequence();
}

}  // namespace seatledger
