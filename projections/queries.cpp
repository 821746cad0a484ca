#include "projections/queries.h"

#include <xxhash.h>

#include <algorithm>

#include "engine/rules/seats.h"
#include "engine/still_billed.h"
#include "events/text.h"
#include "projections/as_of.h"
#include "projections/catalog_queries.h"
#include "projections/cursor.h"
#include "projections/diff.h"
#include "projections/dispute_queries.h"
#include "projections/invoice_queries.h"
#include "projections/license_queries.h"
#include "projections/membership_days.h"
#include "projections/names.h"
#include "projections/order_queries.h"
#include "projections/people_queries.h"
#include "projections/queue_queries.h"
#include "projections/queue_rows.h"
#include "projections/rights.h"
#include "projections/rows.capnp.h"
#include "projections/stored.h"
#include "projections/view.h"

namespace seatledger {
namespace {

using schema::Query;

// Of what is asked, apart from the page.
std::uint64_t hash_of(Query::Reader query) {
    capnp::MallocMessageBuilder message;
    message.setRoot(query);
    auto copy = message.getRoot<Query>();
    copy.disownCursor();
    copy.setLimit(0);
    copy.setMinSequence(0);
    const auto words = capnp::canonicalize(copy.asReader());
    return XXH3_64bits(words.begin(), words.asBytes().size());
}

std::string number_position(std::uint32_t number) {
    std::string position;
    tables::put_u32(position, number);
    return position;
}

// Where the page begins: a number, 0 for the first page.
std::uint32_t read_number(const std::string& position) {
    return position.size() == sizeof(std::uint32_t) ? tables::Reader(position).u32() : 0;
}

// Answers one page from `position` on; gives where the next one begins. `only`: about nobody but this person; 0: about
// anybody.
std::expected<std::optional<std::string>, QueryFailure> answer_page(const View& view, const Log& log,
                                                                    Query::Reader query, UserId only,
                                                                    const std::string& position, std::uint32_t limit,
                                                                    schema::Rows::Builder rows) {
    const auto numbered = [](auto next) { return next ? std::optional(number_position(next->value)) : std::nullopt; };
    switch (query.which()) {
        case Query::PRODUCTS: {
            const ProductNumber from(read_number(position));
            return numbered(answer_products(view, query.getProducts(), from, limit, rows));
        }
        case Query::LICENSES: {
            const LicenseNumber from(std::max(read_number(position), 1u));
            auto next = answer_licenses(view, query.getLicenses(), from, limit, rows);
            if (!next) return std::unexpected(next.error());
            return numbered(*next);
        }
        case Query::USERS: {
            return numbered(answer_users(view, query.getUsers(), UserId(read_number(position)), limit, rows));
        }
        case Query::USER: answer_user(view, query.getUser(), rows); return std::nullopt;
        case Query::INVOICES: return answer_invoices(view, query.getInvoices(), position, limit, rows);
        case Query::MEMBERSHIPS: {
            const UserId from(read_number(position));
            return numbered(answer_memberships(view, query.getMemberships(), from, limit, rows));
        }
        case Query::ORDERS: {
            const OrderNumber from(read_number(position));
            auto next = answer_orders(view, query.getOrders(), from, limit, rows);
            if (!next) return std::unexpected(next.error());
            return numbered(*next);
        }
        case Query::DISPUTES: {
            const DisputeNumber from(read_number(position));
            auto next = answer_disputes(view, log, query.getDisputes(), from, limit, rows);
            if (!next) return std::unexpected(next.error());
            return numbered(*next);
        }
        case Query::QUEUES: return answer_queues(view, query.getQueues(), only, position, limit, rows);
        case Query::ACCESS: answer_access(view, query.getAccess(), rows); return std::nullopt;
        case Query::CATALOG:
        case Query::DIFF:
        case Query::NONE: break;
    }
    return std::unexpected(QueryFailure{"the query asks for nothing that this version knows"});
}

// Of the question, if that is where it comes from; of its beginning, if there is none.
std::expected<Cursor, QueryFailure> cursor_of(Query::Reader query) {
    const auto question = hash_of(query);
    if (!query.hasCursor()) {
        Cursor cursor;
        cursor.question = question;
        return cursor;
    }
    const auto read = read_cursor(view(query.getCursor()));
    if (read && read->question == question) return *read;
    return std::unexpected(
        QueryFailure{"the cursor belongs to another question; ask with the filters and the account that it came from"});
}

std::uint32_t limit_of(Query::Reader query) {
    return query.getLimit() == 0 ? page_rows_max : std::min(query.getLimit(), page_rows_max);
}

// Says what was read, and where the next page begins.
void finish(Cursor cursor, std::optional<std::string> next, schema::Rows::Builder rows) {
    rows.setSequence(cursor.sequence.value);
    rows.setTime(cursor.time.micros);
    if (!next) return;
    cursor.position = std::move(*next);
    rows.setCursor(text(write_cursor(cursor)));
}

// The catalogue is of no account.
std::expected<void, QueryFailure> answer_about_catalog(const Projections& projections, const Caller& caller,
                                                       Query::Reader query, Instant now, schema::Rows::Builder rows) {
    if (query.getAccount().size() != 0) {
        return std::unexpected(QueryFailure{"the catalogue is of no account; ask without one"});
    }
    const auto extent = authorize(projections, caller, caller.account, rules::Right::read_catalog);
    if (!extent) return std::unexpected(extent.error());
    auto cursor = cursor_of(query);
    if (!cursor) return std::unexpected(cursor.error());
    const auto as_of = as_of_in(query);
    const auto current = projections.current();
    const auto filter = query.getCatalog();
    if (!query.hasCursor()) {
        const auto known = last_known(Snapshot(*current.generation->database), as_of, current.sequence);
        if (!known) return std::unexpected(known.error());
        if (filter.hasSku() && !current.catalog->has(view(filter.getSku()), *known)) {
            return no_such_product(view(filter.getSku()));
        }
        cursor->sequence = as_of.sequence ? std::min(as_of.sequence, *known) : *known;
        cursor->time = as_of.instant != no_instant    ? as_of.instant
                       : as_of.known_at != no_instant ? as_of.known_at
                                                      : now;
        cursor->catalog_time = {cursor->sequence, as_of.instant};
    }
    const ProductNumber from(read_number(cursor->position));
    const auto next = answer_catalog(*current.catalog, cursor->catalog_time, filter, from, limit_of(query), rows);
    finish(*cursor, next ? std::optional(number_position(next->value)) : std::nullopt, rows);
    return {};
}

// The state that the first page was read from, for the next one.
void note_state(const View& view, Cursor& cursor) {
    cursor.sequence = view.sequence();
    cursor.time = view.time();
    cursor.catalog_time = view.catalog_time();
}

// Of two states; the cursor's own is the second one.
std::expected<void, QueryFailure> answer_about_two_times(const Projections& projections, const Caller& caller,
                                                         Query::Reader query, Instant now, schema::Rows::Builder rows) {
    const auto extent = authorize(projections, caller, view(query.getAccount()), right_for(query.which()));
    if (!extent) return std::unexpected(extent.error());
    auto cursor = cursor_of(query);
    if (!cursor) return std::unexpected(cursor.error());
    const auto views = open_diff(projections, query, *cursor, now);
    if (!views) return std::unexpected(views.error());
    const auto place = answer_diff(*views, limit_of(query), diff_looked_at_max, rows);
    note_state(*views->to, *cursor);
    finish(*cursor, place ? std::optional(diff_position(*views->from, *place)) : std::nullopt, rows);
    return {};
}

}  // namespace

std::expected<void, QueryFailure> answer_query(const Projections& projections, const Caller& caller,
                                               Query::Reader query, Instant now, schema::Rows::Builder rows) {
    if (query.isCatalog()) return answer_about_catalog(projections, caller, query, now, rows);
    if (query.isDiff()) return answer_about_two_times(projections, caller, query, now, rows);
    const auto account = view(query.getAccount());
    const auto extent = authorize(projections, caller, account, right_for(query.which()));
    if (!extent) return std::unexpected(extent.error());
    auto cursor = cursor_of(query);
    if (!cursor) return std::unexpected(cursor.error());
    const auto opened =
        query.hasCursor() ? View::open_again(projections, account, cursor->sequence, cursor->time, cursor->catalog_time)
                          : View::open(projections, account, as_of_in(query), now);
    if (!opened) return std::unexpected(opened.error());
    const auto& view = **opened;
    if (auto verdict = check_extent(*extent, caller, view, query); !verdict) return verdict;
    if (auto verdict = check_names(view, *extent, query); !verdict) return verdict;
    const auto only = *extent == rules::Extent::oneself ? caller.user : UserId();
    auto next = answer_page(view, projections.log(), query, only, cursor->position, limit_of(query), rows);
    if (!next) return std::unexpected(next.error());
    note_state(view, *cursor);
    finish(*cursor, std::move(*next), rows);
    return {};
}

std::vector<Billed> answer_still_billed(const Projections& projections, std::string_view account, UserId user,
                                        Sequence at) {
    const auto current = projections.current();
    const Snapshot snapshot(*current.generation->database);
    const auto number = account_number(snapshot, account);
    if (!number) return {};
    const auto value = [&](tables::Table table) {
        return snapshot.get(tables::key_of(table, *number, user.value), at);
    };
    const auto holdings = value(tables::Table::holdings);
    const auto queues = value(tables::Table::memberships);
    const auto instant = last_effective_at(snapshot, *number, at);  // of the event itself
    const CatalogTime catalog_time{at, no_instant};
    const auto membership = current.catalog->membership_period(at, instant);
    return billed_for(
        holdings ? rules::held_at(tables::read_holdings(*holdings), instant) : std::vector<Holding>(),
        queues ? read_memberships(*queues).queues : std::vector<Membership>(),
        membership ? &current.catalog->at(membership->product, catalog_time) : nullptr,
        [&](ProductNumber product) -> const std::string& { return current.catalog->at(product, catalog_time).sku; });
}

Instant answer_phone_kept_until(const Projections& projections, std::string_view account, UserId user, Sequence at) {
    const auto current = projections.current();
    const Snapshot snapshot(*current.generation->database);
    const auto number = account_number(snapshot, account);
    if (!number) return no_instant;
    const auto value = snapshot.get(tables::key_of(tables::Table::phones, *number, user.value), at);
    return value ? Instant{Stored<rows::Phone>(*value).get().getKeptUntil()} : no_instant;
}

}  // namespace seatledger
