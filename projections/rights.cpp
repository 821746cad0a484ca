#include "projections/rights.h"

#include <kj/debug.h>

#include <optional>
#include <string>

#include "events/text.h"
#include "projections/rows.capnp.h"
#include "projections/stored.h"

namespace seatledger {
namespace {

using rules::Extent;
using rules::Right;
using schema::Query;
using tables::key_of;
using tables::Table;

std::unexpected<QueryFailure> refuse(const Rejection& rejection) {
    return std::unexpected(QueryFailure{rejection.message, rejection.rule});
}

// Nothing: the person is not registered any more.
std::optional<Roles> roles_of(const Projections& projections, const Caller& caller) {
    const auto current = projections.current();
    const Snapshot snapshot(*current.generation->database);
    const auto account = account_number(snapshot, caller.account);
    if (!account) return {};
    const auto row = snapshot.get(key_of(Table::users, *account, caller.user.value), snapshot.checkpoint());
    if (!row) return {};
    Stored<rows::User> user(*row);
    if (user.get().getRemoved()) return {};
    return Roles::from_bits(user.get().getRoles());
}

// The address that the question is about; nothing: it is about more than one person.
std::optional<std::string_view> address_in(Query::Reader query) {
    const auto of = [](auto filter) -> std::optional<std::string_view> {
        if (!filter.hasEmail()) return {};
        return view(filter.getEmail());
    };
    switch (query.which()) {
        case Query::LICENSES: return of(query.getLicenses());
        case Query::USERS: return of(query.getUsers());
        case Query::USER: return of(query.getUser());
        case Query::ACCESS: return of(query.getAccess());
        case Query::QUEUES: return of(query.getQueues());
        default: return {};
    }
}

}  // namespace

std::expected<Extent, QueryFailure> authorize(const Projections& projections, const Caller& caller,
                                              std::string_view account, Right right) {
    std::optional<Roles> roles = Roles();
    if (caller.is_person()) roles = roles_of(projections, caller);
    if (!roles) {
        return refuse({Rule::role_required, "whoever this log-in was for is not registered in " + caller.account +
                                                " any more; log in again"});
    }
    const auto extent = rules::authorize(right, account, caller, *roles);
    if (!extent) return refuse(extent.error());
    return *extent;
}

std::expected<void, QueryFailure> authorize_event(const Projections& projections, const Caller& caller,
                                                  schema::Event::Reader event) {
    const auto account = view(event.getAccount());
    const auto right = account.empty() ? Right::read_catalog : Right::read_events;
    const auto extent = authorize(projections, caller, account.empty() ? view(caller.account) : account, right);
    if (!extent) {
        return refuse({Rule::role_required, "event " + std::to_string(event.getSequence()) +
                                                " is not one that you may read; that needs, in its account, one of: " +
                                                rules::names_of(rules::roles_for(right))});
    }
    KJ_ASSERT(*extent == Extent::everybody, "an event is about more than whoever reads it", event.getSequence());
    return {};
}

std::expected<void, QueryFailure> check_extent(Extent extent, const Caller& caller, const View& view,
                                               Query::Reader query) {
    if (extent == Extent::everybody) return {};
    const auto address = address_in(query);
    if (address && view.user_of(*address) == caller.user) return {};
    return refuse({Rule::role_required,
                   "you may read only what is about yourself: ask for the user, or for users, licenses, queues or "
                   "access, with your own address; everything else needs one of: " +
                       rules::names_of(rules::roles_for(right_for(query.which())))});
}

Right right_for(Query::Which question) {
    switch (question) {
        case Query::PRODUCTS:
        case Query::LICENSES:
        case Query::USERS:
        case Query::USER:
        case Query::ACCESS:
        case Query::QUEUES: return Right::read_seats;
        case Query::INVOICES:
        case Query::ORDERS:
        case Query::DISPUTES:
        case Query::MEMBERSHIPS: return Right::read_bills;
        case Query::CATALOG: return Right::read_catalog;
        case Query::DIFF: return Right::read_events;
        case Query::NONE: break;
    }
    return Right::read_ledger;
}

}  // namespace seatledger
