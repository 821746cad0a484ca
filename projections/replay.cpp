#include "projections/replay.h"

#include <algorithm>
#include <ranges>
#include <utility>
#include <vector>

#include "events/text.h"
#include "projections/event_fetcher.h"
#include "projections/view.h"

namespace seatledger {

Replay::Replay(const Projections& projections, std::string account, Sequence from, Sequence to, const AsOf& as_of,
               const EffectiveSpan& effective, Direction direction)
    : projections_(projections),
      account_(std::move(account)),
      direction_(direction),
      from_(std::max(from, Sequence(1))),
      to_(as_of.sequence && (!to || as_of.sequence < to) ? as_of.sequence : to),
      position_(direction == Direction::forwards ? from_ : to_),
      as_of_(as_of),
      effective_(effective),
      // What comes backwards changes an address before it gives it.
      addresses_(projections,
                 direction == Direction::forwards ? AddressBook::Sees::every_event : AddressBook::Sees::some_events),
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

// Goes to where something can be that took effect late enough, and was recorded early enough. Nothing takes effect
// after it was recorded.
void Replay::pass_over() {
    if (std::exchange(begun_, true)) return;
    const auto generation = projections_.current().generation;
    const Snapshot snapshot(*generation->database);
    if (effective_.from > first_instant) {
        const Instant before{effective_.from.micros - 1};
        from_ = std::max(from_, sequence_recorded_by(snapshot, before, snapshot.checkpoint()).next());
    }
    if (direction_ == Direction::forwards) {
        position_ = std::max(position_, from_);
    } else if (as_of_.known_at != no_instant) {
        position_ = std::min(position_, sequence_recorded_by(snapshot, as_of_.known_at, snapshot.checkpoint()));
    }
}

void Replay::take(const Entry& entry, schema::Event::Reader event, Words& found) {
    append_entry(found, entry);
    addresses_.note(event, opened_.note(event));
}

std::expected<std::optional<std::size_t>, StorageFailure> Replay::read_forwards(Sequence end, Words& found) {
    if (!cursor_) cursor_ = projections_.log().read(position_);
    const auto block = cursor_->next();
    if (!block) return std::unexpected(block.error());
    if (!*block) return std::nullopt;
    for (const auto& entry : (*block)->entries()) {
        if (entry.sequence < position_ || entry.sequence > end) continue;
        const auto event = read_event(entry);
        const auto place = place_of(event);
        over_ = place == Place::behind;
        if (over_) break;
        if (place == Place::inside) take(entry, event, found);
    }
    position_ = std::min((*block)->last(), end).next();
    return (*block)->words().size_bytes();
}

std::expected<std::optional<std::size_t>, StorageFailure> Replay::read_backwards(Words& found) {
    const auto cursor = projections_.log().read(position_);  // the block lies in it
    const auto block = cursor->next();
    if (!block) return std::unexpected(block.error());
    if (!*block) {
        return std::unexpected(StorageFailure{"the log has no event " + std::to_string(position_.value)});
    }
    std::vector<Entry> entries;
    for (const auto& entry : (*block)->entries()) {
        if (entry.sequence >= from_ && entry.sequence <= position_) entries.push_back(entry);
    }
    for (const auto& entry : std::views::reverse(entries)) {
        const auto event = read_event(entry);
        if (place_of(event) == Place::inside) take(entry, event, found);
    }
    position_ = Sequence((*block)->first().value - 1);
    return (*block)->words().size_bytes();
}

std::expected<bool, StorageFailure> Replay::next(std::size_t bytes_max, schema::Events::Builder page) {
    pass_over();
    const bool forwards = direction_ == Direction::forwards;
    const auto head = projections_.checkpoint();
    const auto end = to_ ? std::min(to_, head) : head;
    Words found;
    // A page ends with what it holds, or with what it has looked through.
    std::size_t bytes_read = 0;
    while (!over_ && found.size() * sizeof(std::uint64_t) < bytes_max && bytes_read < 16 * bytes_max) {
        if (forwards ? position_ > end : position_ < from_) break;
        const auto read = forwards ? read_forwards(end, found) : read_backwards(found);
        if (!read) return std::unexpected(read.error());
        if (!*read) break;
        bytes_read += **read;
    }
    // At the end of what can be read yet a block may be read again from its middle.
    if (position_ > end) cursor_.reset();
    page.setEntries(as_data(bytes_of(found)));
    addresses_.tell(page);
    opened_.tell([&](unsigned count) { return page.initOpened(count); });
    page.setNext(position_.value);
    page.setDone(over_ || (forwards ? to_ && position_ > to_ : position_ < from_));
    return !found.empty();
}

}  // namespace seatledger
