// What questions name: whether there is, or ever was, such a thing. Without this a typing error would be answered by
// nothing, which looks like evidence that nothing happened. What only was not there at the time that is read is
// answered by nothing, which is evidence.
#pragma once

#include <expected>
#include <string_view>
#include <vector>

#include "engine/rules/roles.h"
#include "projections/query.capnp.h"
#include "projections/view.h"

namespace seatledger {

// Whether the account is known to have, or to have had, everything that the query's filters name; the catalogue has
// products, of which the account need not have licenses. The one person whom a question is all about must be there at
// the view's time. Who may read only what is about themself is told of nothing but
// products what there is. Cost: a row or two for each filter.
[[nodiscard]] std::expected<void, QueryFailure> check_names(const View& view, rules::Extent extent,
                                                            schema::Query::Reader query);

// The failure of a question that names what there is not: kind and name, such as queue and support.
[[nodiscard]] std::unexpected<QueryFailure> no_such(const View& view, std::string_view kind, std::string_view name);
[[nodiscard]] std::unexpected<QueryFailure> no_such_product(std::string_view sku);
[[nodiscard]] std::unexpected<QueryFailure> no_such_request(const View& view, std::string_view id);

// Whether there is, or ever was, one as far as is known, whatever the view's time: somebody who bears the address or
// bore it and was not erased, a queue that may have been deleted.
[[nodiscard]] bool has_user(const View& view, std::string_view email);
[[nodiscard]] bool has_license(const View& view, LicenseNumber license);
[[nodiscard]] bool has_invoice(const View& view, std::string_view invoice);
[[nodiscard]] bool has_queue(const View& view, std::string_view queue);
[[nodiscard]] bool has_order(const View& view, OrderNumber order);
[[nodiscard]] bool has_dispute(const View& view, DisputeNumber dispute);

// Everyone who had ever borne the address by the event `at`, in the order of their registration, but for those who were
// erased.
[[nodiscard]] std::vector<UserId> bearers_by(const View& view, std::string_view email, Sequence at);
// The event by which the last who had borne it by the view's time gave it up: they were removed, or got another. 0:
// nobody had borne it, or somebody does.
[[nodiscard]] Sequence given_up_by(const View& view, std::string_view email);

}  // namespace seatledger
