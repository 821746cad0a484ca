// The one way to ask a question of the tables.
#pragma once

#include <expected>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/answer.h"
#include "engine/rules/caller.h"
#include "engine/rules/rejection.h"
#include "events/instant.h"
#include "projections/projections.h"
#include "projections/query.capnp.h"

namespace seatledger {

// Why a question has no answer: it is wrong (an unknown account, two as-ofs, a cursor of another question, an event
// that does not exist, a filter that names what there is not), or the caller may not ask it (role_required). One line:
// what, and what to do.
struct QueryFailure {
    std::string message;
    std::optional<Rule> rule = {};  // that the question broke
};

// Rows in one answer.
inline constexpr std::uint32_t page_rows_max = 1'000;

// Answers from the tables as they are: the caller has waited for `minSequence` and `asOfSequence`
// (Projections::when_at). A person is judged by the roles that they have in these tables. `now`: the time at which the
// question is asked, or that of the newest event if that is later. Any thread. Storage that cannot be read is a
// kj::Exception.
[[nodiscard]] std::expected<void, QueryFailure> answer_query(const Projections& projections, const Caller& caller,
                                                             schema::Query::Reader query, Instant now,
                                                             schema::Rows::Builder rows);

// The events that name something, oldest first or newest first, as a page. The same rules. An address stands for
// everyone who had ever borne it by then. Cost: a page costs what is in it, wherever in the history it begins
// (history_finder.h says what is dearer), and for each event a read of its block unless its neighbour was read before;
// `effectiveFrom` and `effectiveTo` a seek each for every doubling of the log.
[[nodiscard]] std::expected<void, QueryFailure> answer_history(const Projections& projections, const Caller& caller,
                                                               schema::History::Reader history,
                                                               schema::Events::Builder page);

// What was billed for the person right after the event `at`, one of theirs: what an unbind answered was still billed,
// for when it is asked for again.
[[nodiscard]] std::vector<Billed> answer_still_billed(const Projections& projections, std::string_view account,
                                                      UserId user, Sequence at);

// Until when the person's phone configuration was kept after the event `at`; no_instant: nothing was kept.
[[nodiscard]] Instant answer_phone_kept_until(const Projections& projections, std::string_view account, UserId user,
                                              Sequence at);

}  // namespace seatledger
