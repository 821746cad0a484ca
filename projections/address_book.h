// Who bore which address when, for pages of events.
#pragma once

#include <boost/unordered/unordered_flat_map.hpp>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "events/ids.h"
#include "projections/database.h"
#include "projections/projections.h"
#include "projections/query.capnp.h"

namespace seatledger {

// Remembers what it has told, so that a stream hears of each address once. One thread at a time. From the first look-up
// until tell() it reads the tables as they stood at that look-up, which must have the events in question.
class AddressBook {
 public:
    // Whether every event of the accounts in question passes by: a change of address is then seen when it comes, and
    // need not be looked for.
    enum class Sees { every_event, some_events };
    AddressBook(const Projections& projections, Sees sees);
    ~AddressBook();

    // Adds what a page with this event has to tell, given what was told before. `given`: the address that the event
    // gives somebody (OpenedTexts::note); nothing: it gives none, or that was erased. Cost: for somebody not known yet
    // a row, which has to be opened.
    void note(schema::Event::Reader event, std::optional<std::string> given);
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
    struct Found {
        std::optional<std::string> email;
        Sequence version;  // of the person's row
    };
    struct Tables {
        explicit Tables(std::shared_ptr<const Generation> held);
        std::shared_ptr<const Generation> generation;
        Snapshot rows;
    };

    void note_person(std::string_view account, UserId user, Sequence before);
    void learn(std::string_view account, UserId user, std::optional<std::string> email, Sequence since);
    void forget(std::string_view account, UserId user);
    [[nodiscard]] std::optional<AccountNumber> number_of(std::string_view account);
    [[nodiscard]] std::optional<Found> find(std::string_view account, AccountNumber number, UserId user,
                                            Sequence before);
    [[nodiscard]] const Snapshot& rows();

    const Projections& projections_;
    const Sees sees_;
    std::unique_ptr<const Tables> tables_;
    boost::unordered_flat_map<std::string, AccountNumber, Hash, std::equal_to<>> accounts_;
    std::string last_account_;
    std::optional<AccountNumber> last_number_;
    boost::unordered_flat_map<std::uint64_t, Sequence> known_;  // by account and user: what has been told of whom
    std::vector<Told> added_;
};

}  // namespace seatledger
