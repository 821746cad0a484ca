// What became of the licenses, users, products and queues of an account from one time to another. Both times are read
// by the code that answers the questions about them, so this never says anything else than two such answers side by
// side.
#pragma once

#include <cstdint>
#include <expected>
#include <memory>
#include <optional>
#include <string>

#include "projections/cursor.h"
#include "projections/projections.h"
#include "projections/queries.h"
#include "projections/query.capnp.h"
#include "projections/view.h"

namespace seatledger {

// Rows of the tables that are looked at for one page, about.
inline constexpr std::uint32_t diff_looked_at_max = 20'000;

// The account at the two times of a question, known equally well.
struct DiffViews {
    std::unique_ptr<View> from;  // it need not be there yet
    std::unique_ptr<View> to;
    std::string place;  // where the page begins; empty: at the beginning
};

// Fails if there is no such account at the second time, or the two cannot be, or not in that order. With a cursor,
// which is `page_before`, the same two again. `now`: of which `to` is, unless the question says it.
[[nodiscard]] std::expected<DiffViews, QueryFailure> open_diff(const Projections& projections,
                                                               schema::Query::Reader query, const Cursor& page_before,
                                                               Instant now);

// A page: table by table, each in the order of its keys, at most `limit` rows. It may have fewer, even none, and not be
// the last one, because `looked_at_max` (2 at least) ends it. Gives where the next one begins. Cost: about two rows for
// each that is looked at; those of users of whom nothing is known to have changed are looked at, too, and the licenses
// that somebody ever had. Besides, for a page with products, all lots of the account, twice.
[[nodiscard]] std::optional<std::string> answer_diff(const DiffViews& views, std::uint32_t limit,
                                                     std::uint32_t looked_at_max, schema::Rows::Builder rows);

// For the cursor, by which open_diff() finds the first time and the place again; the second time is the cursor's own.
[[nodiscard]] std::string diff_position(const View& from, const std::string& place);

}  // namespace seatledger
