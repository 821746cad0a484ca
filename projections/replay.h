// Events in their order, page by page.
#pragma once

#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "engine/failure.h"
#include "engine/log/log.h"
#include "events/block.h"
#include "projections/address_book.h"
#include "projections/as_of.h"
#include "projections/opened.h"
#include "projections/projections.h"
#include "projections/query.capnp.h"

namespace seatledger {

// One reading of the log. One thread at a time; every page may be asked for on another one. What is read must have
// been projected (Projections::when_at), since the addresses come from there.
class Replay {
 public:
    // `account` empty: the whole log. `to` 0: without end. `as_of`: events that had not taken effect, or not been
    // recorded, by then are left out; in the whole log each stream has its own order of what took effect. `effective`
    // leaves out what took effect before or after.
    // Backwards: from `to` on, which there must be.
    Replay(const Projections& projections, std::string account, Sequence from, Sequence to, const AsOf& as_of = {},
           const EffectiveSpan& effective = {}, Direction direction = Direction::forwards);
    ~Replay();

    // The next events: up to about `bytes_max`, at least one if there is one. Gives whether there was any; sets
    // `done` in the page when `to` has been reached, or nothing behind it can count any more. Without an account's
    // events in it a page may be empty although the reading got further: then ask again. Fails if the log cannot be
    // read.
    [[nodiscard]] std::expected<bool, StorageFailure> next(std::size_t bytes_max, schema::Events::Builder page);

    [[nodiscard]] const std::string& account() const { return account_; }

    // The event that would be read next; 0: none, it went back to the first.
    [[nodiscard]] Sequence position() const { return position_; }
    // Whether everything that is projected by now has been read.
    [[nodiscard]] bool at_head() const;

 private:
    // Whether an event is to be shown, left out, or the first of which nothing counts any more.
    enum class Place { inside, outside, behind };
    [[nodiscard]] Place place_of(schema::Event::Reader event) const;
    void pass_over();
    // Of a page: gives how much was read, or that there was nothing more.
    [[nodiscard]] std::expected<std::optional<std::size_t>, StorageFailure> read_forwards(Sequence end, Words& found);
    [[nodiscard]] std::expected<std::optional<std::size_t>, StorageFailure> read_backwards(Words& found);
    void take(const Entry& entry, schema::Event::Reader event, Words& found);

    const Projections& projections_;
    std::string account_;
    const Direction direction_;
    Sequence from_;
    Sequence to_;
    Sequence position_;
    const AsOf as_of_;
    const EffectiveSpan effective_;
    bool begun_ = false;
    bool over_ = false;  // an event was found that lies behind
    AddressBook addresses_;
    OpenedTexts opened_;
    std::unique_ptr<LogCursor> cursor_;
};

}  // namespace seatledger
