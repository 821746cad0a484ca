#include "projections/diff.h"

#include <array>
#include <utility>

#include "events/text.h"
#include "projections/as_of.h"
#include "projections/diff_page.h"
#include "projections/tables.h"

namespace seatledger {
namespace {

constexpr std::array<DiffTable*, 4> diff_tables = {diff_licenses, diff_users, diff_products, diff_queues};

constexpr std::size_t first_time_bytes = 4 * sizeof(std::uint64_t);

std::unexpected<QueryFailure> fail(std::string message) { return std::unexpected(QueryFailure{std::move(message)}); }

struct Times {
    AsOf from;
    AsOf to;
};

std::expected<Times, QueryFailure> times_of(schema::Query::Reader query) {
    const auto as_of = as_of_in(query);
    if (as_of.instant != no_instant || as_of.sequence) {
        return fail("a diff has two times of its own, from and to; leave out asOf and asOfSequence");
    }
    const auto filter = query.getDiff();
    const Times times{{Instant{filter.getFrom()}, Sequence(filter.getFromSequence()), as_of.known_at},
                      {Instant{filter.getTo()}, Sequence(filter.getToSequence()), as_of.known_at}};
    for (const auto& time : {times.from, times.to}) {
        if (contradiction_in(time)) return fail("of each time give an instant or a sequence, not both");
    }
    if (times.from.instant == no_instant && !times.from.sequence) {
        return fail("a diff needs a time to begin at; give from or fromSequence");
    }
    return times;
}

std::string shown(const View& view) {
    return "event " + std::to_string(view.sequence().value) + ", " + to_rfc3339(view.time());
}

std::expected<DiffViews, QueryFailure> open_again(const Projections& projections, std::string_view account,
                                                  const Cursor& page_before) {
    // What diff_position() wrote.
    if (page_before.position.size() < first_time_bytes) {
        return fail("the cursor is not one of this ledger; begin again without one");
    }
    tables::Reader reader(page_before.position);
    const Sequence sequence(reader.u64());
    const auto time = reader.instant();
    const Sequence catalog_sequence(reader.u64());
    const auto catalog_instant = reader.instant();
    auto from = View::open_again(projections, account, sequence, time, {catalog_sequence, catalog_instant});
    if (!from) return std::unexpected(from.error());
    auto to = View::open_again(projections, account, page_before.sequence, page_before.time, page_before.catalog_time);
    if (!to) return std::unexpected(to.error());
    return DiffViews{std::move(*from), std::move(*to), page_before.position.substr(first_time_bytes)};
}

}  // namespace

std::expected<DiffViews, QueryFailure> open_diff(const Projections& projections, schema::Query::Reader query,
                                                 const Cursor& page_before, Instant now) {
    const auto account = view(query.getAccount());
    const auto times = times_of(query);
    if (!times) return std::unexpected(times.error());
    if (query.hasCursor()) return open_again(projections, account, page_before);
    const auto current = projections.current();
    auto to = View::open(projections, current, account, times->to, now);
    if (!to) return std::unexpected(to.error());
    auto from = View::open(projections, current, account, times->from, now, false);
    if (!from) return std::unexpected(from.error());
    // The time of an account that is not there yet is not its own.
    const bool is_later = (*from)->has_account() && (*from)->time() > (*to)->time();
    if (is_later || (*from)->sequence() > (*to)->sequence()) {
        return fail("the first time (" + shown(**from) + ") lies after the second one (" + shown(**to) +
                    "); give the earlier one as from");
    }
    return DiffViews{std::move(*from), std::move(*to), {}};
}

std::optional<std::string> answer_diff(const DiffViews& views, std::uint32_t limit, std::uint32_t looked_at_max,
                                       schema::Rows::Builder rows) {
    const Between between(*views.from, *views.to);
    DiffPage page(limit, looked_at_max);
    // A place is the number of the table, and the place in that table.
    std::size_t table = 0;
    std::string position;
    if (!views.place.empty()) {
        table = static_cast<std::uint8_t>(views.place.front());
        position = views.place.substr(1);
    }
    std::optional<std::string> next;
    for (; table < diff_tables.size() && !next; ++table) {
        next = diff_tables[table](between, position, page);
        if (next) next->insert(next->begin(), static_cast<char>(table));
        position.clear();
    }
    page.write(rows);
    return next;
}

std::string diff_position(const View& from, const std::string& place) {
    std::string position;
    tables::put_u64(position, from.sequence().value);
    tables::put_instant(position, from.time());
    tables::put_u64(position, from.catalog_time().sequence.value);
    tables::put_instant(position, from.catalog_time().instant);
    return position + place;
}

}  // namespace seatledger
