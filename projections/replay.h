// Events in their order, page by page, with the addresses of whom they name.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <expected>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/failure.h"
#include "engine/log/log.h"
#include "events/block.h"
#include "projections/as_of.h"
#include "projections/opened.h"
#include "projections/projections.h"
#include "projections/query.capnp.h"

namespace seatledger {

// Looks up who bore which address when, for pages of events. Remembers what it has told, so that a stream hears of
// each address once. One thread at a time.
class AddressBook {
 public:
    // Whether every event of the accounts in question passes by: a change of address is then seen when it comes, and
    // need not be looked for.
    enum class Sees { every_event, some_events };
    AddressBook(const Projections& projections, Sees sees);

    // Adds what a page with this event has to tell, given what was told before.
    void note(schema::Event::Reader event);
    // Writes what was added since, and forgets it.
    void tell(schema::Events::Builder page);
    // The address that the user bore before `sequence`; nothing: none is known, or it was erased.
    [[nodiscard]] std::optional<std::string> address(std::string_view account, UserId user, Sequence before);

 private:
    struct Told {
        std::string account;
        UserId user;
        std::optional<std::string> email;  // nothing: erased
        Sequence since;
    };
    struct Hash {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
    };
    void forget(std::string_view account, UserId user);
    [[nodiscard]] std::optional<AccountNumber> number_of(std::string_view account);

    const Projections& projections_;
    const Sees sees_;
    boost::unordered_flat_map<std::string, AccountNumber, Hash, std::equal_to<>> accounts_;
    std::string last_account_;
    std::optional<AccountNumber> last_number_;
    struct Found {
        std::optional<std::string> email;
        Sequence version;  // of the person's row
    };
    [[nodiscard]] std::optional<Found> find(std::string_view account, AccountNumber number, UserId user,
                                            Sequence before) const;

    boost::unordered_flat_map<std::uint64_t, Sequence> known_;  // by account and user: what has been told of whom
    std::vector<Told> added_;
};

// One reading of the log. One thread at a time; every page may be asked for on another one. What is read must have
// been projected (Projections::when_at), since the addresses come from there.
class Replay {
 public:
    // `account` empty: the whole log. `to` 0: without end. `as_of`: events that had not taken effect, or not been
    // recorded, by then are left out; in the whole log each stream has its own order of what took effect. `effective`
    // leaves out what took effect before or after.
    Replay(const Projections& projections, std::string account, Sequence from, Sequence to, const AsOf& as_of = {},
           const EffectiveSpan& effective = {});
    ~Replay();

    // The next events: up to about `bytes_max`, at least one if there is one. Gives whether there was any; sets
    // `done` in the page when `to` has been reached, or nothing behind it can count any more. Without an account's
    // events in it a page may be empty although the reading got further: then ask again. Fails if the log cannot be
    // read.
    [[nodiscard]] std::expected<bool, StorageFailure> next(std::size_t bytes_max, schema::Events::Builder page);

    [[nodiscard]] const std::string& account() const { return account_; }

    // The event that would be read next.
    [[nodiscard]] Sequence position() const { return position_; }
    // Whether everything that is projected by now has been read.
    [[nodiscard]] bool at_head() const;

 private:
    // Whether an event is to be shown, left out, or the first of which nothing counts any more.
    enum class Place { inside, outside, behind };
    [[nodiscard]] Place place_of(schema::Event::Reader event) const;
    void pass_over();

    const Projections& projections_;
    std::string account_;
    Sequence position_;
    Sequence to_;
    const AsOf as_of_;
    const EffectiveSpan effective_;
    bool begun_ = false;
    bool over_ = false;  // an event was found that lies behind
    AddressBook addresses_;
    OpenedTexts opened_;
    std::unique_ptr<LogCursor> cursor_;
};

}  // namespace seatledger
