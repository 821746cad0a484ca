#include "projections/replay.h"

#include <algorithm>
#include <utility>

#include "events/people.h"
#include "events/text.h"
#include "projections/event_fetcher.h"
#include "projections/person_row.h"
#include "projections/rows.capnp.h"
#include "projections/stored.h"
#include "projections/view.h"

namespace seatledger {
namespace {

using tables::key_of;
using tables::Table;

// What a stream remembers of what it has told; then it tells it again.
constexpr std::size_t known_max = 1'000'000;

}  // namespace

AddressBook::AddressBook(const Projections& projections, Sees sees) : projections_(projections), sees_(sees) {}

std::optional<AccountNumber> AddressBook::number_of(std::string_view account) {
    if (account == last_account_ && last_number_) return last_number_;
    auto known = accounts_.find(account);
    if (known == accounts_.end()) {
        const auto generation = projections_.current().generation;
        const auto number = account_number(Snapshot(*generation->database), account);
        if (!number) return {};
        known = accounts_.emplace(std::string(account), *number).first;
    }
    last_account_ = account;
    last_number_ = known->second;
    return last_number_;
}

std::optional<std::string> AddressBook::address(std::string_view account, UserId user, Sequence before) {
    const auto number = number_of(account);
    if (!number) return {};
    auto found = find(account, *number, user, before);
    if (!found) return {};
    return std::move(found->email);
}

std::optional<AddressBook::Found> AddressBook::find(std::string_view account, AccountNumber number, UserId user,
                                                    Sequence before) const {
    const auto generation = projections_.current().generation;
    const Snapshot snapshot(*generation->database);
    Sequence version;
    const auto row = snapshot.get(key_of(Table::users, number, user.value), Sequence(before.value - 1), &version);
    if (!row) return {};
    return Found{email_in(Stored<rows::User>(*row).get(), projections_.secrets().vault, account, user), version};
}

void AddressBook::note(schema::Event::Reader event) {
    const auto account = view(event.getAccount());
    const UserId erased(event.isPersonErased() ? event.getPersonErased().getUser() : 0);
    if (erased) forget(account, erased);
    for_each_person(event, [&](UserId user) {
        const auto number = number_of(account);
        if (!number || user == erased) return;
        const auto key = std::uint64_t{number->value} << 32 | user.value;
        const auto known = known_.find(key);
        if (known == known_.end() || sees_ == Sees::some_events) {
            auto found = find(account, *number, user, Sequence(event.getSequence()));
            if (!found || (known != known_.end() && known->second == found->version)) return;
            if (known_.size() >= known_max) known_.clear();
            known_.insert_or_assign(key, found->version);
            added_.push_back({std::string(account), user, std::move(found->email), found->version});
        }
        // From the next event on they bear another one.
        if (event.isEmailChanged()) known_.erase(key);
    });
}

// Whoever was told their address before is told that there is none, at whatever time.
void AddressBook::forget(std::string_view account, UserId user) {
    if (const auto number = number_of(account)) {
        known_.insert_or_assign(std::uint64_t{number->value} << 32 | user.value, Sequence());
    }
    std::erase_if(added_, [&](const Told& told) { return told.account == account && told.user == user; });
    added_.push_back({std::string(account), user, std::nullopt, Sequence()});
}

void AddressBook::tell(schema::Events::Builder page) {
    auto people = page.initPeople(static_cast<unsigned>(added_.size()));
    for (unsigned i = 0; i < people.size(); ++i) {
        people[i].setAccount(text(added_[i].account));
        people[i].setUser(added_[i].user.value);
        if (added_[i].email) people[i].setEmail(text(*added_[i].email));
        people[i].setSince(added_[i].since.value);
    }
    added_.clear();
}

Replay::Replay(const Projections& projections, std::string account, Sequence from, Sequence to, const AsOf& as_of,
               const EffectiveSpan& effective)
    : projections_(projections),
      account_(std::move(account)),
      position_(std::max(from, Sequence(1))),
      to_(as_of.sequence && (!to || as_of.sequence < to) ? as_of.sequence : to),
      as_of_(as_of),
      effective_(effective),
      addresses_(projections, AddressBook::Sees::every_event),
      opened_(projections.secrets().vault) {}

Replay::~Replay() = default;

bool Replay::at_head() const { return position_ > projections_.checkpoint(); }

Replay::Place Replay::place_of(schema::Event::Reader event) const {
    // It never goes back in the whole log.
    if (as_of_.known_at != no_instant && event.getRecordedAt() > as_of_.known_at.micros) return Place::behind;
    if (!account_.empty() && view(event.getAccount()) != account_) return Place::outside;
    const Instant effective_at{event.getEffectiveAt()};
    if (effective_.is_after(effective_at)) return Place::outside;
    if (!effective_.is_before(effective_at) && (as_of_.instant == no_instant || effective_at <= as_of_.instant)) {
        return Place::inside;
    }
    // Nor this in one account.
    return account_.empty() ? Place::outside : Place::behind;
}

// Goes to where something can be that took effect late enough. Nothing takes effect after it was recorded.
void Replay::pass_over() {
    if (std::exchange(begun_, true) || effective_.from <= first_instant) return;
    const auto generation = projections_.current().generation;
    const Snapshot snapshot(*generation->database);
    const Instant before{effective_.from.micros - 1};
    position_ = std::max(position_, sequence_recorded_by(snapshot, before, snapshot.checkpoint()).next());
}

std::expected<bool, StorageFailure> Replay::next(std::size_t bytes_max, schema::Events::Builder page) {
    pass_over();
    const auto head = projections_.checkpoint();
    const auto end = to_ ? std::min(to_, head) : head;
    if (!cursor_) cursor_ = projections_.log().read(position_);
    Words found;
    // A page ends with what it holds, or with what it has looked through.
    std::size_t bytes_read = 0;
    while (!over_ && position_ <= end && found.size() * sizeof(std::uint64_t) < bytes_max &&
           bytes_read < 16 * bytes_max) {
        const auto block = cursor_->next();
        if (!block) return std::unexpected(block.error());
        if (!*block) break;
        bytes_read += (*block)->words().size_bytes();
        for (const auto& entry : (*block)->entries()) {
            if (entry.sequence < position_ || entry.sequence > end) continue;
            const auto event = read_event(entry);
            const auto place = place_of(event);
            over_ = place == Place::behind;
            if (over_) break;
            if (place == Place::outside) continue;
            append_entry(found, entry);
            addresses_.note(event);
            opened_.note(event);
        }
        position_ = std::min((*block)->last(), end).next();
    }
    // At the end of what can be read yet a block may be read again from its middle.
    if (position_ > end) cursor_.reset();
    page.setEntries(as_data(bytes_of(found)));
    addresses_.tell(page);
    opened_.tell([&](unsigned count) { return page.initOpened(count); });
    page.setNext(position_.value);
    page.setDone(over_ || (to_ && position_ > to_));
    return !found.empty();
}

}  // namespace seatledger
