// Which events name something: by the versions of its rows and the indexes, without a look into the log.
#pragma once

#include <cstddef>
#include <expected>
#include <vector>

#include "projections/database.h"
#include "projections/query.capnp.h"
#include "projections/view.h"

namespace seatledger {

// Which of the events that name it are wanted: those from `from` to `to`.
struct Wanted {
    Sequence from;
    Sequence to;
    std::size_t count_max = 0;  // of them the first, or going backwards the last
    Direction direction = Direction::forwards;
    UserId only;  // what is about this person; 0: about anybody
};

// Their sequences, in the direction, each once. Fails if what the history is of is not there, or never was.
//
// Cost: the rows that are looked at are at most `count_max` for each table that knows what is asked for, beginning at
// `from`, or going backwards at `to`: so all pages together cost what one large page would. Three are dearer: the ends
// of terms of a person (a look at what they had, for every change of it), a bulk request (all of its rows), and what a
// person did who may read only what is about themself (all that is about them).
[[nodiscard]] std::expected<std::vector<Sequence>, QueryFailure> find_events(const View& view,
                                                                             schema::History::Reader history,
                                                                             const Wanted& wanted);

}  // namespace seatledger
